"""The management commands that look after tasks."""

import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from task_api import maintenance, transitions
from task_api.database import from_now
from task_api.management.commands import task_api_sweep
from task_api.models import TaskInfo
from task_api.states import Status
from tests.processes import ROOT, environ
from tests.waiting import DEADLINE, row, wait_for

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def run(command: str, *arguments: str) -> tuple[str, str]:
    output, errors = StringIO(), StringIO()
    call_command(command, *arguments, stdout=output, stderr=errors)
    return output.getvalue().strip(), errors.getvalue().strip()


def create(task: str = "sum", **columns: Any) -> TaskInfo:
    info = transitions.create(task=task, inputs={"numbers": [1]})
    TaskInfo.objects.filter(pk=info.pk).update(**columns)
    return info


def ended(days: float, task: str = "sum") -> TaskInfo:
    return create(task, status=Status.SUCCEEDED, created=from_now(-days * DAY), finished=from_now(-days * DAY))


def lost(**columns: Any) -> TaskInfo:
    info = create(**columns)
    assert transitions.claim(info.uuid, tasks=["sum"]) is not None
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(-DAY))
    return info


# Sweep


def test_sweep_says_what_it_did(recorded: list[tuple[str, str]], settings: Any) -> None:
    settings.TASK_API_RETENTION = 60
    unsent, late, old = create(dispatched_at=None), create(expires_at=from_now(-DAY)), ended(2)
    assert run("task_api_sweep") == ("1 expired, 1 deleted, 0 rescued, 1 sent", "")
    assert [uuid for uuid, _ in recorded] == [str(unsent.uuid)]
    assert row(late.uuid).error_code == "expired"
    assert not TaskInfo.objects.filter(uuid=old.uuid).exists()


def test_sweep_sends_all_there_is(recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "BATCH_SIZE", 2)
    for _ in range(5):
        create(dispatched_at=None)
    assert run("task_api_sweep")[0].endswith("5 sent")
    assert len(recorded) == 5


def test_sweep_gives_lost_tasks_one_lease_to_show_that_they_live(
    recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, alive = lost(), lost()
    waits: list[float] = []

    def renew_lease(seconds: float) -> None:
        waits.append(seconds)
        assert row(dead.uuid).status == Status.RUNNING
        TaskInfo.objects.filter(pk=alive.pk).update(lease_expires=from_now(DAY))

    monkeypatch.setattr(task_api_sweep.time, "sleep", renew_lease)
    output, errors = run("task_api_sweep")
    assert "1 rescued" in output
    assert errors == "2 running tasks gave no sign of life: giving them 30 seconds more."
    assert waits == [30]
    assert (row(dead.uuid).error_code, row(alive.uuid).status) == ("lost", Status.RUNNING)


def test_sweep_takes_no_task_into_a_process_of_a_moment(settings: Any) -> None:
    settings.TASK_API_BACKEND = "task_api.backends.thread.ThreadBackend"
    info = create(dispatched_at=None)
    assert run("task_api_sweep")[0] == "0 expired, 0 deleted, 0 rescued"
    assert row(info.uuid).dispatched_at is None


@pytest.mark.parametrize("command", ["task_api_sweep", "task_api_prune"])
def test_database_that_is_away_is_told_in_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def fail(*arguments: object) -> Any:
        raise OperationalError("the server is away")

    settings.TASK_API_RETENTION = 1
    monkeypatch.setattr(maintenance, "_tasks", fail)
    with pytest.raises(CommandError, match="the server is away"):
        run(command)


@pytest.mark.django_db(transaction=True)
def test_sweep_goes_on_until_it_is_told_to_end() -> None:
    """In a process of its own: what becomes due while it runs is ended by it."""
    with subprocess.Popen(
        [sys.executable, "-m", "django", "task_api_sweep", "--forever"],
        env=environ(PYTHONUNBUFFERED="1"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "Sweeping. Ctrl-C ends it.\n"
            late = create(expires_at=from_now(-DAY))
            assert wait_for(lambda: row(late.uuid).error_code) == "expired"
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0
        finally:
            process.kill()


# Prune


@pytest.mark.parametrize(
    ("arguments", "retention", "output", "left"),
    [
        ((), 86_400, "2 deleted", 1),
        (("--dry-run",), 86_400, "2 would be deleted", 3),
        (("--task", "sum"), 86_400, "1 deleted", 2),
        (("--task", "sum", "--task", "old"), 86_400, "2 deleted", 1),
        (("--days", "5"), None, "1 deleted", 2),
        (("--days", "0"), None, "3 deleted", 0),
        (("--days", "0.5", "--task", "old"), 86_400, "1 deleted", 2),
    ],
)
def test_prune(arguments: tuple[str, ...], retention: int | None, output: str, left: int, settings: Any) -> None:
    settings.TASK_API_RETENTION = retention
    ended(2), ended(10, "old"), ended(0.1)
    create()
    assert run("task_api_prune", *arguments) == (output, "")
    assert TaskInfo.objects.exclude(status=Status.PENDING).count() == left


def test_prune_without_any_retention_says_so() -> None:
    ended(1_000)
    output, errors = run("task_api_prune")
    assert output == "0 deleted"
    assert errors.startswith("No task has a retention: give --days")


@pytest.mark.parametrize("days", ["x", "-1", "nan", "inf", "1e9", ""])
def test_prune_refuses_what_is_no_number_of_days(days: str) -> None:
    with pytest.raises(CommandError, match=f"'{days}' must be a number of days from 0 to 36525"):
        run("task_api_prune", f"--days={days}")


def test_prune_refuses_a_name_that_no_task_has() -> None:
    with pytest.raises(CommandError, match="There is no task named 'summ' in the database"):
        run("task_api_prune", "--days", "1", "--task", "summ")
