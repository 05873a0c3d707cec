"""Tasks that run inside `start()`, for tests and for scripts: no broker, no thread, no commit to wait for."""

from task_api.backends.base import TaskBackend, execute_task
from task_api.models import TaskInfo
from task_api.states import Status


class ImmediateBackend(TaskBackend):
    """Runs a task before `start()` returns, with its retries and without their waits.

    Works inside `TestCase`: what the task writes belongs to the surrounding transaction.
    """

    inline = True

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        ended = execute_task(info.uuid, eager=True, wait_for_due=False)
        while ended is not None and ended.status == Status.PENDING:
            ended = execute_task(info.uuid, eager=True, wait_for_due=False)
