"""Run a task, fork, and run tasks on both sides: what `test_progress` starts as a process of its own."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.worker_settings"

import django

django.setup()

from django.db import connections

from task_api import execution, transitions
from task_api.progress import pulse
from task_api.tasks import Task
from tests.waiting import row, wait_for


class ShowProgress(Task):
    name = "show-progress"

    def run(self) -> None:
        assert self.info is not None
        uuid = self.info.uuid
        self.set_progress(1)
        wait_for(lambda: row(uuid).progress == 1)


def run() -> None:
    info = transitions.create(task="show-progress")
    claimed = transitions.claim(info.uuid, tasks=["show-progress"])
    assert claimed is not None
    ended = execution.execute(ShowProgress(), *claimed)
    assert ended is not None


def main() -> None:
    run()
    connections.close_all()
    with pulse._condition:
        child = os.fork()
    if child == 0:
        try:
            run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    run()
    _, status = os.waitpid(child, 0)
    raise SystemExit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
