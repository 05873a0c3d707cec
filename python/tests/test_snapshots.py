"""The wire shape of a task."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.utils.timezone import override
from pytest_django import Settings

from task_api import transitions
from task_api.models import TaskInfo, TaskMessage
from task_api.snapshots import Snapshot, snapshot, snapshots
from task_api.states import ERROR_MESSAGES, Status
from task_api.transitions import Failure, Report

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 2, 12, 0, 0, 500_000, tzinfo=UTC)


def running(**values: Any) -> tuple[TaskInfo, transitions.Claim]:
    claimed = transitions.claim(transitions.create(task="sum", **values).uuid, tasks=["sum"])
    assert claimed is not None
    return claimed


def stored(info: TaskInfo) -> TaskInfo:
    return TaskInfo.objects.get(pk=info.pk)


def test_snapshot_has_the_keys_of_its_type() -> None:
    shape = snapshot(transitions.create(task="sum"))
    assert set(shape) == set(Snapshot.__annotations__)
    assert set(Snapshot.__annotations__) >= {
        *("uuid", "task", "status", "progress", "target", "outputs", "messages", "created", "started", "finished")
    }


def test_snapshot_of_a_row() -> None:
    info = TaskInfo(
        uuid=UUID(int=1),
        task="sum",
        status=Status.SUCCEEDED,
        progress=2**62,
        target=-1,
        inputs={"numbers": [1]},
        outputs={"sum": 1},
        created=NOON,
        started=NOON,
        finished=NOON,
        version=7,
        attempt=2,
        max_attempts=3,
    )
    assert snapshot(info) == {
        "uuid": "00000000-0000-0000-0000-000000000001",
        "task": "sum",
        "status": "succeeded",
        "progress": 2**62,
        "target": -1,
        "inputs": {"numbers": [1]},
        "outputs": {"sum": 1},
        "messages": [],
        "created": "2026-01-02T12:00:00.500000Z",
        "started": "2026-01-02T12:00:00.500000Z",
        "finished": "2026-01-02T12:00:00.500000Z",
        "version": 7,
        "attempt": 2,
        "max_attempts": 3,
        "error": None,
        "cancel_requested": False,
    }


@pytest.mark.parametrize("status", list(Status))
def test_error_is_that_of_a_failed_task_alone(status: Status) -> None:
    """A task that waits for another attempt keeps the error of the last one in its row."""
    info = TaskInfo(task="sum", status=status, error_code="error", error_message="It failed.", created=NOON)
    error = {"code": "error", "message": "It failed."} if status == Status.FAILED else None
    assert snapshot(info)["error"] == error


def test_error_of_an_attempt_is_not_shown_while_another_one_waits() -> None:
    _, claim = running(max_attempts=2)
    again = transitions.fail(claim, Failure("error", "It failed.", retry_in=timedelta(0)), Report())
    assert again is not None
    assert (snapshot(again)["status"], snapshot(again)["error"]) == ("pending", None)


def test_traceback_and_claim_are_in_no_snapshot() -> None:
    info, claim = running(owner="5", backend_data="secret", queue="secret", unique_key="secret")
    shape = str(snapshot(stored(info)))
    transitions.fail(claim, Failure("error", "It failed.", "Traceback: secret"), Report())
    shape += str(snapshot(stored(info)))
    assert "secret" not in shape
    assert str(claim.token) not in shape


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=14))])
def test_times_are_utc_whatever_their_zone(zone: Any) -> None:
    info = TaskInfo(task="sum", created=NOON.astimezone(zone))
    assert snapshot(info)["created"] == "2026-01-02T12:00:00.500000Z"


def test_times_are_utc_where_the_project_has_naive_ones(settings: Settings) -> None:
    settings.USE_TZ = False
    settings.TIME_ZONE = "America/New_York"
    info = TaskInfo(task="sum", created=datetime(2026, 1, 2, 7))  # noqa: DTZ001  as a project without USE_TZ has them
    with override("Asia/Tokyo"):
        assert snapshot(info)["created"] == "2026-01-02T12:00:00Z"


def test_messages_are_in_the_order_of_their_coming() -> None:
    info, claim = running()
    transitions.beat(claim, Report(messages=("a", {"b": [1, None]}, 3)))
    transitions.beat(claim, Report(messages=["d"], told=3))
    info = stored(info)
    assert snapshot(info)["messages"] == snapshots([info])[0]["messages"] == ["a", {"b": [1, None]}, 3, "d"]


def test_snapshots_take_one_query_for_all_messages(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        _, claim = running()
        transitions.beat(claim, Report(messages=("a", "b")))
    transitions.create(task="sum")
    rows = TaskInfo.objects.order_by("id")
    with django_assert_num_queries(2):
        assert [shape["messages"] for shape in snapshots(rows)] == [["a", "b"]] * 3 + [[]]


def test_snapshots_without_messages_take_no_query_for_them(django_assert_num_queries: Any) -> None:
    transitions.create(task="sum")
    with django_assert_num_queries(1):
        snapshots(TaskInfo.objects.all())
    assert snapshots([]) == []


def test_messages_after_the_rows_version_are_left_out() -> None:
    info, claim = running()
    transitions.beat(claim, Report(messages=["a"]))
    info = stored(info)
    transitions.beat(claim, Report(messages=["b"], told=1))
    assert TaskMessage.objects.count() == 2
    assert snapshot(info)["messages"] == snapshots([info])[0]["messages"] == ["a"]


def test_messages_of_errors_are_the_same_in_each_language() -> None:
    """They are stored: a text that is translated when it is used would be in the language of the worker."""
    assert {type(message) for message in ERROR_MESSAGES.values()} == {str}
