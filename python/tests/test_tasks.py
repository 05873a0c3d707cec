import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, Group, User
from django.db import IntegrityError, connection

from task_api import execution, transitions
from task_api.exceptions import InputsNotValidError, OutputsNotValidError, TaskCancelled, TaskFailed
from task_api.models import TaskInfo
from task_api.params import IntParameter, StringParameter
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered, run_task
from tests.myapp.background import Count, MakeGroup, SumNumbers
from tests.waiting import close_connections, row, wait_for

pytestmark = pytest.mark.django_db

FORMS = {
    "instance and dict": lambda: SumNumbers().start({"numbers": [1, 2]}),
    "class and dict": lambda: SumNumbers.start({"numbers": [1, 2]}),
    "class and keywords": lambda: SumNumbers.start(numbers=[1, 2]),
    "options and dict": lambda: SumNumbers.using(queue="slow").start({"numbers": [1, 2]}),
    "options and keywords": lambda: SumNumbers.using(queue="slow").start(numbers=[1, 2]),
}


# Starting


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_start(form: str) -> None:
    info = FORMS[form]()
    assert (info.inputs, info.status, info.outputs) == ({"numbers": [1, 2]}, "succeeded", {"sum": 3})


def test_start_with_a_dict_and_keywords_is_refused() -> None:
    message = r"SumNumbers\.start\(\) takes inputs as one dict or by keyword, not both"
    with pytest.raises(TypeError, match=message):
        SumNumbers.start({"numbers": [1]}, numbers=[2])
    with pytest.raises(TypeError, match=message):
        SumNumbers.using().start({}, numbers=[2])
    assert not TaskInfo.objects.exists()


def test_start_without_inputs() -> None:
    assert Count.start().inputs == {}


def test_start_with_wrong_inputs_stores_nothing() -> None:
    with pytest.raises(InputsNotValidError, match="The inputs of task 'sum' are not valid: numbers: "):
        SumNumbers.start()
    assert not TaskInfo.objects.exists()


class Self(Task):
    """Inputs with the names of what a start has itself."""

    name = "self"
    inputs = {name: IntParameter() for name in ("inputs", "owner", "queue", "cls")}
    outputs = {"sum": IntParameter()}

    def run(self, **inputs: int) -> int:
        return sum(inputs.values())


def test_no_name_of_an_input_collides() -> None:
    with registered(Self):
        info = Self.using(queue="slow").start(inputs=1, owner=2, queue=3, cls=4)
        assert info.outputs == {"sum": 10}
        assert Self.start(inputs=1, owner=2, queue=3, cls=4).owner == ""


def in_event_loop(start: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        try:
            return await start()
        finally:
            # The ORM's thread outlives the loop.
            await sync_to_async(close_connections)()

    return asyncio.run(main())


@pytest.mark.django_db(transaction=True)
def test_async_start() -> None:
    async def start() -> list[TaskInfo]:
        return [
            await SumNumbers.astart({"numbers": [1]}),
            await SumNumbers.astart(numbers=[2]),
            await SumNumbers.using(queue="slow").astart(numbers=[3]),
        ]

    assert [info.outputs["sum"] for info in in_event_loop(start)] == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_async_start_of_an_async_task_in_an_event_loop() -> None:
    with registered(Greet):
        info = in_event_loop(lambda: Greet.astart(name="Ada"))
    assert (info.status, Group.objects.get().name) == ("succeeded", "Ada")


def test_options_of_a_start(recorded: list[tuple[str, str]], user: User) -> None:
    info = row(SumNumbers.using(owner=user, queue="slow", priority=7).start(numbers=[1]).uuid)
    assert (info.owner, info.queue, info.priority) == (str(user.pk), "slow", 7)
    info = row(SumNumbers.using(owner=AnonymousUser()).start(numbers=[1]).uuid)
    assert (info.owner, info.queue, info.priority) == ("", "", None)


@pytest.mark.parametrize("run_after", [timedelta(hours=1), datetime(2100, 1, 1, tzinfo=UTC)])
def test_delayed_start_is_left_to_the_relay(recorded: list[tuple[str, str]], run_after: Any) -> None:
    info = row(SumNumbers.using(run_after=run_after).start(numbers=[1]).uuid)
    assert recorded == []
    assert info.dispatched_at is None
    assert info.run_after is not None
    assert info.run_after > info.created + timedelta(minutes=59)


class Options(Task):
    name = "options"
    queue = "slow"
    priority = 3
    max_attempts = 4
    expires_after = 90
    retention = timedelta(days=1)

    def run(self) -> None:
        pass


def test_options_of_a_class(recorded: list[tuple[str, str]]) -> None:
    with registered(Options):
        info = row(Options.start().uuid)
    assert (info.queue, info.priority, info.max_attempts) == ("slow", 3, 4)
    assert info.expires_at is not None
    assert timedelta(seconds=89) < info.expires_at - info.created < timedelta(seconds=91)
    assert Options.retention_time() == timedelta(days=1)


def test_statements_of_a_start(recorded: list[tuple[str, str]], django_assert_num_queries: Any) -> None:
    # In a transaction, as here: the INSERT between a savepoint and its release.
    with django_assert_num_queries(3):
        SumNumbers.start(numbers=[1])


# What a class says of itself


def test_description_is_the_docstring_of_the_class_itself() -> None:
    assert SumNumbers.description() == "Add numbers."
    assert Count.description() == ""


def test_description_is_the_docstring_of_run_where_the_class_has_none() -> None:
    class Told(Task):
        def run(self) -> None:
            """Do it."""

    assert Told.description() == "Do it."


@pytest.mark.parametrize(("attempt", "longest"), [(1, 2), (2, 4), (5, 32), (50, 600)])
def test_retry_delay_doubles_up_to_ten_minutes(attempt: int, longest: float) -> None:
    class Slow(Task):
        backoff = 2

    delays = [Slow.retry_delay(attempt).total_seconds() for _ in range(200)]
    assert all(0 <= delay <= longest for delay in delays)
    assert max(delays) > longest / 2


class NotFound(TaskFailed):
    pass


@pytest.mark.parametrize(
    ("retry_on", "error", "again"),
    [
        ((Exception,), ValueError(), True),
        ((Exception,), TaskFailed(), False),
        ((NotFound,), NotFound(), True),
        ((NotFound,), TaskFailed(), False),
        ((ConnectionError,), ConnectionResetError(), True),
        ((ConnectionError,), ValueError(), False),
        ((), ValueError(), False),
        ((), SystemExit(), True),
    ],
)
def test_errors_that_lead_to_another_attempt(retry_on: Any, error: BaseException, again: bool) -> None:
    task = type("Retried", (Task,), {"retry_on": retry_on})
    assert task.retries(error) is again


# Running


def test_info_is_there_while_the_task_runs() -> None:
    seen: list[TaskInfo | None] = []

    class Looks(Task):
        name = "looks"
        inputs = {"text": StringParameter()}

        def run(self, text: str) -> None:
            self.set_progress(4)
            seen.append(self.info)

    task = Looks()
    info = transitions.create(task="looks", inputs={"text": "hi"})
    task.execute(info)
    assert seen[0] is not None
    assert (seen[0].uuid, seen[0].attempt, seen[0].inputs, seen[0].progress) == (info.uuid, 1, {"text": "hi"}, 4)
    assert task.info is None


@pytest.mark.parametrize(
    ("iterable", "target", "expected"),
    [([1, 2, 3], None, 3), (range(4), None, 4), (iter([1, 2]), None, None), (iter([1, 2]), 2, 2), ([1, 2], 20, 20)],
)
def test_track_counts_what_it_yields(iterable: Any, target: int | None, expected: int | None) -> None:
    yielded: list[tuple[int, int | None]] = []

    class Tracks(Task):
        name = "tracks"

        def run(self) -> None:
            assert self.info is not None
            for item in self.track(iterable, target):
                yielded.append((item, self.info.progress))

    info = run_task(Tracks)
    assert (info.progress, info.target) == (len(yielded), expected)
    assert [progress for _, progress in yielded] == list(range(len(yielded)))


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63 - 1)])
def test_progress_may_be_as_big_as_the_column(value: int) -> None:
    class Big(Task):
        name = "big"

        def run(self) -> None:
            self.set_target(value)
            self.set_progress(value)

    info = run_task(Big)
    assert (info.progress, info.target) == (value, value)


def test_message_that_cannot_be_stored_is_refused_where_it_is_told() -> None:
    class Tells(Task):
        name = "tells"

        def run(self) -> None:
            with pytest.raises(OutputsNotValidError, match="A message of task 'tells' is not valid"):
                self.add_message({1, 2})
            self.add_message("well")

    info = run_task(Tells)
    assert (info.status, info.message_count) == ("succeeded", 1)


def test_wish_to_stop_is_not_swallowed_and_spares_messages() -> None:
    reached: list[str] = []

    class Careless(Task):
        name = "careless"

        def run(self) -> None:
            assert self.info is not None
            transitions.cancel(self.info.uuid)
            self.add_message("learns of it")
            reached.append("after a message")
            assert self.cancelled
            with suppress(Exception):
                self.inc_progress()
            reached.append("after progress")

    info = run_task(Careless)
    assert (info.status, reached) == ("cancelled", ["after a message"])
    assert info.messages.get().message == "learns of it"


def test_task_may_cancel_itself() -> None:
    class Stops(Task):
        name = "stops"

        def run(self) -> None:
            raise TaskCancelled

    assert run_task(Stops).status == Status.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_runs_of_one_class_at_a_time_do_not_mix(settings: Any) -> None:
    settings.TASK_API_PULSE = 0.01
    barrier = threading.Barrier(4, timeout=60)

    class Meets(Task):
        name = "meets"
        inputs = {"number": IntParameter()}
        outputs = {"number": IntParameter()}

        def run(self, number: int) -> int:
            assert self.info is not None
            uuid = self.info.uuid
            self.set_target(number)
            for _ in range(number):
                self.inc_progress()
                self.add_message(number)
            barrier.wait()
            wait_for(lambda: row(uuid).message_count == number)
            return number

    def run(number: int) -> None:
        try:
            Meets().execute(transitions.create(task="meets", inputs={"number": number}))
        finally:
            close_connections()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for info in TaskInfo.objects.all():
        number = info.inputs["number"]
        assert (info.status, info.outputs, info.progress, info.target) == (
            "succeeded",
            {"number": number},
            number,
            number,
        )
        assert [message.message for message in info.messages.all()] == [number] * number


# Async runs


class Greet(Task):
    name = "greet"
    atomic = True
    inputs = {"name": StringParameter(), "fails": IntParameter(default=0)}

    async def run(self, name: str, fails: int) -> None:
        self.add_message(f"Hello {name}")
        await Group.objects.acreate(name=name)
        assert await Group.objects.filter(name=name).aexists()
        if fails:
            raise TaskFailed("It fails after its write.")


@pytest.fixture(params=[True, False], ids=["daemon thread", "other thread"])
def daemon(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def in_thread(task: type[Task], inputs: dict[str, Any], daemon: bool) -> TaskInfo:
    """Run a task in a thread, as the thread backend (a daemon) and Celery's pool of threads (none) do."""
    info = transitions.create(task=task.name, inputs=inputs)

    def run() -> None:
        try:
            task().execute(info)
        finally:
            close_connections()

    thread = threading.Thread(target=run, daemon=daemon)
    thread.start()
    thread.join(60)
    return row(info.uuid)


@pytest.mark.django_db(transaction=True)
def test_atomic_async_run_commits_its_writes_with_its_success(daemon: bool) -> None:
    info = in_thread(Greet, {"name": "Ada"}, daemon)
    assert (info.status, Group.objects.get().name) == ("succeeded", "Ada")


@pytest.mark.django_db(transaction=True)
def test_atomic_async_run_takes_its_writes_back_when_it_fails(daemon: bool) -> None:
    info = in_thread(Greet, {"name": "Ada", "fails": 1}, daemon)
    assert (info.status, info.error_message, info.message_count) == ("failed", "It fails after its write.", 1)
    assert not Group.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_async_run_may_use_threads_and_tasks_of_its_own(daemon: bool) -> None:
    class Gathers(Task):
        name = "gathers"
        outputs = {"sum": IntParameter()}

        async def run(self) -> int:
            async def one(number: int) -> int:
                await sync_to_async(self.add_message)(number)
                return await asyncio.to_thread(lambda: number)

            return sum(await asyncio.gather(*(one(number) for number in range(5))))

    info = in_thread(Gathers, {}, daemon)
    assert (info.status, info.outputs, info.message_count) == ("succeeded", {"sum": 10}, 5)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError()])
def test_async_run_that_fails_by_itself_has_failed(daemon: bool, error: BaseException) -> None:
    class Fails(Task):
        name = "fails"

        async def run(self) -> None:
            await asyncio.sleep(0)
            raise error

    info = in_thread(Fails, {}, daemon)
    assert (info.status, info.error_code) == ("failed", "error")


# In a transaction, as in a TestCase


class Breaks(Task):
    """Breaks the transaction around it, which outside of one is no more than an error."""

    name = "breaks"
    inputs = {"swallow": IntParameter(default=0)}

    def run(self, swallow: int) -> None:
        self.set_progress(3)
        self.add_message("told before")
        Group.objects.create(name="g")
        try:
            Group.objects.create(name="g")
        except IntegrityError:
            if not swallow:
                raise


@pytest.mark.parametrize("swallow", [0, 1])
def test_run_that_breaks_the_transaction_around_it_still_ends(swallow: int) -> None:
    Group.objects.create(name="before")
    info = run_task(Breaks, swallow=swallow)
    assert (info.status, info.error_code, info.progress, info.message_count) == ("failed", "error", 3, 1)
    assert info.messages.get().message == "told before"
    assert Group.objects.get().name == "before"


def test_run_that_fails_in_a_transaction_keeps_what_it_wrote() -> None:
    class Fails(Task):
        name = "fails"

        def run(self) -> None:
            Group.objects.create(name="g")
            self.add_message("told before")
            raise ValueError

    info = run_task(Fails)
    assert (info.status, info.message_count, info.messages.count()) == ("failed", 1, 1)
    assert Group.objects.exists()


def test_atomic_run_that_fails_tells_its_messages() -> None:
    class Fails(MakeGroup):
        name = "fails"

        def run(self, group: str, fails: int) -> None:
            self.set_progress(3)
            self.add_message("told before")
            super().run(group, fails)

    info = run_task(Fails, group="g", fails=1)
    assert (info.status, info.progress, info.message_count) == ("failed", 3, 1)
    assert info.messages.get().message == "told before"
    assert not Group.objects.exists()


def test_claim_in_a_transaction_is_not_left_to_the_pulse() -> None:
    """The pulse has a connection of its own, which does not see the claim, and would take it for lost."""
    assert connection.in_atomic_block
    stored: list[int | None] = []

    class Shows(Task):
        name = "shows"

        def run(self) -> None:
            assert self.info is not None
            self.set_progress(1)
            stored.append(row(self.info.uuid).progress)

    info = transitions.create(task="shows")
    ended = Shows().execute(info)
    assert ended is not None
    assert (ended.status, stored) == ("succeeded", [1])


@pytest.mark.django_db(transaction=True)
def test_task_started_by_a_task_in_a_transaction_waits_for_the_commit(recorded: list[tuple[str, str]]) -> None:
    class Starts(Task):
        name = "starts"
        atomic = True
        inputs = {"fails": IntParameter(default=0)}

        def run(self, fails: int) -> None:
            SumNumbers.start(numbers=[1])
            assert recorded == []
            if fails:
                raise TaskFailed

    for inputs, sent in (({"fails": 1}, 0), ({"fails": 0}, 1)):
        info = transitions.create(task="starts", inputs=inputs)
        Starts().execute(info)
        assert len(recorded) == sent
        assert TaskInfo.objects.filter(task="sum").count() == sent


def test_execute_takes_the_claim_of_another_as_its_own_refusal() -> None:
    info = transitions.create(task="sum", inputs={"numbers": [1]})
    assert transitions.claim(info.uuid, tasks=["sum"]) is not None
    assert SumNumbers().execute(info) is None


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    yield
    assert execution.pulse._runs == {}
