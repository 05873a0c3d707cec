"""Attempts that take longer than they may, ended by the pulse of their process."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from task_api import execution, progress, transitions
from task_api.exceptions import TaskCancelled, TimeLimitExceeded
from task_api.models import TaskInfo
from task_api.tasks import Task
from tests.waiting import row, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_pulse(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASK_API_PULSE = 0.01
    monkeypatch.setattr(progress, "CANCEL_LOOK", 0.01)
    monkeypatch.setattr(progress, "FAILURE_WAIT", 0.05)


def execute(run: Callable[[Any], Any], *, max_attempts: int = 1, **attributes: Any) -> tuple[TaskInfo | None, TaskInfo]:
    """Run a task with a time limit; return what the execution gives, and the row."""
    attributes = {"name": "limited", "run": run, "time_limit": 0.05, **attributes}
    task = type("Limited", (Task,), attributes)
    info = transitions.create(task="limited", max_attempts=max_attempts)
    claimed = transitions.claim(info.uuid, tasks=["limited"])
    assert claimed is not None
    ended = execution.execute(task, *claimed)
    return ended, row(info.uuid)


def until_failed(task: Task) -> None:
    """Go on until the row has ended, without any call that could raise."""
    uuid = task.info.uuid  # type: ignore[union-attr]  # it runs
    wait_for(lambda: row(uuid).status != "running")


def test_attempt_that_takes_too_long_fails_with_all_that_it_told() -> None:
    def run(self: Task) -> None:
        self.set_progress(3)
        self.add_message("first")
        until_failed(self)
        self.add_message("late")

    ended, stored = execute(run)
    assert ended is None
    assert (stored.status, stored.error_code) == ("failed", "time_limit")
    assert stored.error_message == "The task took longer than it may."
    assert (stored.progress, [message.message for message in stored.messages.all()]) == (3, ["first"])


def test_traceback_says_where_the_run_was() -> None:
    _, stored = execute(until_failed)
    assert "in until_failed\n    wait_for(lambda: row(uuid)" in stored.traceback
    assert stored.traceback.endswith("TimeLimitExceeded: The attempt took longer than 0.05 seconds.\n")


def test_run_whose_time_is_over_is_stopped_by_its_next_progress() -> None:
    caught: list[BaseException] = []

    def run(self: Task) -> None:
        until_failed(self)
        wait_for(lambda: self.cancelled)
        try:
            self.inc_progress()
        except TaskCancelled as error:
            caught.append(error)
            raise

    ended, stored = execute(run)
    assert (ended, stored.status, len(caught)) == (None, "failed", 1)


def test_async_run_that_waits_is_stopped() -> None:
    async def run(self: Task) -> None:
        await asyncio.Event().wait()

    ended, stored = execute(run)
    assert (ended, stored.error_code) == (None, "time_limit")


def test_on_cancel_is_for_cancels_alone() -> None:
    calls: list[Task] = []

    async def run(self: Task) -> None:
        await asyncio.Event().wait()

    execute(run, on_cancel=calls.append)
    assert calls == []


def test_another_attempt_follows_where_there_may_be_one() -> None:
    _, stored = execute(until_failed, max_attempts=2)
    assert (stored.status, stored.error_code, stored.dispatched_at) == ("pending", "time_limit", None)


@pytest.mark.parametrize(
    ("retry_on", "status"),
    [((TimeLimitExceeded,), "pending"), ((TimeoutError,), "pending"), ((KeyError,), "failed"), ((), "failed")],
)
def test_retry_on_may_name_the_time_limit(retry_on: tuple[type[Exception], ...], status: str) -> None:
    _, stored = execute(until_failed, max_attempts=2, retry_on=retry_on)
    assert stored.status == status


def test_atomic_run_whose_time_is_over_writes_nothing() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: the row cannot be written before the run's transaction ends.")

    def run(self: Task) -> None:
        Group.objects.create(name="late")
        until_failed(self)

    ended, stored = execute(run, atomic=True)
    assert (ended, stored.error_code, Group.objects.exists()) == (None, "time_limit", False)


def test_transaction_that_holds_the_only_write_lock_may_end_first() -> None:
    """On SQLite nobody can end the row meanwhile; the run ends it itself."""
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has a single writer.")

    def run(self: Task) -> None:
        with transaction.atomic():
            Group.objects.create(name="slow")
            threading.Event().wait(0.2)

    ended, stored = execute(run, atomic=True)
    assert ended is not None
    assert (stored.status, Group.objects.count()) == ("succeeded", 1)


@pytest.mark.parametrize("limit", [30, timedelta(minutes=1), None])
def test_run_within_its_time_is_left_alone(limit: Any) -> None:
    ended, stored = execute(lambda self: None, time_limit=limit)
    assert ended is not None
    assert (stored.status, stored.attempts.count()) == ("succeeded", 0)


def test_limit_that_is_none_fails_the_task() -> None:
    """The system checks tell it before; a worker that runs all the same loses no row."""
    ended, stored = execute(lambda self: None, time_limit="soon")
    assert ended is not None
    assert (stored.status, stored.error_code) == ("failed", "error")
