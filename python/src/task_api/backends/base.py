"""What every backend is, and how it runs a task that it was given."""

import logging
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections

from task_api import execution, registry, transitions
from task_api.database import answers
from task_api.models import TaskInfo
from task_api.tasks import Task
from task_api.utils import resolve_class

logger = logging.getLogger("task_api")

Claimed = tuple[TaskInfo, transitions.Claim] | None


class TaskBackend(ABC):
    """Brings stored tasks to where they run.

    A row that is pending is the outbox: a backend may lose what it was given, or deliver it twice.
    """

    # Whether run_task() runs the task itself before it returns. Such a backend does not wait for the commit.
    inline: ClassVar[bool] = False
    # Whether tasks end with the process that took them.
    in_process: ClassVar[bool] = False

    def resolve_class(self, class_str: str | type) -> Any:
        """Return the class at a dotted path.

        Raises:
            ImportError: There is none.
        """
        cls = resolve_class(class_str)
        if cls is None:
            raise ImportError(f"Cannot load class: {class_str}")
        return cls

    @classmethod
    def check_task(cls, task: type[Task]) -> None:
        """Refuse a task that no worker could find.

        Raises:
            TaskNotRegistered: Nothing registers a task of its name.
        """
        registry.check(task)

    def terminate(self, info: TaskInfo) -> None:  # noqa: B027  most backends cannot
        """Kill the run of a task that was cancelled without waiting for it, where that is possible.

        The row has ended and the run is fenced off: where nothing can kill it, it keeps its place until it returns.
        """

    @abstractmethod
    def run_task(self, info: TaskInfo, class_str: str) -> None:
        """Take a stored task; whatever this raises means that it was not taken."""


def execute_task(
    uuid: UUID, *, worker: str = "", message_id: str = "", eager: bool = False, wait_for_due: bool = True
) -> TaskInfo | None:
    """Claim a task and run it in this thread, if it is there to be run and this process knows its class.

    Args:
        uuid: The task.
        worker: Name of the process that runs it; the host's if left out.
        message_id: Id of the message that brought it.
        eager: Write each progress call at once; see `execution.execute`.
        wait_for_due: Leave a task alone whose time to run has not come.

    Returns:
        The row after this attempt, None if there was nothing to claim or the claim was lost on the way.
    """
    tasks = registry.known()
    claimed = _on_live_connection(
        lambda: transitions.claim(
            uuid,
            tasks=tasks.keys(),
            worker=worker or socket.gethostname(),
            message_id=message_id,
            wait_for_due=wait_for_due,
            tell=eager,
        )
    )
    if claimed is None:
        logger.info("Task %s is not there to be run here; its message is dropped.", uuid)
        return None
    info, claim = claimed
    return execution.execute(tasks[info.task], info, claim, eager=eager, announced=eager)


def _on_live_connection(claim: Callable[[], Claimed]) -> Claimed:
    """Claim again on a new connection if the one from the task before has died since, as with the server's restart.

    A claim that had come through all the same is not repeated, and its lease runs out.
    """
    connection = connections[transitions.database()]
    reused = connection.connection is not None and not connection.in_atomic_block
    try:
        return claim()
    except (OperationalError, InterfaceError):
        if not reused or answers(connection):
            raise
        connection.close()
        return claim()
