"""What people do to stored tasks: cancel them, and start them again."""

import logging
from uuid import UUID

from django.db import transaction

from task_api import registry, submission, transitions
from task_api.exceptions import TaskConflict
from task_api.models import TaskInfo
from task_api.states import ACTIVE
from task_api.utils import get_backend_cls

logger = logging.getLogger("task_api")


def cancel(uuid: UUID, *, terminate: bool = False) -> TaskInfo:
    """Cancel a task. One that is pending ends at once; one that runs is asked to stop.

    Args:
        uuid: The task.
        terminate: Do not wait for a run to stop: the task ends at once, what the run still writes is refused, and
            where the backend can kill it, it does. `on_cancel()` is not called then. Celery kills the process
            (prefork) that the run is in.

    Raises:
        TaskConflict: The task has ended.
        django.core.exceptions.ObjectDoesNotExist: There is none.
    """
    info = transitions.terminate(uuid) if terminate else transitions.cancel(uuid)
    if info is None:
        info = _stored(uuid)
        if info.status not in ACTIVE:
            raise TaskConflict(f"The task is {info.status}; only a pending or running task can be cancelled.")
    elif terminate and info.message_id:
        # A transaction around this may be rolled back, and the run then goes on.
        transaction.on_commit(lambda: _kill(info), using=transitions.database())
    return info


def _stored(uuid: UUID) -> TaskInfo:
    return TaskInfo._default_manager.using(transitions.database()).get(uuid=uuid)


def _kill(info: TaskInfo) -> None:
    try:
        get_backend_cls()().terminate(info)
    except Exception:
        # The row has ended. A run that goes on for nothing is no reason to tell that it has not.
        logger.exception("Task %s %s is cancelled, and its run could not be killed.", info.task, info.uuid)


def retry(uuid: UUID) -> TaskInfo:
    """Start a failed or cancelled task again, under the same uuid.

    Raises:
        TaskConflict: It has not failed and was not cancelled, or an equal task is active.
        django.core.exceptions.ObjectDoesNotExist: There is none.
        TaskNotRegistered: Nothing registers its class any more.
    """
    info = _stored(uuid)
    return submission.retry(registry.get(info.task), info)
