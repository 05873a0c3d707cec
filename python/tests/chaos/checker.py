"""Finds out whether a run kept the promises, from the database and the journal alone.

The database has the rows, their messages, the receipts that atomic tasks wrote, and the history of each row, which a
trigger kept. Each check is a function from a `Record` to sentences about what is wrong; `CHECKS` lists them all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.chaos import journal
from tests.chaos.project.constants import REFUSED, STRIDE

Row = dict[str, Any]
ENDS = {"succeeded", "failed", "cancelled"}
EDGES = {
    (None, "pending"),
    ("pending", "running"),
    ("pending", "cancelled"),
    ("running", "running"),
    ("running", "pending"),
    *(("running", end) for end in ENDS),
}
# An INSERT that waits for the row in its way to end carries the time at which it began to wait.
INSERT_WAIT = timedelta(seconds=1)


@dataclass(frozen=True)
class Record:
    """What a run left behind; rows by uuid, and lists in the order in which things happened."""

    rows: dict[str, Row]
    history: dict[str, list[Row]]
    messages: dict[str, list[Row]]
    receipts: dict[str, list[Row]]
    events: list[Row]

    def of(self, event: str) -> Iterator[Row]:
        return (line for line in self.events if line["event"] == event)

    def named(self, *tasks: str) -> Iterator[Row]:
        return (row for row in self.rows.values() if row["task"] in tasks)

    def claims(self, uuid: str) -> list[Row]:
        """Return the changes of a row that began an attempt."""
        return [after for before, after in changes(self.history[uuid]) if begins(before, after)]

    def outcomes(self) -> Counter[str]:
        return Counter(" ".join(filter(None, (row["status"], row["error_code"]))) for row in self.rows.values())


def load(url: str, path: Path) -> Record:
    """Read all that a run left behind."""
    with psycopg.connect(url, row_factory=dict_row) as connection:

        def read(sql: str) -> list[Row]:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload,no-any-return]

        return Record(
            rows={row["uuid"]: row for row in read("SELECT *, uuid::text AS uuid FROM task_api_taskinfo ORDER BY id")},
            history=grouped(read("SELECT *, uuid::text AS uuid, token::text AS token FROM chaos_audit ORDER BY id")),
            messages=grouped(
                read(
                    "SELECT info.uuid::text AS uuid, seq, message FROM task_api_taskmessage AS message "
                    "JOIN task_api_taskinfo AS info ON info.id = message.task_id ORDER BY message.task_id, seq"
                )
            ),
            receipts=grouped(
                read("SELECT uuid::text AS uuid, attempt, token::text AS token FROM chaos_receipt ORDER BY id")
            ),
            events=journal.read(path),
        )


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["uuid"]].append(row)
    return groups


def changes(history: list[Row]) -> Iterator[tuple[Row | None, Row]]:
    """Yield each state of a row with the one before it."""
    return pairwise([None, *history])  # type: ignore[return-value]  # only the first is None


def begins(before: Row | None, after: Row) -> bool:
    """Tell whether a change began an attempt."""
    return before is not None and after["attempt"] != before["attempt"]


def title(row: Row) -> str:
    return f"{row['task']} {row['uuid']}"


# The checks


def accepted_tasks_have_one_row(record: Record) -> Iterator[str]:
    keys = Counter(row["inputs"]["key"] for row in record.rows.values())
    for line in record.of("accepted"):
        if line["status"] not in (200, 201):
            yield f"{line['task']} {line['key']} was answered with {line['status']}."
        elif line["uuid"] not in record.rows:
            yield f"{line['task']} {line['key']} was accepted as {line['uuid']}, which has no row."
        elif line["task"] != "unique" and record.rows[line["uuid"]]["inputs"]["key"] != line["key"]:
            yield f"{line['task']} {line['key']} was answered with another task, {line['uuid']}."
        elif line["status"] == 201 and keys[line["key"]] != 1:
            yield f"{line['task']} {line['key']} was accepted and has {keys[line['key']]} rows."


def keys_have_one_row(record: Record) -> Iterator[str]:
    keys = Counter(row["inputs"]["key"] for row in record.rows.values())
    return (f"The key {key} has {count} rows." for key, count in keys.items() if count > 1)


def rows_have_ended(record: Record) -> Iterator[str]:
    for row in record.rows.values():
        if row["status"] not in ENDS:
            yield f"{title(row)} is {row['status']}, attempt {row['attempt']} of {row['max_attempts']}."


def history_follows_the_states(record: Record) -> Iterator[str]:
    for uuid, history in record.history.items():
        for before, after in changes(history):
            was = before and before["status"]
            if (was, after["status"]) not in EDGES:
                yield f"{uuid} went from {was} to {after['status']} (version {after['version']})."
            if after["version"] != (before["version"] + 1 if before else 1):
                yield f"{uuid} has version {after['version']} after {before and before['version']}."
            if was == after["status"] == "running" and before["token"] != after["token"]:
                yield f"{uuid} was claimed while it ran (version {after['version']})."


def attempts_are_counted(record: Record) -> Iterator[str]:
    for uuid, row in record.rows.items():
        claims = record.claims(uuid)
        if row["attempt"] > row["max_attempts"]:
            yield f"{title(row)} has {row['attempt']} attempts of {row['max_attempts']}."
        if [claim["attempt"] for claim in claims] != list(range(1, row["attempt"] + 1)):
            yield f"{title(row)} counted its attempts as {[claim['attempt'] for claim in claims]}."
        if len({claim["token"] for claim in claims}) != len(claims):
            yield f"{title(row)} was claimed twice with one token."


def runs_have_a_claim(record: Record) -> Iterator[str]:
    claims = {(uuid, claim["attempt"]): claim["token"] for uuid in record.rows for claim in record.claims(uuid)}
    begun = Counter((line["uuid"], line["attempt"]) for line in record.of("begin"))
    yield from (f"{run} began {count} times." for run, count in begun.items() if count > 1)
    for line in record.of("begin"):
        if claims.get((line["uuid"], line["attempt"])) != line["token"]:
            yield f"{line['task']} {line['uuid']} ran attempt {line['attempt']} without a claim."


def results_are_of_the_last_attempt(record: Record) -> Iterator[str]:
    for uuid, row in record.rows.items():
        successes = [after for before, after in changes(record.history[uuid]) if after["status"] == "succeeded"]
        if len(successes) != (row["status"] == "succeeded"):
            yield f"{title(row)} is {row['status']} and succeeded {len(successes)} times."
        if row["status"] == "succeeded":
            claim = (record.claims(uuid) or [{}])[-1]
            if row["outputs"] != {"attempt": claim.get("attempt"), "token": claim.get("token")}:
                yield f"{title(row)} succeeded in attempt {row['attempt']} with outputs {row['outputs']}."
        elif row["outputs"]:
            yield f"{title(row)} is {row['status']} and has outputs."


def progress_is_of_the_running_attempt(record: Record) -> Iterator[str]:
    for uuid, history in record.history.items():
        for state in history:
            if state["progress"] is not None and state["progress"] // STRIDE != state["attempt"]:
                yield f"{uuid} has progress {state['progress']} in attempt {state['attempt']}."


def messages_are_in_order(record: Record) -> Iterator[str]:
    for uuid, row in record.rows.items():
        messages = record.messages[uuid]
        if [message["seq"] for message in messages] != list(range(1, row["message_count"] + 1)):
            yield f"{title(row)} counts {row['message_count']} messages and has {[m['seq'] for m in messages]}."
        marks = [message["message"] for message in messages]
        if [mark["attempt"] for mark in marks] != sorted(mark["attempt"] for mark in marks):
            yield f"{title(row)} has messages of attempts {[mark['attempt'] for mark in marks]}."
        numbers: dict[str, list[int]] = defaultdict(list)
        for mark in marks:
            numbers[mark["token"]].append(mark["number"])
        for token, found in numbers.items():
            if found != list(range(1, len(found) + 1)):
                yield f"{title(row)} has messages {found} of the attempt with token {token}."
        count = row["inputs"].get("count")
        if row["status"] == "succeeded" and count and len(numbers[row["outputs"].get("token", "")]) != count:
            yield f"{title(row)} succeeded with messages {dict(numbers)} of {count}."


def atomic_tasks_have_one_receipt(record: Record) -> Iterator[str]:
    for row in record.named("atomic", "atomic-refused", "planner"):
        receipts = [{"attempt": r["attempt"], "token": r["token"]} for r in record.receipts[row["uuid"]]]
        if receipts != ([row["outputs"]] if row["status"] == "succeeded" else []):
            yield f"{title(row)} is {row['status']} with outputs {row['outputs']} and receipts {receipts}."


def planned_tasks_follow_their_planner(record: Record) -> Iterator[str]:
    planned = {row["inputs"]["key"]: row for row in record.named("planned")}
    for row in record.named("planner"):
        child = planned.pop(f"{row['inputs']['key']}/planned", None)
        if (child is not None) != (row["status"] == "succeeded"):
            yield f"{title(row)} is {row['status']} and has {'a' if child else 'no'} planned task."
    yield from (f"{title(row)} has no planner." for row in planned.values())
    for row in record.named("planned"):
        created, *_ = record.history[row["uuid"]]
        for claim in record.claims(row["uuid"])[:1]:
            if claim["at"] < created["run_after"]:
                yield f"{title(row)} began {created['run_after'] - claim['at']} too early."


def failures_are_due(record: Record) -> Iterator[str]:
    """A task fails because it says so, or because its attempts are used up."""
    for row in record.rows.values():
        refuses = row["task"] in ("refused", "atomic-refused") and row["error_code"] == REFUSED
        if row["status"] == "failed" and not refuses and row["attempt"] < row["max_attempts"]:
            yield f"{title(row)} failed ({row['error_code']}) in attempt {row['attempt']} of {row['max_attempts']}."
        if row["status"] == "succeeded" and row["task"] in ("refused", "atomic-refused", "poison"):
            yield f"{title(row)} succeeded."


def poison_uses_all_attempts(record: Record) -> Iterator[str]:
    for row in record.named("poison"):
        if (row["status"], row["error_code"], row["attempt"]) != ("failed", "lost", row["max_attempts"]):
            yield f"{title(row)} is {row['status']} {row['error_code']} after {row['attempt']} attempts."


def tasks_that_hold_the_gil_succeed_once(record: Record) -> Iterator[str]:
    for row in record.named("holds-gil"):
        if row["status"] != "succeeded":
            yield f"{title(row)} is {row['status']} {row['error_code']} after {row['attempt']} attempts."


def cancels_are_final(record: Record) -> Iterator[str]:
    wanted = {line["uuid"]: line for line in record.of("cancel") if line["status"] == 200}
    for uuid, row in record.rows.items():
        if row["status"] == "cancelled" and not record.history[uuid][-1]["cancel_wanted"]:
            yield f"{title(row)} is cancelled and nobody wanted that."
        if uuid in wanted and row["status"] not in ("cancelled", "succeeded"):
            yield f"{title(row)} was cancelled and is {row['status']}."
        if uuid in wanted and wanted[uuid]["became"] == "cancelled" != row["status"]:
            yield f"{title(row)} was answered to be cancelled and is {row['status']}."
        for before, after in changes(record.history[uuid]):
            if before is not None and before["cancel_wanted"] and begins(before, after):
                yield f"{title(row)} began attempt {after['attempt']} after it was cancelled."


def unique_tasks_are_active_alone(record: Record) -> Iterator[str]:
    slots: dict[int, list[Row]] = defaultdict(list)
    for row in record.named("unique"):
        slots[row["inputs"]["slot"]].append(row)
    for slot, rows in slots.items():
        for earlier, later in pairwise(sorted(rows, key=lambda row: row["created"])):
            if earlier["finished"] is None or earlier["finished"] > later["created"] + INSERT_WAIT:
                yield f"{title(earlier)} and {later['uuid']} of slot {slot} were active together."


CHECKS: tuple[Callable[[Record], Iterator[str]], ...] = (
    accepted_tasks_have_one_row,
    keys_have_one_row,
    rows_have_ended,
    history_follows_the_states,
    attempts_are_counted,
    runs_have_a_claim,
    results_are_of_the_last_attempt,
    progress_is_of_the_running_attempt,
    messages_are_in_order,
    atomic_tasks_have_one_receipt,
    planned_tasks_follow_their_planner,
    failures_are_due,
    poison_uses_all_attempts,
    tasks_that_hold_the_gil_succeed_once,
    cancels_are_final,
    unique_tasks_are_active_alone,
)


def violations(record: Record) -> dict[str, list[str]]:
    """Return what is wrong, by the name of the check, with an empty list for one that found nothing."""
    return {check.__name__: list(check(record)) for check in CHECKS}
