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
    """Wait for a file without a sign of life, holding what keeps every other thread of the process from running."""

    name = "deaf"
    inputs = {"path": StringParameter()}
    time_limit = 0.2

    def run(self, path: str) -> None:
        self.add_message(os.getpid())
        # Until the message is written, which takes other threads.
        while not self.info.messages.exists():  # type: ignore[union-attr]  # it runs
            sleep(0.01)
        sys.setswitchinterval(3600)
        while not Path(path).exists():
            pass
