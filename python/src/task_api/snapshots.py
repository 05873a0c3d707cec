"""The one wire shape of a task: what REST answers, the stream sends and the TypeScript types describe."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.utils.timezone import get_default_timezone, is_naive, make_aware

from task_api.events import Event
from task_api.models import Attempt, TaskInfo, TaskMessage
from task_api.states import TERMINAL, Status

# Characters of outputs, as JSON, that an event carries; larger ones are read by who wants them.
OUTPUTS_MAX = 64 * 1024


class ErrorSnapshot(TypedDict):
    code: str
    message: str


class Snapshot(TypedDict):
    """A task as its watchers see it.

    `messages` are JSON values as given to `add_message`. Times are ISO 8601 in UTC. `version` grows with each change.
    """

    uuid: str
    task: str
    status: str
    progress: int | None
    target: int | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    messages: list[Any]
    created: str
    started: str | None
    finished: str | None
    version: int
    attempt: int
    max_attempts: int
    error: ErrorSnapshot | None
    cancel_requested: bool


class AttemptSnapshot(TypedDict):
    """An attempt of a task. One without an error has succeeded, was cancelled, or runs and has not finished."""

    number: int
    started: str | None
    finished: str | None
    error: ErrorSnapshot | None


class Detail(Snapshot):
    """A task by itself, with all of its attempts so far."""

    attempts: list[AttemptSnapshot]


def _iso(moment: datetime) -> str:
    # Naive where the project has USE_TZ = False, and then in its own time zone, whatever a middleware activated.
    moment = make_aware(moment, get_default_timezone()) if is_naive(moment) else moment
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _error(info: TaskInfo) -> ErrorSnapshot | None:
    if info.status != Status.FAILED:
        return None
    return {"code": info.error_code, "message": info.error_message}


def snapshot(info: TaskInfo) -> Snapshot:
    """Return the wire shape of a row; its messages cost a query unless there are none."""
    (shape,) = snapshots([info])
    return shape


def detail(info: TaskInfo) -> Detail:
    """Return the wire shape of a row with its attempts, which cost a query unless the first one is all there is."""
    return {**snapshot(info), "attempts": _attempts(info)}


def _attempts(info: TaskInfo) -> list[AttemptSnapshot]:
    is_own = info.attempt > 0 and info.status in {Status.RUNNING, Status.SUCCEEDED}
    attempts: list[AttemptSnapshot] = []
    if info.attempt > is_own:
        rows = Attempt._default_manager.using(info._state.db).filter(task=info, number__lte=info.attempt - is_own)
        attempts = [_attempt(row.number, row.started, row.finished, row) for row in rows]
    return [*attempts, _attempt(info.attempt, info.started, info.finished)] if is_own else attempts


def _attempt(
    number: int, started: datetime | None, finished: datetime | None, ended: Attempt | None = None
) -> AttemptSnapshot:
    return {
        "number": number,
        "started": None if started is None else _iso(started),
        "finished": None if finished is None else _iso(finished),
        "error": {"code": ended.error_code, "message": ended.error_message} if ended and ended.error_code else None,
    }


def snapshots(rows: Iterable[TaskInfo]) -> list[Snapshot]:
    """Return the wire shapes of rows with one query for the messages of all of them, or none if none has any."""
    infos = list(rows)
    messages = _messages([info for info in infos if info.message_count])
    # Messages after those that the row counts are for its next version.
    return [_shape(info, messages[info.pk][: info.message_count]) for info in infos]


def event_of(info: TaskInfo, messages: Sequence[Any]) -> Event:
    """Return the event of a row and the last of its messages.

    Its JSON is the wire shape without `inputs`, with those messages alone and `seq`, the number of the last of them.
    """
    terminal = info.status in TERMINAL
    if info.outputs and len(json.dumps(info.outputs)) > OUTPUTS_MAX:
        return Event(info.uuid, info.version, terminal, None)
    shape: dict[str, Any] = {**_shape(info, list(messages)), "seq": info.message_count}
    del shape["inputs"]
    return Event(info.uuid, info.version, terminal, json.dumps(shape, separators=(",", ":")))


def events_of(rows: Iterable[TaskInfo]) -> list[Event]:
    """Return events of rows, each with all of its messages, as `snapshots` reads them."""
    infos = list(rows)
    return [event_of(info, shape["messages"]) for info, shape in zip(infos, snapshots(infos), strict=True)]


def _messages(infos: list[TaskInfo]) -> dict[int, list[Any]]:
    messages: dict[int, list[Any]] = defaultdict(list)
    if infos:
        # Not of a replica, which may lack messages that a row counts already.
        rows = TaskMessage._default_manager.using(infos[0]._state.db).filter(task__in=infos).order_by("seq")
        for task, message in rows.values_list("task_id", "message"):
            messages[task].append(message)
    return messages


def _shape(info: TaskInfo, messages: list[Any]) -> Snapshot:
    return {
        "uuid": str(info.uuid),
        "task": info.task,
        "status": info.status,
        "progress": info.progress,
        "target": info.target,
        "inputs": info.inputs,
        "outputs": info.outputs,
        "messages": messages,
        "created": _iso(info.created),
        "started": None if info.started is None else _iso(info.started),
        "finished": None if info.finished is None else _iso(info.finished),
        "version": info.version,
        "attempt": info.attempt,
        "max_attempts": info.max_attempts,
        "error": _error(info),
        "cancel_requested": info.cancel_requested_at is not None,
    }
