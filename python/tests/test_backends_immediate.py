from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from task_api import transitions
from task_api.models import TaskInfo
from task_api.params import IntParameter
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from tests.myapp.background import Count, Crash, Later, MakeGroup, Refuse, SumNumbers
from tests.waiting import row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("task", "inputs", "outcome"),
    [
        (SumNumbers, {"numbers": [1, 2.5]}, ("succeeded", {"sum": 3.5}, "")),
        (Count, {"to": 5}, ("succeeded", {}, "")),
        (Later, {"text": "hi"}, ("succeeded", {"text": "HI"}, "")),
        (MakeGroup, {"group": "g"}, ("succeeded", {}, "")),
        (Refuse, {}, ("failed", {}, "bad_csv")),
        (Crash, {}, ("failed", {}, "error")),
    ],
)
def test_task_has_run_when_start_returns(task: type[Task], inputs: dict[str, Any], outcome: Any) -> None:
    info = task.start(inputs)
    assert (info.status, info.outputs, info.error_code) == outcome
    assert TaskInfo.objects.filter(pk=info.pk).values().get().items() >= {"status": info.status, "attempt": 1}.items()


@pytest.mark.django_db(transaction=True)
def test_task_belongs_to_the_transaction_around_it() -> None:
    with transaction.atomic():
        info = MakeGroup.start(group="g")
        assert info.status == Status.SUCCEEDED
        transaction.set_rollback(True)
    assert not TaskInfo.objects.exists()
    assert not Group.objects.exists()


def test_attempts_follow_at_once() -> None:
    attempts: list[int] = []

    class Flaky(Task):
        name = "flaky"
        max_attempts = 3
        backoff = 600

        def run(self) -> None:
            assert self.info is not None
            attempts.append(self.info.attempt)
            self.add_message(f"attempt {self.info.attempt}")
            raise ConnectionError

    with registered(Flaky):
        info = Flaky.start()
    assert (info.status, attempts, info.message_count) == ("failed", [1, 2, 3], 3)
    assert [message.message for message in info.messages.all()] == ["attempt 1", "attempt 2", "attempt 3"]


def test_delayed_task_does_not_wait() -> None:
    assert SumNumbers.using(run_after=timedelta(days=1)).start(numbers=[1]).status == Status.SUCCEEDED


def test_progress_is_written_as_it_is_told() -> None:
    stored: list[tuple[int | None, int]] = []

    class Shows(Task):
        name = "shows"

        def run(self) -> None:
            assert self.info is not None
            for number in range(3):
                self.set_progress(number)
                self.add_message(number)
                info = row(self.info.uuid)
                stored.append((info.progress, info.message_count))

    with registered(Shows):
        Shows.start()
    assert stored == [(0, 1), (1, 2), (2, 3)]


def test_task_may_start_another() -> None:
    class Outer(Task):
        name = "outer"
        inputs = {"depth": IntParameter()}
        outputs = {"depth": IntParameter()}

        def run(self, depth: int) -> int:
            self.set_target(depth)
            inner = Outer.start(depth=depth - 1).outputs["depth"] if depth else 0
            self.set_progress(depth)
            return inner + 1 if depth else 0

    with registered(Outer):
        info = Outer.start(depth=3)
    assert (info.status, info.outputs, info.progress) == ("succeeded", {"depth": 3}, 3)
    assert TaskInfo.objects.filter(status=Status.SUCCEEDED).count() == 4


def test_exit_of_a_task_reaches_the_caller_after_the_row_has_ended() -> None:
    class Exits(Task):
        name = "exits"

        def run(self) -> None:
            raise SystemExit(3)

    with registered(Exits), pytest.raises(SystemExit):
        Exits.start()
    assert TaskInfo.objects.get().status == Status.FAILED


def test_task_that_was_cancelled_does_not_run() -> None:
    info = transitions.create(task="sum", inputs={"numbers": [1]})
    transitions.cancel(info.uuid)
    assert SumNumbers().execute(info) is None
    assert row(info.uuid).status == Status.CANCELLED


def test_statements_of_a_task_without_progress(django_assert_max_num_queries: Any) -> None:
    # Savepoints of the surrounding transaction aside: insert, claim, success, and a read for the caller.
    with django_assert_max_num_queries(16 if connection.vendor == "mysql" else 8):
        SumNumbers.start(numbers=[1])
