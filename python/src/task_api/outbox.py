"""The bookkeeping of sending: which pending tasks have a message under way. It never touches a status."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from task_api.database import DatabaseNow, from_now
from task_api.models import TaskInfo
from task_api.states import Status
from task_api.transitions import database, due

# How long a message may be under way before its task is sent again; doubles with the time since the task was due.
RELAY_WAIT = timedelta(seconds=60)
RELAY_WAIT_MAX = timedelta(hours=1)


def _pending() -> QuerySet[TaskInfo]:
    return TaskInfo._default_manager.using(database()).filter(status=Status.PENDING)


def unsent() -> QuerySet[TaskInfo]:
    """Return pending tasks that are due and were never sent, or so long ago that their message may be lost."""
    # A queue that is merely long must not grow by copies: wait as long again as the task had waited when it was sent.
    since = Coalesce("run_after", "created")
    overdue = GreaterThan(DatabaseNow() - F("dispatched_at"), F("dispatched_at") - since)
    long_ago = Q(dispatched_at__lt=from_now(-RELAY_WAIT_MAX))
    lost = Q(dispatched_at__lt=from_now(-RELAY_WAIT)) & (Q(overdue) | long_ago)
    return _pending().filter(due() & (Q(dispatched_at=None) | lost))


def dispatch(uuid: UUID) -> bool:
    """Note that a pending task's message is about to be sent, unless somebody else has just sent it."""
    return bool(unsent().filter(uuid=uuid).update(dispatched_at=DatabaseNow()))


def undispatch(uuid: UUID) -> None:
    """Note that a pending task's message was not sent, so that the relay sends it."""
    _pending().filter(uuid=uuid).update(dispatched_at=None)


def undispatch_all() -> int:
    """Note that no pending task's message is under way any more: what held them has ended."""
    return _pending().filter(dispatched_at__isnull=False).update(dispatched_at=None)
