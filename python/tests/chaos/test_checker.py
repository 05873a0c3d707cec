"""The checker finds each kind of wrong in what a run left behind, and nothing where all is right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.checker import CHECKS, Record, grouped, violations

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def state(version: int, status: str, attempt: int, token: str | None = None, **columns: Any) -> dict[str, Any]:
    defaults = {"progress": None, "cancel_wanted": False, "error_code": "", "message_count": 0, "run_after": None}
    at = NOON + timedelta(seconds=version)
    values = {"uuid": "u", "at": at, "version": version, "status": status, "attempt": attempt, "token": token}
    return {**defaults, **values, **columns}


def record(task: str = "chatty") -> Record:
    """Return what a task left that lost its first attempt and succeeded in the second."""
    mark = {"attempt": 2, "token": "t2"}
    row = {
        "uuid": "u",
        "task": task,
        "status": "succeeded",
        "attempt": 2,
        "max_attempts": 3,
        "error_code": "",
        "inputs": {"key": "k", "count": 2, "slot": 1},
        "outputs": mark,
        "message_count": 3,
        "created": NOON,
        "finished": NOON + timedelta(seconds=6),
    }
    history = [
        state(1, "pending", 0),
        state(2, "running", 1, "t1"),
        state(3, "running", 1, "t1", progress=1001),
        state(4, "pending", 1, error_code="lost", progress=1001),
        state(5, "running", 2, "t2"),
        state(6, "succeeded", 2, progress=2002),
    ]
    marks = [{"attempt": 1, "token": "t1", "number": 1}, {**mark, "number": 1}, {**mark, "number": 2}]
    return Record(
        rows={"u": row},
        history=grouped(history),
        messages=grouped({"uuid": "u", "seq": seq, "message": mark} for seq, mark in enumerate(marks, start=1)),
        receipts=grouped([{"uuid": "u", **mark}]),
        events=[
            {"event": "accepted", "key": "k", "task": task, "status": 201, "uuid": "u"},
            {"event": "begin", "uuid": "u", "task": task, "attempt": 1, "token": "t1"},
            {"event": "begin", "uuid": "u", "task": task, "attempt": 2, "token": "t2"},
        ],
    )


def found(record: Record) -> set[str]:
    return {name for name, sentences in violations(record).items() if sentences}


@pytest.mark.parametrize("task", ["chatty", "atomic", "holds-gil", "unique"])
def test_nothing_is_found_where_all_is_right(task: str) -> None:
    assert found(record(task)) == set()


def second_row(record: Record) -> None:
    record.rows["v"] = {**record.rows["u"], "uuid": "v"}
    record.history["v"] = record.history["u"]
    record.messages["v"] = record.messages["u"]


def unique_overlap(record: Record) -> None:
    second_row(record)
    record.rows["v"]["inputs"] = {"key": "other", "count": 2, "slot": 1}


def change_row(**columns: Any) -> Callable[[Record], None]:
    return lambda record: record.rows["u"].update(columns)


def change_state(number: int, **columns: Any) -> Callable[[Record], None]:
    return lambda record: record.history["u"][number].update(columns)


@pytest.mark.parametrize(
    ("check", "task", "spoil"),
    [
        ("accepted_tasks_have_one_row", "chatty", lambda record: record.rows.clear()),
        ("accepted_tasks_have_one_row", "chatty", lambda record: record.events[0].update(status=409)),
        ("accepted_tasks_have_one_row", "chatty", change_row(inputs={"key": "other"})),
        ("keys_have_one_row", "chatty", second_row),
        ("rows_have_ended", "chatty", change_row(status="running")),
        ("history_follows_the_states", "chatty", change_state(4, status="pending")),
        ("history_follows_the_states", "chatty", change_state(5, version=9)),
        ("history_follows_the_states", "chatty", change_state(2, token="t9")),
        ("attempts_are_counted", "chatty", change_row(max_attempts=1)),
        ("attempts_are_counted", "chatty", change_row(attempt=3)),
        ("attempts_are_counted", "chatty", change_state(4, token="t1")),
        ("runs_have_a_claim", "chatty", lambda record: record.events.append(record.events[1])),
        ("runs_have_a_claim", "chatty", lambda record: record.events[1].update(token="t9")),
        ("results_are_of_the_last_attempt", "chatty", change_row(outputs={"attempt": 1, "token": "t1"})),
        ("results_are_of_the_last_attempt", "chatty", change_state(3, status="succeeded")),
        ("results_are_of_the_last_attempt", "chatty", change_row(status="failed")),
        ("progress_is_of_the_running_attempt", "chatty", change_state(5, progress=1002)),
        ("messages_are_in_order", "chatty", lambda record: record.messages["u"].pop()),
        ("messages_are_in_order", "chatty", lambda record: record.messages["u"][2]["message"].update(attempt=1)),
        ("messages_are_in_order", "chatty", lambda record: record.messages["u"][2]["message"].update(number=1)),
        ("messages_are_in_order", "chatty", change_row(inputs={"key": "k", "count": 3})),
        ("atomic_tasks_have_one_receipt", "atomic", lambda record: record.receipts.clear()),
        (
            "atomic_tasks_have_one_receipt",
            "atomic",
            lambda record: record.receipts["u"].extend(record.receipts["u"]),
        ),
        ("atomic_tasks_have_one_receipt", "atomic", change_row(status="failed", outputs={})),
        ("planned_tasks_follow_their_planner", "planner", lambda record: None),
        ("planned_tasks_follow_their_planner", "planned", change_state(0, run_after=NOON + timedelta(seconds=9))),
        ("failures_are_due", "chatty", change_row(status="failed")),
        ("failures_are_due", "refused", lambda record: None),
        ("poison_uses_all_attempts", "poison", change_row(status="failed", error_code="lost", attempt=2)),
        ("tasks_that_hold_the_gil_succeed_once", "holds-gil", change_row(status="failed")),
        ("cancels_are_final", "chatty", change_row(status="cancelled")),
        ("cancels_are_final", "chatty", change_state(3, cancel_wanted=True)),
        (
            "cancels_are_final",
            "chatty",
            lambda record: record.events.append({"event": "cancel", "uuid": "u", "status": 200, "became": "cancelled"}),
        ),
        ("unique_tasks_are_active_alone", "unique", unique_overlap),
    ],
)
def test_what_is_wrong_is_found(check: str, task: str, spoil: Callable[[Record], None]) -> None:
    spoiled = record(task)
    spoil(spoiled)
    assert check in found(spoiled)


def test_each_check_is_tested() -> None:
    cases = test_what_is_wrong_is_found.pytestmark[0].args[1]
    assert {case[0] for case in cases} == {check.__name__ for check in CHECKS}
