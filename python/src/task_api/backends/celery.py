"""Tasks on Celery: a message carries the uuid alone, and the row decides what becomes of it."""

import logging
from typing import Any
from uuid import UUID

from celery import Task as CeleryTask
from celery import shared_task

from task_api.backends.base import TaskBackend, execute_task
from task_api.models import TaskInfo

logger = logging.getLogger("task_api")


class CeleryBackend(TaskBackend):
    def run_task(self, info: TaskInfo, class_str: str) -> None:
        options: dict[str, Any] = {"queue": info.queue or None, "priority": info.priority}
        execute.apply_async(
            args=(str(info.uuid),),
            # The relay sends again what could not be sent; a request must not wait for a broker.
            retry=False,
            **{name: value for name, value in options.items() if value is not None},
        )


# Early acknowledgement and no result: the row knows both better. A message that is lost after it was acknowledged is
# rescued through the row's lease; one that is delivered twice finds nothing to claim.
@shared_task(bind=True, name="task_api.backends.celery.execute", acks_late=False, ignore_result=True, max_retries=0)
def execute(self: "CeleryTask[Any, Any]", uuid: Any, *of_version_1: Any) -> None:
    """Run the task of a uuid."""
    try:
        if of_version_1:
            raise ValueError("more than a uuid")
        task = UUID(uuid)
    except (AttributeError, TypeError, ValueError):
        # Version 1 sent a primary key and a class; its rows ended when the database was migrated.
        logger.warning("A message that names no task by its uuid is dropped: %.200r", (uuid, *of_version_1))
        return
    execute_task(task, message_id=self.request.id or "")
