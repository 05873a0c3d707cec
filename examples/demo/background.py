"""The tasks of the demo; the pages print their source beside the buttons that start them."""

import asyncio
import csv
import os
import secrets
import signal
from collections import Counter
from time import sleep

from django.conf import settings

from task_api.exceptions import TaskFailed
from task_api.params import IntParameter, ListParameter, NumberParameter, StringParameter
from task_api.tasks import Task


class WaitTask(Task):
    name = "wait"
    inputs = {"seconds": IntParameter(required=False, min=0, max=600)}

    def run(self, seconds=10):
        self.set_target(seconds)
        self.set_progress(0)
        for _ in range(seconds):
            sleep(1)
            self.inc_progress(1)


class WaitSteps(Task):
    """Report progress far more often than anybody can look."""

    name = "wait-steps"
    inputs = {"steps": IntParameter(required=False, min=0, max=10_000)}

    def run(self, steps=100):
        for _ in self.track(range(steps)):
            sleep(0.05)


class SumNumbers(Task):
    name = "sum"
    inputs = {"numbers": ListParameter(NumberParameter())}
    outputs = {"sum": NumberParameter()}

    def run(self, numbers):
        return sum(numbers)


class ImportCsv(Task):
    name = "import-csv"
    inputs = {"text": StringParameter()}
    outputs = {"rows": IntParameter()}

    def run(self, text):
        header, *rows = csv.reader(text.splitlines() or [""])
        if "email" not in header:
            raise TaskFailed("The file has no header row.", code="bad_csv")
        for _row in self.track(rows):
            sleep(0.2)
        return len(rows)


class Crash(Task):
    name = "crash"

    def run(self):
        drawers = {"left": "pens"}
        return drawers["the secret one"]


class Unlucky(Task):
    name = "unlucky"
    max_attempts = 2
    backoff = 0

    def run(self):
        if self.info.attempt == 1:
            self.add_message("This process is about to be killed.")
            kill_this_process()
        self.add_message("Another process went on.")


def kill_this_process():
    """Do as the kernel does when memory runs out; only to a process that is nothing but a worker."""
    if not settings.TASK_API_BACKEND.endswith("CeleryBackend"):
        raise TaskFailed("This process serves the page, too. “make stack” has a worker.")
    # What it has told is written meanwhile.
    sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


class Backup(Task):
    name = "backup"

    def run(self):
        try:
            for _file in self.track(range(600)):
                sleep(0.1)
        finally:
            self.add_message("Temporary files removed.")


class MonthlyReport(Task):
    name = "report"
    inputs = {"month": StringParameter()}
    outputs = {"file": StringParameter()}

    def run(self, month):
        steps = ["Reading the orders", "Drawing the chart", "Writing the PDF"]
        for step in self.track(steps):
            self.add_message(f"{step} …")
            sleep(0.7)
        return f"report-{month.lower()}.pdf"


class CountWords(Task):
    name = "count-words"
    inputs = {"text": StringParameter()}
    outputs = {
        "words": IntParameter(),
        "different": IntParameter(),
        "favourite": StringParameter(),
    }

    def run(self, text):
        words = Counter(text.lower().split())
        return {
            "words": words.total(),
            "different": len(words),
            "favourite": max(words, key=words.get, default=""),
        }


class Race(Task):
    name = "race"
    inputs = {"runners": ListParameter(StringParameter(), min_items=1)}
    outputs = {"winner": StringParameter()}

    async def run(self, runners):
        async def runs(runner):
            await asyncio.sleep(0.3 + secrets.randbelow(30) / 10)
            return runner

        finish = []
        arrivals = asyncio.as_completed(map(runs, runners))
        for arrival in self.track(arrivals, target=len(runners)):
            finish.append(await arrival)
            self.add_message(f"{finish[-1]} arrives.")
        return finish[0]
