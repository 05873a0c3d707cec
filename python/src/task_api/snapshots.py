"""The one wire shape of a task: what REST answers, the stream sends and the TypeScript types describe."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypedDict

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.timezone import is_naive, make_aware

from task_api.models import TaskInfo, TaskMessage
from task_api.states import Status


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


def _iso(moment: datetime) -> str:
    # Naive where the project has USE_TZ = False.
    moment = make_aware(moment) if is_naive(moment) else moment
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _error(info: TaskInfo) -> ErrorSnapshot | None:
    if info.status != Status.FAILED:
        return None
    return {"code": info.error_code, "message": info.error_message}


def snapshot(info: TaskInfo) -> Snapshot:
    """Return the wire shape of a row; its messages cost a query unless there are none or they were prefetched."""
    return {
        "uuid": str(info.uuid),
        "task": info.task,
        "status": info.status,
        "progress": info.progress,
        "target": info.target,
        "inputs": info.inputs,
        "outputs": info.outputs,
        "messages": [row.message for row in info.messages.all()[: info.message_count]] if info.message_count else [],
        "created": _iso(info.created),
        "started": None if info.started is None else _iso(info.started),
        "finished": None if info.finished is None else _iso(info.finished),
        "version": info.version,
        "attempt": info.attempt,
        "max_attempts": info.max_attempts,
        "error": _error(info),
        "cancel_requested": info.cancel_requested_at is not None,
    }


def snapshots(rows: QuerySet[TaskInfo] | Iterable[TaskInfo]) -> list[Snapshot]:
    """Return the wire shapes of rows with one query for the messages of all of them, or none if none has any."""
    infos = list(rows)
    with_messages = [info for info in infos if info.message_count]
    if with_messages:
        prefetch_related_objects(with_messages, Prefetch("messages", TaskMessage._default_manager.order_by("seq")))
    return [snapshot(info) for info in infos]
