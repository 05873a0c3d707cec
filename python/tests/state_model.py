"""A model of the state machine in plain Python: what each transition must do to a row, and when it must do nothing."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from task_api.states import ACTIVE, ERROR_MESSAGES, RETRYABLE, ErrorCode, Status

Error = tuple[str, str, str]
NO_ERROR: Error = ("", "", "")
LOST: Error = ("lost", ERROR_MESSAGES[ErrorCode.LOST], "")
EXPIRED: Error = ("expired", ERROR_MESSAGES[ErrorCode.EXPIRED], "")


class KeyTakenError(Exception):
    """Another active task has the unique key."""


@dataclass
class Row:
    """A task's row. Of its times it keeps no moments, but what they mean now: "past", "ahead", or None for unset."""

    status: str = Status.PENDING
    version: int = 1
    attempt: int = 0
    max_attempts: int = 1
    claim_token: UUID | None = None
    lease: str | None = None
    run_after: str | None = None
    expiry: str | None = None
    # "past" is so long ago that the message may be lost.
    dispatched: str | None = None
    unique_key: str | None = None
    cancel_wanted: bool = False
    started: bool = False
    finished: bool = False
    worker: str = ""
    error: Error = NO_ERROR
    outputs: dict[str, Any] = field(default_factory=dict)
    progress: tuple[int | None, int | None] = (None, None)
    messages: list[Any] = field(default_factory=list)
    # Number, error and worker of those that ended without success.
    attempts: list[tuple[int, Error, str]] = field(default_factory=list)

    @property
    def due(self) -> bool:
        return self.run_after != "ahead"

    def change(self, **values: Any) -> bool:
        vars(self).update(replace(self, version=self.version + 1, **values).__dict__)
        return True

    def end(self, status: Status, **values: Any) -> bool:
        nothing_held = {"claim_token": None, "lease": None, "unique_key": None}
        return self.change(status=status, finished=True, **nothing_held, **values)

    def keep_attempt(self) -> None:
        self.attempts.append((self.attempt, self.error, self.worker))


class Model:
    """All rows; each method is named for the transition, and tells whether that must change something."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}

    def _take(self, key: str | None) -> None:
        if key is not None and any(row.unique_key == key for row in self.rows.values()):
            raise KeyTakenError

    def create(self, uuid: UUID, row: Row) -> None:
        self._take(row.unique_key)
        self.rows[uuid] = row

    def claim(self, uuid: UUID, token: UUID | None, *, known: bool, wait_for_due: bool, worker: str) -> bool:
        row = self.rows[uuid]
        late = row.expiry == "past" and row.attempt == 0
        waits = wait_for_due and not row.due
        spent = row.attempt >= row.max_attempts
        if row.status != Status.PENDING or not known or late or waits or spent:
            return False
        run = {"attempt": row.attempt + 1, "claim_token": token, "lease": "ahead", "worker": worker, "started": True}
        return row.change(status=Status.RUNNING, progress=(None, None), error=NO_ERROR, **run)

    def _held(self, uuid: UUID, token: UUID | None) -> Row | None:
        row = self.rows[uuid]
        return row if row.status == Status.RUNNING and row.claim_token == token else None

    def beat(self, uuid: UUID, token: UUID, **report: Any) -> bool:
        row = self._held(uuid, token)
        return row is not None and row.change(lease="ahead", **report)

    def succeed(self, uuid: UUID, token: UUID, outputs: dict[str, Any], **report: Any) -> bool:
        row = self._held(uuid, token)
        return row is not None and row.end(Status.SUCCEEDED, outputs=outputs, **report)

    def stop(self, uuid: UUID, token: UUID, **report: Any) -> bool:
        row = self._held(uuid, token)
        if row is None:
            return False
        row.end(Status.CANCELLED, error=NO_ERROR, **report)
        row.keep_attempt()
        return True

    def fail(self, uuid: UUID, token: UUID, error: Error, retry: str | None, **report: Any) -> bool:
        row = self._held(uuid, token)
        return row is not None and self._fail(row, error, retry, **report)

    def rescue(self, uuid: UUID, token: UUID | None, *, died: bool, retry: str | None) -> bool:
        row = self._held(uuid, token)
        return row is not None and (died or row.lease == "past") and self._fail(row, LOST, retry)

    def _fail(self, row: Row, error: Error, retry: str | None, **report: Any) -> bool:
        if row.cancel_wanted:
            row.end(Status.CANCELLED, error=NO_ERROR, **report)
        elif retry is not None and row.attempt < row.max_attempts:
            again = {"status": Status.PENDING, "claim_token": None, "lease": None, "dispatched": None}
            row.change(run_after=retry, error=error, **again, **report)
        else:
            row.end(Status.FAILED, error=error, **report)
        row.keep_attempt()
        return True

    def cancel(self, uuid: UUID) -> bool:
        row = self.rows[uuid]
        if row.status == Status.PENDING:
            return row.end(Status.CANCELLED, cancel_wanted=True, error=NO_ERROR)
        return row.status == Status.RUNNING and not row.cancel_wanted and row.change(cancel_wanted=True)

    def terminate(self, uuid: UUID) -> bool:
        row = self.rows[uuid]
        if row.status not in ACTIVE:
            return False
        running = row.status == Status.RUNNING
        row.end(Status.CANCELLED, cancel_wanted=True, error=NO_ERROR)
        if running:
            row.keep_attempt()
        return True

    def retry(self, uuid: UUID, *, attempts: int, expiry: str | None, key: str | None) -> bool:
        row = self.rows[uuid]
        if row.status not in RETRYABLE:
            return False
        self._take(key)
        cleared = {"cancel_wanted": False, "started": False, "finished": False, "error": NO_ERROR, "outputs": {}}
        times = {"run_after": "past", "dispatched": "ahead", "expiry": expiry}
        limits = {"max_attempts": row.attempt + attempts, "unique_key": key}
        return row.change(status=Status.PENDING, progress=(None, None), **cleared, **times, **limits)

    def expire(self, uuid: UUID) -> bool:
        row = self.rows[uuid]
        late = row.status == Status.PENDING and row.attempt == 0 and row.expiry == "past"
        return late and row.end(Status.FAILED, error=EXPIRED)

    # The bookkeeping of sending, which is no change of the task.

    def unsent(self) -> set[UUID]:
        return {
            uuid
            for uuid, row in self.rows.items()
            if row.status == Status.PENDING and row.due and row.dispatched in {None, "past"}
        }

    def dispatch(self, uuid: UUID) -> bool:
        if uuid not in self.unsent():
            return False
        self.rows[uuid].dispatched = "ahead"
        return True

    def undispatch(self, uuid: UUID) -> bool:
        row = self.rows[uuid]
        sent = row.status == Status.PENDING and row.dispatched is not None
        if sent:
            row.dispatched = None
        return sent
