"""From a caller's inputs to a row and its message: checks, uniqueness, idempotency, and sending on commit."""

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, IntegrityError, connections, transaction

from task_api import outbox, transitions
from task_api.exceptions import IdempotencyConflict, TaskConflict
from task_api.models import TaskInfo
from task_api.params import ensure_storable
from task_api.states import RETRYABLE
from task_api.utils import get_backend_cls

if TYPE_CHECKING:
    from task_api.tasks import Task

logger = logging.getLogger("task_api")

# Races for a unique key: whoever holds it may end between the refused INSERT and the look for it.
CREATE_ATTEMPTS = 5
QUEUE_MAX = TaskInfo._meta.get_field("queue").max_length or 0
# A small integer in every database.
PRIORITY_MAX = 2**15 - 1


@dataclass(frozen=True, slots=True)
class Submission:
    """A task that a caller asked for.

    Attributes:
        info: Its row.
        created: Whether the request made it; else it stands for an earlier, equal one.
        same_key: Whether it was found by the request's idempotency key, not as the active one of a unique task.
    """

    info: TaskInfo
    created: bool
    same_key: bool = False


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts tasks of one class with options, which are apart from its inputs so that no name collides.

    Attributes:
        owner: Who may see the task: a user, or None for nobody in particular.
        run_after: Time, or delay, before which the task does not start.
        queue: Queue of its messages, instead of the class's.
        priority: Priority of its messages, instead of the class's.
        idempotency_key: Two starts of one owner with the same key give one task.

    Raises:
        TypeError: The queue is no text, or the priority no whole number.
        ValueError: No row can store the queue or the priority.
    """

    task: "type[Task]"
    owner: Any = None
    run_after: datetime | timedelta | None = None
    queue: str | None = None
    priority: int | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        # Not the owner, who may be a lazy `request.user`: an async caller must not be made to load it here.
        _check_queue(self.queue)
        _check_priority(self.priority)

    def start(self, inputs: Mapping[str, Any] | None = None, /, **kwargs: Any) -> TaskInfo:
        """Start the task; see `Task.start`."""
        return self.submit(merge(self.task, inputs, kwargs)).info

    async def astart(self, inputs: Mapping[str, Any] | None = None, /, **kwargs: Any) -> TaskInfo:
        """See `start()`."""
        return await sync_to_async(self.start)(inputs, **kwargs)

    def submit(self, inputs: Mapping[str, Any]) -> Submission:
        """Store a task and send it when the transaction commits.

        Raises:
            InputsNotValidError: The inputs do not fit the task.
            IdempotencyConflict: The idempotency key came with another request before.
        """
        get_backend_cls().check_task(self.task)
        cleaned = self.task.interface().clean(inputs)
        # What was left out is left out: a default may differ each time.
        given = {name: value for name, value in cleaned.items() if name in inputs}
        submission = self._find_or_create(cleaned, given)
        return replace(submission, info=_send(self.task, submission.info)) if submission.created else submission

    def _find_or_create(self, inputs: dict[str, Any], given: dict[str, Any]) -> Submission:
        owner = owner_of(self.owner)
        values = {
            "task": self.task.name,
            "inputs": inputs,
            "owner": owner,
            "queue": self.queue or self.task.queue or "",
            "priority": self.task.priority if self.priority is None else self.priority,
            "max_attempts": self.task.max_attempts,
            "unique_key": unique_key(self.task, inputs),
        }
        if self.idempotency_key is not None:
            values["idempotency_digest"] = _digest([owner, self.idempotency_key])
            values["request_hash"] = _digest([self.task.name, given])
        return self._find_or_insert(values)

    def _find_or_insert(self, values: dict[str, Any]) -> Submission:
        refusal: IntegrityError | None = None
        for _ in range(CREATE_ATTEMPTS):
            try:
                with _savepoint():
                    info = transitions.create(run_after=self.run_after, expires_after=self.task.expiry(), **values)
                return Submission(info, created=True)
            except IntegrityError as error:
                if not (values["unique_key"] or values.get("idempotency_digest")):
                    # No other task can be in the way: it is a fault, as a constraint of the project's own.
                    raise
                refusal = error
                if existing := _existing(values):
                    return existing
        message = f"Task {self.task.name!r} could not be stored: others of its kind come and go too fast."
        raise TaskConflict(message) from refusal


def _check_queue(queue: Any) -> None:
    if queue is None:
        return
    if not isinstance(queue, str):
        raise TypeError(f"The queue is {queue!r:.100}, must be a text or None.")
    if len(queue) > QUEUE_MAX:
        raise ValueError(f"The queue's name has {len(queue)} characters, must have {QUEUE_MAX} at most.")
    ensure_storable(queue)


def _check_priority(priority: Any) -> None:
    if priority is None:
        return
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise TypeError(f"The priority is {priority!r:.100}, must be a whole number or None.")
    if abs(priority) > PRIORITY_MAX:
        raise ValueError(f"The priority is {priority}, must be from -{PRIORITY_MAX} to {PRIORITY_MAX}.")


def merge(task: "type[Task]", inputs: Mapping[str, Any] | None, kwargs: dict[str, Any]) -> Mapping[str, Any]:
    if inputs is not None and kwargs:
        raise TypeError(f"{task.__qualname__}.start() takes inputs as one dict or by keyword, not both.")
    return kwargs if inputs is None else inputs


def owner_of(user: Any) -> str:
    """Return what identifies a user in the rows of their tasks; empty for nobody.

    Raises:
        TypeError: It is no user, such as the primary key of one.
        ValueError: The user is logged in and has no primary key, so that all such users would share their tasks.
    """
    if user is None:
        return ""
    if isinstance(user, type) or not hasattr(user, "is_authenticated"):
        raise TypeError(f"The owner is {user!r:.100}, must be a user or None.")
    if not user.is_authenticated:
        return ""
    if getattr(user, "pk", None) in (None, ""):
        raise ValueError(f"{user!r} has no primary key and cannot own a task.")
    return str(user.pk)


def unique_key(task: "type[Task]", inputs: Mapping[str, Any]) -> str | None:
    """Return the key that no two active tasks may share, None if the task's class is not unique."""
    if not task.unique:
        return None
    names = () if task.unique is True else task.unique
    chosen = {name: inputs.get(name) for name in names}
    return _digest([task.name, chosen])


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _savepoint() -> AbstractContextManager[Any]:
    # A refused INSERT breaks an open transaction; without one, the statement stands alone and a savepoint costs two.
    connection = connections[transitions.database()]
    return transaction.atomic(using=connection.alias) if connection.in_atomic_block else nullcontext()


def _existing(values: dict[str, Any]) -> Submission | None:
    """Return the task that a refused INSERT stands for."""
    rows = TaskInfo._default_manager.using(transitions.database())
    if digest := values.get("idempotency_digest"):
        same_key = rows.filter(idempotency_digest=digest).first()
        if same_key is not None:
            if same_key.request_hash != values["request_hash"]:
                raise IdempotencyConflict("This idempotency key was used before with another task or other inputs.")
            return Submission(same_key, created=False, same_key=True)
    active = rows.filter(unique_key=values["unique_key"]).first() if values["unique_key"] else None
    return None if active is None else Submission(active, created=False)


def retry(task: "type[Task]", info: TaskInfo) -> TaskInfo:
    """Start a failed or cancelled task again and send it.

    Raises:
        TaskConflict: It has not failed and was not cancelled, or an equal task is active.
    """
    key = unique_key(task, info.inputs_by_name())
    try:
        with _savepoint():
            again = transitions.retry(
                info.uuid, attempts=task.max_attempts, expires_after=task.expiry(), unique_key=key
            )
    except IntegrityError as error:
        if key is None:
            raise
        raise TaskConflict(f"Another task {task.name!r} like this one is active.") from error
    if again is None:
        info.refresh_from_db(using=transitions.database(), fields=["status"])
        allowed = " or ".join(sorted(RETRYABLE))
        raise TaskConflict(f"The task is {info.status}; only a {allowed} task can be started again.")
    return _send(task, again)


def _send(task: "type[Task]", info: TaskInfo) -> TaskInfo:
    """Give a stored task to the backend: at once, or when the transaction that stored it commits."""
    backend_cls = get_backend_cls()
    if backend_cls.inline:
        publish(task, info)
        info.refresh_from_db(using=transitions.database())
    elif info.run_after is None or info.dispatched_at is not None:
        transaction.on_commit(lambda: publish(task, info), using=transitions.database())
    return info


def publish(task: "type[Task]", info: TaskInfo) -> bool:
    """Hand a stored task to the backend; one that cannot take it now gets it from the relay later."""
    backend_data = info.backend_data
    try:
        get_backend_cls()().run_task(info, f"{task.__module__}.{task.__qualname__}")
    except Exception:
        logger.exception("Task %s %s could not be sent; the relay sends it again.", info.task, info.uuid)
        outbox.undispatch(info.uuid)
        return False
    if info.backend_data != backend_data:
        _store_backend_data(info)
    return True


def _store_backend_data(info: TaskInfo) -> None:
    rows = TaskInfo._default_manager.using(transitions.database()).filter(pk=info.pk)
    try:
        with _savepoint():
            rows.update(backend_data=info.backend_data)
    except (DatabaseError, ValueError):
        # The backend has the task: to fail here would be to tell its caller that it did not start.
        logger.exception("Task %s %s was sent, and its backend_data could not be stored.", info.task, info.uuid)
