"""From inputs to a row and its message: transactions, races, and backends that take, refuse or mark a task."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, connection, connections, transaction
from django.utils.functional import SimpleLazyObject
from pytest_django import Settings

from task_api import submission, transitions
from task_api.backends.base import TaskBackend
from task_api.exceptions import IdempotencyConflict, InputsNotValidError, TaskConflict, TaskNotRegistered
from task_api.models import TaskInfo
from task_api.params import DictParameter
from task_api.submission import owner_of, unique_key
from task_api.tasks import Task
from task_api.testing import registered
from tests.backends import BackendOfVersion1, BrokenBackend
from tests.clients import client_of, row, start
from tests.myapp.background import Count, Divide, SumNumbers, Unique

pytestmark = pytest.mark.django_db
in_transactions = pytest.mark.django_db(transaction=True)

Recorded = list[tuple[str, str]]
SUM = "tests.myapp.background.SumNumbers"
THREADS = 50


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction that an error ends."""
    with suppress(ZeroDivisionError), transaction.atomic():
        yield
        raise ZeroDivisionError


class Spy(TaskBackend):
    """Notes whether the row of a task was committed when the backend got it."""

    seen: ClassVar[list[bool]] = []

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        self.seen.append(not connection.in_atomic_block and TaskInfo.objects.filter(pk=info.pk).exists())


@pytest.fixture
def seen(settings: Settings) -> list[bool]:
    settings.TASK_API_BACKEND = Spy
    Spy.seen.clear()
    return Spy.seen


# Transactions


@in_transactions
def test_task_of_a_transaction_that_is_rolled_back_is_never_sent(recorded: Recorded) -> None:
    with rolled_back():
        SumNumbers.start(numbers=[1])
    assert recorded == []
    assert not TaskInfo.objects.exists()


@in_transactions
def test_task_of_a_savepoint_that_is_rolled_back_is_never_sent(recorded: Recorded) -> None:
    with transaction.atomic():
        kept = SumNumbers.start(numbers=[1])
        with rolled_back():
            SumNumbers.start(numbers=[2])
    assert recorded == [(str(kept.uuid), SUM)]
    assert TaskInfo.objects.get() == kept


@in_transactions
def test_task_of_a_transaction_is_sent_when_it_commits(recorded: Recorded) -> None:
    with transaction.atomic():
        info = SumNumbers.start(numbers=[1])
        assert recorded == []
    assert recorded == [(str(info.uuid), SUM)]


@in_transactions
def test_task_without_a_transaction_is_sent_at_once(recorded: Recorded) -> None:
    info = SumNumbers.start(numbers=[1])
    assert recorded == [(str(info.uuid), SUM)]


@in_transactions
@pytest.mark.parametrize("atomic_requests", [True, False])
def test_task_of_a_request_is_sent_after_its_commit(
    seen: list[bool], user: User, monkeypatch: pytest.MonkeyPatch, atomic_requests: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    response = start(client_of(user), "sum", {"numbers": [1]})
    assert response.status_code == 201
    assert seen == [True]


@in_transactions
def test_retry_in_a_transaction_that_is_rolled_back_is_never_sent(recorded: Recorded) -> None:
    info = transitions.create(task="sum", inputs={"numbers": [1]})
    transitions.cancel(info.uuid)
    with rolled_back():
        submission.retry(SumNumbers, info)
    info.refresh_from_db()
    assert (info.status, recorded) == ("cancelled", [])


@in_transactions
def test_duplicate_in_a_transaction_leaves_it_usable(recorded: Recorded) -> None:
    first = Unique.start()
    with transaction.atomic():
        assert Unique.start() == first
        other = SumNumbers.start(numbers=[1])
    assert TaskInfo.objects.count() == 2
    assert [uuid for uuid, _ in recorded] == [str(first.uuid), str(other.uuid)]


def test_delayed_task_is_not_sent(recorded: Recorded, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        info = SumNumbers.using(run_after=timedelta(hours=1)).start(numbers=[1])
    info.refresh_from_db()
    assert (info.dispatched_at, recorded) == (None, [])


# Backends


@in_transactions
@pytest.mark.parametrize("setting", [BackendOfVersion1, "tests.backends.BackendOfVersion1"])
def test_backend_of_version_1_marks_the_row(settings: Settings, user: User, setting: Any) -> None:
    settings.TASK_API_BACKEND = setting
    response = start(client_of(user), "sum", {"numbers": [1]})
    assert (response.status_code, response.json()["version"]) == (201, 1)
    info = row(response)
    assert (info.backend_data, info.status, info.inputs) == ("SumNumbers", "pending", {"numbers": [1]})


@in_transactions
def test_mark_of_a_backend_is_all_that_is_written(settings: Settings) -> None:
    """What a worker wrote before the mark stays."""

    class Fast(TaskBackend):
        def run_task(self, info: TaskInfo, class_str: str) -> None:
            transitions.claim(info.uuid, tasks=["sum"])
            info.backend_data = "x"
            info.task = "other"

    settings.TASK_API_BACKEND = Fast
    info = TaskInfo.objects.get(pk=SumNumbers.start(numbers=[1]).pk)
    assert (info.backend_data, info.status, info.attempt, info.task) == ("x", "running", 1, "sum")


@in_transactions
@pytest.mark.parametrize("mark", ["a\0b", "\ud800", 5, {"id": 1}], ids=str)
def test_mark_that_cannot_be_stored_is_no_error_of_the_callers(settings: Settings, mark: Any) -> None:
    class Marks(TaskBackend):
        def run_task(self, info: TaskInfo, class_str: str) -> None:
            info.backend_data = mark

    settings.TASK_API_BACKEND = Marks
    response = start(client_of(), "sum", {"numbers": [1]})
    assert response.status_code == 201
    assert row(response).dispatched_at is not None


@in_transactions
@pytest.mark.parametrize("atomic_requests", [True, False])
def test_backend_that_refuses_a_task_leaves_it_to_the_relay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, atomic_requests: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    settings.TASK_API_BACKEND = BrokenBackend
    with caplog.at_level(logging.ERROR, "task_api"):
        response = start(client_of(), "sum", {"numbers": [1]})
    assert response.status_code == 201
    info = row(response)
    assert (info.status, info.dispatched_at, info.version) == ("pending", None, 1)
    assert f"Task sum {info.uuid} could not be sent; the relay sends it again." in caplog.text
    assert "The broker is away." in caplog.text


def test_inline_backend_has_run_the_task_when_start_returns() -> None:
    info = SumNumbers.start(numbers=[1, 2])
    assert (info.status, info.outputs) == ("succeeded", {"sum": 3})
    response = start(client_of(), "sum", {"numbers": [1, 2]})
    assert (response.status_code, response.json()["status"], response.json()["outputs"]) == (
        201,
        "succeeded",
        {"sum": 3},
    )


# Races


def race(action: Callable[[int], Any]) -> list[Any]:
    """Run an action in many threads at once, each with its own connection, and return what came of each."""
    barrier = threading.Barrier(THREADS)
    results: list[Any] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            results.append(action(number))
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def codes(answers: list[Any]) -> Counter[Any]:
    return Counter(getattr(answer, "status_code", answer) for answer in answers)


@in_transactions
@pytest.mark.parametrize("atomic_requests", [True, False])
def test_parallel_starts_with_one_key_make_one_task(
    recorded: Recorded, user: User, monkeypatch: pytest.MonkeyPatch, atomic_requests: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", atomic_requests)
    clients = [client_of(user) for _ in range(THREADS)]
    answers = race(lambda number: start(clients[number], "sum", {"numbers": [1]}, idempotency_key="k1"))
    assert codes(answers) == {201: 1, 200: THREADS - 1}
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert TaskInfo.objects.count() == len(recorded) == 1


@in_transactions
def test_parallel_starts_of_a_unique_task_make_one(recorded: Recorded, user: User) -> None:
    clients = [client_of(user) for _ in range(THREADS)]
    answers = race(lambda number: start(clients[number], "unique"))
    assert codes(answers) == {201: 1, 200: THREADS - 1}
    assert TaskInfo.objects.filter(status="pending").count() == len(recorded) == 1


@in_transactions
def test_parallel_starts_of_a_unique_task_that_ends_are_one_at_a_time(settings: Settings, user: User) -> None:
    """Tasks that end while others ask for them: each answer is a task, and no two were active together."""
    settings.TASK_API_BACKEND = "task_api.backends.immediate.ImmediateBackend"
    clients = [client_of(user) for _ in range(THREADS)]
    answers = race(lambda number: start(clients[number], "unique"))
    assert set(codes(answers)) <= {200, 201, 409}
    assert TaskInfo.objects.count() == codes(answers)[201]
    assert not TaskInfo.objects.exclude(status="succeeded").exists()


@in_transactions
def test_parallel_retries_start_a_task_once(recorded: Recorded, user: User) -> None:
    info = transitions.create(task="sum", inputs={"numbers": [1]}, owner=str(user.pk))
    transitions.cancel(info.uuid)
    clients = [client_of(user) for _ in range(THREADS)]
    answers = race(lambda number: clients[number].post(f"/tasks/{info.uuid}/retry/"))
    assert codes(answers) == {200: 1, 409: THREADS - 1}
    assert len(recorded) == 1


def test_unique_key_that_is_free_again_is_tried_again(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task that holds the key ends between the refused INSERT and the look for it."""
    first = Unique.start()
    looks = []

    def end(values: dict[str, Any]) -> None:
        looks.append(values["unique_key"])
        transitions.cancel(first.uuid)

    monkeypatch.setattr(submission, "_existing", end)
    assert Unique.start() != first
    assert looks == [first.unique_key]


def test_keys_that_come_and_go_are_given_up(recorded: Recorded, monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    Unique.start()
    monkeypatch.setattr(submission, "_existing", lambda values: None)
    with pytest.raises(TaskConflict, match="Task 'unique' could not be stored: others of its kind come and go too"):
        Unique.start()
    assert start(client_of(user), "unique").status_code == 409


def refuse(**values: Any) -> None:
    raise IntegrityError("CHECK constraint failed: of_the_project")


def test_insert_that_is_refused_for_another_reason_is_no_conflict(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project may have constraints of its own; no other task is in the way, and none is looked for."""
    monkeypatch.setattr(transitions, "create", refuse)
    with pytest.raises(IntegrityError, match="of_the_project"):
        SumNumbers.start(numbers=[1])


def test_conflict_tells_why_the_insert_was_refused(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "create", refuse)
    with pytest.raises(TaskConflict) as caught:
        SumNumbers.using(idempotency_key="k1").start(numbers=[1])
    assert "of_the_project" in str(caught.value.__cause__)


def test_retry_that_is_refused_for_another_reason_is_no_conflict(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = SumNumbers.start(numbers=[1])
    monkeypatch.setattr(transitions, "retry", lambda uuid, **values: refuse())
    with pytest.raises(IntegrityError, match="of_the_project"):
        submission.retry(SumNumbers, info)


# From Python


def test_start_takes_inputs_by_keyword_or_in_one_dict(recorded: Recorded) -> None:
    for info in (
        SumNumbers.start(numbers=[1]),
        SumNumbers.start({"numbers": [1]}),
        SumNumbers().start({"numbers": [1]}),
        SumNumbers.using(queue="q").start(numbers=[1]),
    ):
        assert info.inputs == {"numbers": [1]}
    assert Count.start().inputs == Count.start(None).inputs == {}


def test_start_refuses_both_forms_at_once() -> None:
    with pytest.raises(TypeError, match=r"^SumNumbers.start\(\) takes inputs as one dict or by keyword, not both.$"):
        SumNumbers.start({"numbers": [1]}, numbers=[2])


def test_start_refuses_inputs_with_all_that_is_wrong() -> None:
    with pytest.raises(InputsNotValidError, match=r"^The inputs of task 'divide' are not valid: c: ") as caught:
        Divide.start(a="x", c=1)
    assert caught.value.errors == {
        "a": ["'x' is not a number."],
        "b": ["This input is required."],
        "c": ["Unknown input 'c'. The task 'divide' takes: a, b."],
    }
    assert not TaskInfo.objects.exists()


@pytest.mark.parametrize("inputs", [[1], "numbers", 5])
def test_start_refuses_inputs_that_are_no_dict(inputs: Any) -> None:
    with pytest.raises(InputsNotValidError, match=f"Inputs must be a dict by name, not {type(inputs).__name__}."):
        SumNumbers.start(inputs)


def test_start_refuses_a_task_that_no_worker_could_find() -> None:
    class Homeless(Task):
        name = "homeless"

    with pytest.raises(TaskNotRegistered, match=r"^There is no task 'homeless'. Registered are: .*sum.*unique. Name "):
        Homeless.start()


def test_options_are_in_the_row(recorded: Recorded, user: User) -> None:
    info = SumNumbers.using(owner=user, queue="q", priority=3).start(numbers=[1])
    info.refresh_from_db()
    assert (info.owner, info.queue, info.priority, info.max_attempts) == (str(user.pk), "q", 3, 1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"queue": "q" * 256}, ValueError, "The queue's name has 256 characters, must have 255 at most."),
        ({"queue": "a\0b"}, ValueError, r"The text 'a\x00b' contains U+0000, which databases cannot store."),
        ({"queue": 5}, TypeError, "The queue is 5, must be a text or None."),
        ({"priority": 2**15}, ValueError, "The priority is 32768, must be from -32767 to 32767."),
        ({"priority": -(2**15)}, ValueError, "The priority is -32768, must be from -32767 to 32767."),
        ({"priority": "high"}, TypeError, "The priority is 'high', must be a whole number or None."),
        ({"priority": True}, TypeError, "The priority is True, must be a whole number or None."),
        ({"priority": 1.5}, TypeError, "The priority is 1.5, must be a whole number or None."),
    ],
)
def test_option_that_no_row_can_store_is_refused(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        SumNumbers.using(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize("priority", [-(2**15) + 1, 0, 2**15 - 1])
def test_option_at_its_limit_is_stored(recorded: Recorded, priority: int) -> None:
    info = SumNumbers.using(queue="q" * 255, priority=priority).start(numbers=[1])
    info.refresh_from_db()
    assert (info.queue, info.priority) == ("q" * 255, priority)


@pytest.mark.parametrize("owner", [5, 0, "", "ada", User], ids=repr)
def test_owner_that_is_no_user_is_refused(owner: Any) -> None:
    with pytest.raises(TypeError) as caught:
        SumNumbers.using(owner=owner).start(numbers=[1])
    assert str(caught.value) == f"The owner is {owner!r}, must be a user or None."
    assert not TaskInfo.objects.exists()


def test_owner_is_not_loaded_before_the_start() -> None:
    """An async caller's `request.user` is lazy, and loads with a query."""
    SumNumbers.using(owner=SimpleLazyObject(lambda: pytest.fail("It was loaded.")))


def test_same_key_from_python(recorded: Recorded, user: User) -> None:
    starter = SumNumbers.using(owner=user, idempotency_key="k1")
    assert starter.start(numbers=[1]) == starter.start(numbers=[1])
    with pytest.raises(IdempotencyConflict):
        starter.start(numbers=[2])


@in_transactions
def test_astart(recorded: Recorded) -> None:
    info = async_to_sync(SumNumbers.astart)(numbers=[1])
    other = async_to_sync(SumNumbers.using(queue="q").astart)({"numbers": [1]})
    assert [uuid for uuid, _ in recorded] == [str(info.uuid), str(other.uuid)]


# Whose, and which


def test_owner_is_the_users_key(user: User) -> None:
    assert owner_of(user) == str(user.pk)
    assert owner_of(None) == owner_of(AnonymousUser()) == ""


@pytest.mark.parametrize("key", [None, ""])
def test_user_without_a_key_owns_nothing(key: Any) -> None:
    with pytest.raises(ValueError, match=r"^<User: ada> has no primary key and cannot own a task.$"):
        owner_of(User(pk=key, username="ada"))


class ByPlace(Task):
    name = "by-place"
    unique = ("place",)
    inputs = {"place": DictParameter(required=False), "note": DictParameter(required=False)}


def test_unique_key_is_of_the_named_inputs_alone() -> None:
    one, same = {"place": {"a": 1, "b": 2}, "note": {}}, {"place": {"b": 2, "a": 1}}
    assert unique_key(ByPlace, one) == unique_key(ByPlace, same)
    assert unique_key(ByPlace, one) != unique_key(ByPlace, {"place": {"a": 1}})
    assert unique_key(ByPlace, {}) not in {None, unique_key(ByPlace, one)}
    assert unique_key(SumNumbers, {"numbers": [1]}) is None
    assert unique_key(Unique, {}) != unique_key(ByPlace, {})


def test_unique_input_makes_another_task(recorded: Recorded) -> None:
    with registered(ByPlace):
        first = ByPlace.start(place={"a": 1})
        assert ByPlace.start(place={"a": 1}, note={}) == first
        assert ByPlace.start(place={"a": 2}) != first
