import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from task_api import execution, transitions
from task_api.exceptions import TaskFailed
from task_api.models import TaskInfo
from task_api.params import DictParameter, IntParameter, StringParameter
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered, run_task
from tests.myapp import background

pytestmark = pytest.mark.django_db


def execute(task: type[Task], inputs: dict[str, Any] | None = None, **values: Any) -> TaskInfo | None:
    """Claim and run a task in this thread as a worker does, with the pulse replaced by eager writes."""
    row = transitions.create(task=task.name, inputs=inputs or {}, **values)
    claimed = transitions.claim(row.uuid, tasks=[task.name])
    assert claimed is not None
    return execution.execute(task(), *claimed, eager=True)


def test_value_returned_is_the_only_output() -> None:
    info = run_task(background.SumNumbers, numbers=[1, 2.5])
    assert (info.status, info.outputs) == ("succeeded", {"sum": 3.5})


def test_dict_returned_holds_several_outputs() -> None:
    assert run_task(background.Divide, a=7, b=2).outputs == {"quotient": 3, "remainder": 1}


def test_dict_of_the_only_output_is_unwrapped() -> None:
    class One(Task):
        name = "one"
        outputs = {"data": DictParameter()}

        def run(self) -> Any:
            return {"data": {"a": 1}}

    assert run_task(One).outputs == {"data": {"a": 1}}


def test_dict_is_the_value_of_the_only_output() -> None:
    class One(Task):
        name = "one"
        outputs = {"data": DictParameter()}

        def run(self) -> Any:
            return {"a": 1}

    assert run_task(One).outputs == {"data": {"a": 1}}


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "Task 'two' did not return its output 'a'."),
        ({"a": 1}, "Task 'two' did not return its output 'b'."),
        (5, "Task 'two' returned int, must be a dict of its outputs: a, b."),
        ({"a": "x", "b": 1}, "Output 'a' of task 'two' is not valid"),
    ],
)
def test_wrong_shape_fails_with_a_message_that_names_task_and_output(returned: Any, message: str) -> None:
    class Two(Task):
        name = "two"
        outputs = {"a": IntParameter(), "b": IntParameter()}

        def run(self) -> Any:
            return returned

    info = run_task(Two)
    assert (info.status, info.error_code) == ("failed", "invalid_output")
    assert info.error_message.startswith(message)


CIRCLE: dict[str, Any] = {}
CIRCLE["self"] = CIRCLE


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "a\0b", "\ud800", {1, 2}, object(), CIRCLE, {"a": [b"bytes"]}, 10**400],
    ids=["nan", "inf", "nul", "surrogate", "set", "object", "circle", "bytes", "huge"],
)
def test_output_that_cannot_be_stored_fails_the_task(value: Any) -> None:
    class Unstorable(Task):
        name = "unstorable"
        outputs = {"value": background.Parameter()}

        def run(self) -> Any:
            return value

    info = run_task(Unstorable)
    assert (info.status, info.error_code) == ("failed", "invalid_output")
    assert info.error_message.startswith("Output 'value' of task 'unstorable' is not valid")


@pytest.mark.parametrize("value", [float("nan"), "a\0b", "\udfff", {1}], ids=["nan", "nul", "surrogate", "set"])
def test_message_that_cannot_be_stored_fails_the_task(value: Any) -> None:
    class Unstorable(Task):
        name = "unstorable"

        def run(self) -> None:
            self.add_message("first")
            self.add_message(value)

    info = run_task(Unstorable)
    assert (info.status, info.error_code, info.message_count) == ("failed", "invalid_output", 1)
    assert info.error_message.startswith("A message of task 'unstorable' is not valid")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["nul", "surrogate"])
def test_error_text_that_cannot_be_stored_is_mended(text: str) -> None:
    class Fails(Task):
        name = "fails"

        def run(self) -> None:
            raise TaskFailed(f"<{text}>", code=f"c{text}")

    info = run_task(Fails)
    assert info.status == Status.FAILED
    assert info.error_message.startswith("<")
    assert info.error_message.endswith(">")


def test_failure_text_is_for_the_caller() -> None:
    info = run_task(background.Refuse)
    assert (info.status, info.error_code, info.error_message) == ("failed", "bad_csv", "No header row in the file.")


def test_unexpected_error_is_kept_from_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    info = run_task(background.Crash)
    assert (info.status, info.error_code) == ("failed", "error")
    assert "secret" not in info.error_message
    assert "a secret of the server" in info.traceback
    assert "a secret of the server" in caplog.text


def test_huge_traceback_still_ends_the_row() -> None:
    class Fails(Task):
        name = "fails"

        def run(self) -> None:
            raise ValueError("x" * 2_000_000)

    assert run_task(Fails).status == Status.FAILED


def test_progress_and_messages_are_in_the_row() -> None:
    info = run_task(background.Count, to=3)
    assert (info.progress, info.target, info.message_count) == (3, 3, 3)
    assert [row.message for row in info.messages.all()] == ["Counted 0", "Counted 1", "Counted 2"]


def test_progress_counts_without_a_start() -> None:
    class Counts(Task):
        name = "counts"

        def run(self) -> None:
            self.inc_progress()
            self.inc_progress(4)

    assert run_task(Counts).progress == 5


def test_message_keeps_its_value_of_the_moment() -> None:
    class Mutates(Task):
        name = "mutates"

        def run(self) -> None:
            message = {"n": 1}
            self.add_message(message)
            message["n"] = 2

    row = run_task(Mutates).messages.get()
    assert row.message == {"n": 1}


@pytest.mark.parametrize("value", ["x", None, float("nan"), 2**70])
def test_progress_that_is_no_number_fails_the_task(value: Any) -> None:
    class Fails(Task):
        name = "fails"

        def run(self) -> None:
            self.set_progress(value)

    info = run_task(Fails)
    assert (info.status, info.error_code) == ("failed", "error")


def test_progress_outside_of_run_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Count is not running: progress and messages belong in run"):
        background.Count().set_progress(1)


def test_async_run() -> None:
    info = run_task(background.Later, text="hi")
    assert (info.status, info.outputs, info.progress) == ("succeeded", {"text": "HI"}, 1)


def decorated(run: Any) -> Any:
    @functools.wraps(run)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return run(*args, **kwargs)

    return wrapper


def test_async_run_behind_a_plain_decorator() -> None:
    class Decorated(background.Later):
        name = "decorated"
        run = decorated(background.Later.run)

    info = run_task(Decorated, text="hi")
    assert (info.status, info.outputs, info.progress) == ("succeeded", {"text": "HI"}, 1)


def generates(task: Task) -> Iterator[None]:
    yield


async def generates_async(task: Task) -> AsyncIterator[None]:
    yield


async def returns_a_generator(task: Task) -> Any:
    return generates(task)


@pytest.mark.parametrize("run", [generates, generates_async, decorated(generates), returns_a_generator])
def test_run_that_yields_fails_instead_of_not_running(run: Any) -> None:
    info = run_task(type("Yields", (Task,), {"name": "yields", "outputs": {}, "run": run}))
    assert (info.status, info.error_code) == ("failed", "invalid_output")
    assert info.error_message == "Task 'yields' yields in run(), which must return its outputs instead."


def test_atomic_task_commits_its_writes_with_its_success() -> None:
    assert run_task(background.MakeGroup, group="g").status == Status.SUCCEEDED
    assert Group.objects.filter(name="g").exists()


def test_atomic_task_takes_its_writes_back_when_it_fails() -> None:
    info = run_task(background.MakeGroup, group="g", fails=1)
    assert (info.status, info.error_message) == ("failed", "It fails after its write.")
    assert not Group.objects.exists()


class Steal(Task):
    """Loses its claim while it runs, as to a rescue."""

    name = "steal"
    outputs = {"text": StringParameter()}

    def run(self) -> str:
        assert self.info is not None
        Group.objects.create(name="g")
        TaskInfo.objects.filter(pk=self.info.pk).update(claim_token="00000000-0000-0000-0000-000000000001")
        return "late"


class StealAtomic(Steal):
    name = "steal-atomic"
    atomic = True


def test_run_that_lost_its_claim_stores_no_result(caplog: pytest.LogCaptureFixture) -> None:
    assert execute(Steal) is None
    info = TaskInfo.objects.get()
    assert (info.status, info.outputs) == ("running", {})
    assert "lost its claim; its result is discarded" in caplog.text


def test_atomic_run_that_lost_its_claim_takes_its_writes_back() -> None:
    assert execute(StealAtomic) is None
    assert not Group.objects.exists()


def test_run_that_lost_its_claim_is_stopped_by_its_next_progress() -> None:
    reached = []

    class Loses(Task):
        name = "loses"

        def run(self) -> None:
            assert self.info is not None
            TaskInfo.objects.filter(pk=self.info.pk).update(claim_token=None, status="pending")
            with suppress(Exception):
                self.set_progress(1)
            reached.append(True)

    assert execute(Loses) is None
    assert not reached
    assert TaskInfo.objects.get().progress is None


def test_cancel_before_the_first_line() -> None:
    row = transitions.create(task="count", inputs={})
    claimed = transitions.claim(row.uuid, tasks=["count"])
    assert claimed is not None
    transitions.cancel(row.uuid)
    claimed[0].refresh_from_db()
    ended = execution.execute(background.Count(), *claimed, eager=True)
    assert ended is not None
    assert (ended.status, ended.progress) == ("cancelled", None)


def test_cancelled_task_does_not_reach_its_first_line() -> None:
    reached: list[bool] = []
    task = type("Silent", (Task,), {"name": "silent", "run": lambda self: reached.append(True)})
    row = transitions.create(task="silent")
    claimed = transitions.claim(row.uuid, tasks=["silent"])
    assert claimed is not None
    transitions.cancel(row.uuid)
    claimed[0].refresh_from_db()
    ended = execution.execute(task, *claimed)
    assert ended is not None
    assert (ended.status, reached) == ("cancelled", [])


def test_cancel_is_learnt_at_the_next_progress() -> None:
    class Cancelled(Task):
        name = "cancelled"

        def run(self) -> None:
            assert self.info is not None
            assert not self.cancelled
            self.raise_if_cancelled()
            transitions.cancel(self.info.uuid)
            for _ in self.track(range(10)):
                pass

    info = execute(Cancelled)
    assert info is not None
    assert (info.status, info.error_code) == ("cancelled", "")
    assert info.progress == 0 or info.progress is None


def test_async_run_is_cancelled_through_asyncio() -> None:
    cleaned: list[str] = []

    class Sleeps(Task):
        name = "sleeps"

        async def run(self) -> None:
            try:
                assert self._run is not None
                self._run.stop()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cleaned.append("cleaned")
                raise

    info = execute(Sleeps)
    assert info is not None
    assert info.status == Status.CANCELLED
    assert cleaned == ["cleaned"]


def test_task_may_finish_although_it_was_asked_to_stop() -> None:
    class Finishes(Task):
        name = "finishes"

        def run(self) -> None:
            assert self.info is not None
            transitions.cancel(self.info.uuid)

    info = execute(Finishes)
    assert info is not None
    assert info.status == Status.SUCCEEDED


def test_errors_are_retried_while_attempts_are_left() -> None:
    attempts: list[int] = []

    class Flaky(Task):
        name = "flaky"
        max_attempts = 3
        retry_on = (ConnectionError,)

        def run(self) -> None:
            assert self.info is not None
            attempts.append(self.info.attempt)
            if len(attempts) < 3:
                raise ConnectionError("down")

    info = run_task(Flaky)
    assert attempts == [1, 2, 3]
    assert (info.status, info.attempt) == ("succeeded", 3)


def broken(*args: Any) -> Any:
    raise ZeroDivisionError("a flaw")


class Unsaid(TaskFailed):
    """Has no message, as no `TaskFailed` was initialized."""

    def __init__(self) -> None:
        pass


def crash(task: Task) -> None:
    raise ConnectionError("the first error")


def crash_unsaid(task: Task) -> None:
    raise Unsaid


@pytest.mark.parametrize(
    ("attributes", "texts"),
    [
        ({"retries": broken}, ["the first error", "a flaw"]),
        ({"retry_delay": broken}, ["the first error", "a flaw"]),
        ({"retry_delay": lambda self, attempt: 5}, ["the first error", "returned 5, must be a timedelta"]),
        ({"retry_delay": lambda self, attempt: timedelta.max}, ["the first error", "must be a timedelta of at most"]),
        ({"retry_on": "ConnectionError"}, ["the first error", "isinstance() arg 2"]),
        ({"run": crash_unsaid}, ["Unsaid", "has no attribute"]),
        ({"__init__": broken}, ["a flaw"]),
    ],
    ids=["retries", "retry_delay", "number", "far", "retry_on", "unsaid", "init"],
)
def test_flaw_of_the_task_besides_run_ends_the_row(attributes: dict[str, Any], texts: list[str]) -> None:
    task = type("Flawed", (Task,), {"name": "flawed", "max_attempts": 3, "backoff": 0, "run": crash, **attributes})
    with registered(task):
        info = task.start()
    assert (info.status, info.error_code) == ("failed", "error")
    assert [text for text in texts if text not in info.traceback] == []


@pytest.mark.parametrize("error", [ValueError("x"), TaskFailed("x")])
def test_errors_that_are_not_named_are_final(error: Exception) -> None:
    class Flaky(Task):
        name = "flaky"
        max_attempts = 3
        retry_on = (ConnectionError,)

        def run(self) -> None:
            raise error

    assert run_task(Flaky).attempt == 1


def test_exit_ends_the_row_before_the_process() -> None:
    class Exits(Task):
        name = "exits"

        def run(self) -> None:
            raise SystemExit(1)

    with pytest.raises(SystemExit):
        execute(Exits)
    assert TaskInfo.objects.get().error_code == "lost"


def test_execute_claims_and_runs_a_row_as_in_version_1() -> None:
    info = TaskInfo.objects.create(task="sum", inputs='{"numbers": [1, 2]}')
    background.SumNumbers().execute(info)
    info.refresh_from_db()
    assert (info.status, info.outputs) == ("succeeded", {"sum": 3})


def test_execute_runs_a_row_once() -> None:
    info = TaskInfo.objects.create(task="sum", inputs={"numbers": [1]})
    assert background.SumNumbers().execute(info) is not None
    assert background.SumNumbers().execute(info) is None
    info.refresh_from_db()
    assert info.attempt == 1


def test_task_without_run_fails() -> None:
    class Empty(Task):
        name = "empty"

    info = run_task(Empty)
    assert info.status == Status.FAILED
    assert "Empty does not define run()" in info.traceback


def test_statements_of_a_no_op_task(django_assert_max_num_queries: Any) -> None:
    class NoOp(Task):
        name = "no-op"

        def run(self) -> None:
            pass

    row = transitions.create(task="no-op")
    with django_assert_max_num_queries(12 if connection.vendor == "mysql" else 4):
        NoOp().execute(row)
