"""Tasks that go on until a test lets them end, known to the processes that tests start."""

import asyncio
import os
import sys
from pathlib import Path
from time import sleep

from task_api.params import StringParameter
from task_api.tasks import Task


class WaitForFile(Task):
    """Wait until somebody makes a file, telling the process's id first."""

    name = "wait-for-file"
    inputs = {"path": StringParameter()}

    def run(self, path: str) -> None:
        self.add_message(os.getpid())
        while not Path(path).exists():
            sleep(0.02)


class WaitForFileAgain(WaitForFile):
    name = "wait-for-file-again"
    max_attempts = 2
    backoff = 0


class WaitForFileInTime(WaitForFile):
    name = "wait-for-file-in-time"
    time_limit = 0.3


class WaitForEver(Task):
    name = "wait-for-ever"

    async def run(self) -> None:
        self.add_message(os.getpid())
        await asyncio.Event().wait()


class CountForEver(Task):
    name = "count-for-ever"

    def run(self) -> None:
        while True:
            self.inc_progress()
            sleep(0.01)


class Deaf(Task):
    """Go on without a sign of life, and let no other thread of the process run."""

    name = "deaf"
    time_limit = 1.0

    def run(self) -> None:
        assert self.info is not None
        self.add_message(os.getpid())
        # Other threads write it.
        while not self.info.messages.exists():
            sleep(0.01)
        sys.setswitchinterval(3600)
        while True:
            pass
