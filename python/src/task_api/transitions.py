"""The only writer of a task's status: one function an edge of the state machine, one conditional UPDATE each.

An UPDATE whose WHERE matches no row means that somebody else was faster; the function then returns None and nothing has
changed. A running task is written by who holds its claim token alone. All times are the database's.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import router, transaction
from django.db.models import Case, DurationField, F, Field, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from task_api import events
from task_api.conf import app_settings
from task_api.database import DatabaseNow, from_now, outlives_deadlocks
from task_api.messages import append
from task_api.models import Attempt, TaskInfo
from task_api.snapshots import event_of
from task_api.statements import CompiledUpdate, Slots, compiled_update, update_returning
from task_api.states import ACTIVE, ERROR_MESSAGES, RETRYABLE, ErrorCode, Status

NEXT_VERSION = F("version") + 1
NO_CLAIM: dict[str, Any] = {"claim_token": None, "lease_expires": None}
NO_ERROR: dict[str, Any] = {"error_code": "", "error_message": "", "traceback": ""}
NO_PROGRESS: dict[str, Any] = {"progress": None, "target": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one run to write its task; void as soon as the row bears another token or status."""

    uuid: UUID
    token: UUID


@dataclass(frozen=True, slots=True)
class Report:
    """What a run tells about itself: its progress, and its messages after the first `told`."""

    progress: int | None = None
    target: int | None = None
    messages: Sequence[Any] = ()
    told: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed. `retry_in` is how long to wait before another attempt, None for an error that is final."""

    code: str
    message: str
    traceback: str = ""
    retry_in: timedelta | None = None


def database() -> str:
    """Return the alias of the database that tasks are written to."""
    return router.db_for_write(TaskInfo)


def _tasks() -> QuerySet[TaskInfo]:
    # Reads of a replica would decide on old rows.
    return TaskInfo._default_manager.using(database())


def _change(rows: QuerySet[TaskInfo], **values: Any) -> TaskInfo | None:
    """Update a task's row and tell its watchers."""
    return _tell(update_returning(rows, version=NEXT_VERSION, **values))


def _only(changed: list[TaskInfo]) -> TaskInfo | None:
    return changed[0] if changed else None


def _tell(changed: list[TaskInfo], messages: Sequence[Any] = ()) -> TaskInfo | None:
    """Tell the watchers of a row that was changed, if it was, and return it."""
    info = _only(changed)
    if info is not None:
        # What is rolled back has not happened.
        transaction.on_commit(lambda: events.publish(lambda: event_of(info, messages)), using=database())
    return info


def due() -> Q:
    """Return the condition of tasks whose time to run has come."""
    return Q(run_after=None) | Q(run_after__lte=DatabaseNow())


def _not_expired() -> Q:
    # An expiry bounds the wait for the first attempt only.
    return Q(expires_at=None) | Q(expires_at__gt=DatabaseNow()) | Q(attempt__gt=0)


def _lease() -> timedelta:
    return timedelta(seconds=app_settings.LEASE)


@outlives_deadlocks(database)
def create(
    *, run_after: datetime | timedelta | None = None, expires_after: timedelta | None = None, **values: Any
) -> TaskInfo:
    """Insert a pending task; it counts as sent unless it has to wait.

    Raises:
        django.db.IntegrityError: Its unique key or its idempotency digest is taken.
    """
    times: dict[str, Any] = {}
    if run_after is None:
        times["dispatched_at"] = DatabaseNow()
    else:
        times["run_after"] = from_now(run_after) if isinstance(run_after, timedelta) else run_after
    if expires_after is not None:
        times["expires_at"] = from_now(expires_after)
    info = _tasks().create(**values, **times)
    for name in times:
        # An expression is no value; the next access reads the column.
        if hasattr(getattr(info, name), "resolve_expression"):
            del info.__dict__[name]
    return info


@outlives_deadlocks(database)
def claim(
    uuid: UUID,
    *,
    tasks: Collection[str],
    worker: str = "",
    message_id: str = "",
    wait_for_due: bool = True,
    tell: bool = True,
) -> tuple[TaskInfo, Claim] | None:
    """Take a pending task for one run: pending → running.

    Args:
        uuid: The task.
        tasks: Names that the claimer knows; a task of another name is left to workers that know it.
        worker: Host name of the claimer.
        message_id: Id of the message that brought the task.
        wait_for_due: Refuse a task whose `run_after` has not come.
        tell: Tell the watchers, which else is left to the run.
    """
    token = uuid4()
    values = {"uuid": uuid, "claim_token": token, "lease": _lease(), "worker": worker, "message_id": message_id}
    changed = _claiming.execute(database(), tuple(tasks), wait_for_due, **values)
    info = _tell(changed) if tell else _only(changed)
    return None if info is None else (info, Claim(info.uuid, token))


@compiled_update(TaskInfo)
def _claiming(slot: Slots, tasks: tuple[str, ...], wait_for_due: bool) -> tuple[QuerySet[TaskInfo], dict[str, Any]]:
    rows = _tasks().filter(
        _not_expired(),
        uuid=slot("uuid"),
        task__in=tasks,
        status=Status.PENDING,
        attempt__lt=F("max_attempts"),
        cancel_requested_at=None,
    )
    return rows.filter(due()) if wait_for_due else rows, {
        "version": NEXT_VERSION,
        "status": Status.RUNNING,
        "attempt": F("attempt") + 1,
        "claim_token": slot("claim_token"),
        "lease_expires": from_now(slot("lease", DurationField())),
        "started": DatabaseNow(),
        "worker": slot("worker"),
        "message_id": slot("message_id"),
        **NO_PROGRESS,
        **NO_ERROR,
    }


def _held(slot: Slots) -> QuerySet[TaskInfo]:
    return _tasks().filter(uuid=slot("uuid"), claim_token=slot("claim_token"), status=Status.RUNNING)


def _reported(slot: Slots) -> dict[str, Any]:
    """Return the columns that each write of a run fills."""
    return {"version": NEXT_VERSION, **{name: slot(name) for name in ("progress", "target", "message_count")}}


@outlives_deadlocks(database)
def _write_run(
    claim: Claim, report: Report, update: CompiledUpdate[TaskInfo], *shape: Any, tell: bool = True, **values: Any
) -> TaskInfo | None:
    """Write to a running task, and its messages with it, if the claim still holds."""
    values |= {"uuid": claim.uuid, "claim_token": claim.token, "progress": report.progress, "target": report.target}
    values["message_count"] = report.told + len(report.messages)
    unsuccessful = update in (_failing, _stopping)
    # The row's lock, held until the commit, fences the messages as well.
    with transaction.atomic(using=database()) if report.messages or unsuccessful else nullcontext():
        changed = update.execute(database(), *shape, **values)
        if changed and report.messages:
            append(changed[0], report.messages, after=report.told)
        if changed and unsuccessful:
            _keep_attempt(changed[0])
    return _tell(changed, report.messages) if tell else _only(changed)


def _attempts(info: TaskInfo) -> QuerySet[Attempt]:
    return Attempt._default_manager.using(database()).filter(task=info)


def _keep_attempt(info: TaskInfo) -> None:
    """Keep what the row says of the attempt that has just ended without success: the next one writes over it."""
    _attempts(info).create(
        task=info,
        number=info.attempt,
        started=info.started,
        worker=info.worker,
        error_code=info.error_code,
        error_message=info.error_message,
        traceback=info.traceback,
    )


def beat(claim: Claim, report: Report, *, tell: bool = True) -> TaskInfo | None:
    """Renew the lease of a running task and write its progress: running → running.

    Args:
        claim: What the run may write with.
        report: What it tells.
        tell: Whether there is news for the watchers.
    """
    return _write_run(claim, report, _beating, tell=tell, lease=_lease())


@compiled_update(TaskInfo)
def _beating(slot: Slots) -> tuple[QuerySet[TaskInfo], dict[str, Any]]:
    return _held(slot), {**_reported(slot), "lease_expires": from_now(slot("lease", DurationField()))}


def succeed(claim: Claim, outputs: dict[str, Any], report: Report) -> TaskInfo | None:
    """End a run with its outputs: running → succeeded."""
    return _write_run(claim, report, _succeeding, outputs=outputs)


@compiled_update(TaskInfo)
def _succeeding(slot: Slots) -> tuple[QuerySet[TaskInfo], dict[str, Any]]:
    ended = {"status": Status.SUCCEEDED, "finished": DatabaseNow(), "unique_key": None, **NO_CLAIM}
    return _held(slot), {**_reported(slot), **ended, "outputs": slot("outputs")}


def fail(claim: Claim, failure: Failure, report: Report) -> TaskInfo | None:
    """End a run without outputs: running → cancelled, pending (another attempt) or failed."""
    values: dict[str, Any] = {"error_code": failure.code, "error_message": failure.message}
    values |= {"traceback": failure.traceback, "retry_in": failure.retry_in}
    return _write_run(claim, report, _failing, failure.retry_in is not None, **values)


@compiled_update(TaskInfo)
def _failing(slot: Slots, again: bool) -> tuple[QuerySet[TaskInfo], dict[str, Any]]:
    return _held(slot), {**_reported(slot), **_failed(slot, again)}


def stop(claim: Claim, report: Report) -> TaskInfo | None:
    """End a run that stopped as asked: running → cancelled."""
    return _write_run(claim, report, _stopping)


@compiled_update(TaskInfo)
def _stopping(slot: Slots) -> tuple[QuerySet[TaskInfo], dict[str, Any]]:
    ended = {"status": Status.CANCELLED, "finished": DatabaseNow(), "unique_key": None, **NO_CLAIM}
    return _held(slot), {**_reported(slot), **ended, **NO_ERROR}


@outlives_deadlocks(database)
def rescue(
    info: TaskInfo, *, retry_in: timedelta | None, died: bool = False, code: ErrorCode = ErrorCode.LOST
) -> TaskInfo | None:
    """End a run whose lease ran out, as `fail` does.

    Args:
        info: The row as it was seen.
        retry_in: How long to wait before another attempt, None if there shall be none.
        died: The run's process is known to have ended, so that its lease does not count.
        code: Why.
    """
    rows = _tasks().filter(uuid=info.uuid, claim_token=info.claim_token, status=Status.RUNNING)
    lost = {
        "error_code": Value(code),
        "error_message": Value(ERROR_MESSAGES[code]),
        "traceback": Value(""),
        "retry_in": Value(retry_in),
    }
    columns = _failed(lambda name, field=None: lost[name], again=retry_in is not None)
    with transaction.atomic(using=database()):
        ended = _change(rows if died else rows.filter(lease_expires__lt=DatabaseNow()), **columns)
        if ended is not None:
            _keep_attempt(ended)
    return ended


def _failed(slot: Slots, again: bool) -> dict[str, Any]:
    """Return the columns of a failed attempt; what becomes of the task is decided in the database.

    Args:
        slot: Gives the expressions of what the row keeps of the failure, and of `retry_in`.
        again: Whether it may have another attempt if there are some left.
    """
    cancelled = Q(cancel_requested_at__isnull=False)
    repeated = ~cancelled & Q(attempt__lt=F("max_attempts"))

    def choose(column: str, *, ended: Any, repeat: Any) -> Case:
        branches = [When(repeated, then=repeat)] if again else []
        return Case(*branches, default=ended, output_field=_field(column))

    def unless_cancelled(column: str) -> Case:
        return Case(When(cancelled, then=Value("")), default=slot(column), output_field=_field(column))

    ended_status = Case(When(cancelled, then=Value(Status.CANCELLED)), default=Value(Status.FAILED))
    return {
        "status": choose("status", ended=ended_status, repeat=Value(Status.PENDING)),
        "finished": choose("finished", ended=DatabaseNow(), repeat=None),
        "run_after": choose("run_after", ended=F("run_after"), repeat=from_now(slot("retry_in", DurationField()))),
        # Not sent yet: the relay sends it when it is due.
        "dispatched_at": choose("dispatched_at", ended=F("dispatched_at"), repeat=None),
        "unique_key": choose("unique_key", ended=None, repeat=F("unique_key")),
        "error_code": unless_cancelled("error_code"),
        "error_message": unless_cancelled("error_message"),
        "traceback": unless_cancelled("traceback"),
        **NO_CLAIM,
    }


def _field(column: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", TaskInfo._meta.get_field(column))


@outlives_deadlocks(database)
def cancel(uuid: UUID) -> TaskInfo | None:
    """Cancel a task: pending → cancelled at once; running: note the wish, which the run learns of."""
    pending = Q(status=Status.PENDING)
    return _change(
        _tasks().filter(Q(status=Status.PENDING) | Q(status=Status.RUNNING, cancel_requested_at=None), uuid=uuid),
        finished=Case(When(pending, then=DatabaseNow()), default=F("finished")),
        unique_key=Case(When(pending, then=Value(None)), default=F("unique_key")),
        cancel_requested_at=Coalesce("cancel_requested_at", DatabaseNow()),
        # An earlier attempt's; a running task has none.
        **NO_ERROR,
        # After those that depend on it: MySQL and MariaDB assign from left to right, and see what they have assigned.
        status=Case(When(pending, then=Value(Status.CANCELLED)), default=F("status")),
    )


@outlives_deadlocks(database)
def terminate(uuid: UUID) -> TaskInfo | None:
    """Cancel a task without waiting for its run to stop, which is fenced off: pending or running → cancelled."""
    with transaction.atomic(using=database()):
        info = _change(
            _tasks().filter(uuid=uuid, status__in=ACTIVE),
            status=Status.CANCELLED,
            finished=DatabaseNow(),
            unique_key=None,
            cancel_requested_at=Coalesce("cancel_requested_at", DatabaseNow()),
            **NO_CLAIM,
            **NO_ERROR,
        )
        # One that waits for another attempt has none that runs.
        if info is not None and info.attempt and not _attempts(info).filter(number=info.attempt).exists():
            _keep_attempt(info)
    return info


def cancels_wanted(claims: Iterable[Claim]) -> set[UUID]:
    """Return the tokens of those runs that somebody wants to stop."""
    tokens = [claim.token for claim in claims]
    rows = _tasks().filter(claim_token__in=tokens, status=Status.RUNNING, cancel_requested_at__isnull=False)
    return {token for token in rows.values_list("claim_token", flat=True) if token is not None}


@outlives_deadlocks(database)
def retry(
    uuid: UUID, *, attempts: int, expires_after: timedelta | None = None, unique_key: str | None = None
) -> TaskInfo | None:
    """Start an ended task again: failed or cancelled → pending.

    Args:
        uuid: The task.
        attempts: How many more it may have.
        expires_after: Time in which it has to start.
        unique_key: Taken again while the task is active.

    Raises:
        django.db.IntegrityError: Another active task has the unique key.
    """
    return _change(
        _tasks().filter(uuid=uuid, status__in=RETRYABLE),
        status=Status.PENDING,
        max_attempts=F("attempt") + attempts,
        cancel_requested_at=None,
        outputs={},
        started=None,
        finished=None,
        # The relay counts from here, not from when the task was created.
        run_after=DatabaseNow(),
        dispatched_at=DatabaseNow(),
        expires_at=None if expires_after is None else from_now(expires_after),
        unique_key=unique_key,
        **NO_PROGRESS,
        **NO_ERROR,
    )


@outlives_deadlocks(database)
def expire(uuid: UUID) -> TaskInfo | None:
    """End a task that did not start in time: pending → failed."""
    return _change(
        _tasks().filter(uuid=uuid, status=Status.PENDING, attempt=0, expires_at__lte=DatabaseNow()),
        status=Status.FAILED,
        finished=DatabaseNow(),
        unique_key=None,
        error_code=ErrorCode.EXPIRED,
        error_message=ERROR_MESSAGES[ErrorCode.EXPIRED],
    )
