"""What the measured tasks do: nothing, or as much progress as was asked for."""

import time

from task_api.params import FloatParameter, IntParameter
from task_api.tasks import Task


class NoOp(Task):
    name = "no-op"

    def run(self) -> None:
        pass


class Progress(Task):
    """Time calls of `inc_progress` beside an empty loop of the same form, in seconds."""

    name = "progress"
    inputs = {"calls": IntParameter()}
    outputs = {"ours": FloatParameter(), "empty": FloatParameter(), "writes": IntParameter()}

    def run(self, calls: int) -> dict[str, float]:
        version = self._version()
        began = time.perf_counter()
        for _ in range(calls):
            self.inc_progress()
        ours = time.perf_counter() - began
        writes = self._version() - version
        began = time.perf_counter()
        for _ in range(calls):
            pass
        return {"ours": ours, "empty": time.perf_counter() - began, "writes": writes}

    def _version(self) -> int:
        assert self.info is not None
        return int(type(self.info).objects.values_list("version", flat=True).get(pk=self.info.pk))


class Messages(Task):
    """Time calls of `add_message` until they are in the database, beside as many single INSERTs, in seconds."""

    name = "messages"
    inputs = {"calls": IntParameter()}
    outputs = {"ours": FloatParameter(), "limit": FloatParameter()}

    def run(self, calls: int) -> dict[str, float]:
        from project.models import Line

        began = time.perf_counter()
        for number in range(calls):
            self.add_message(f"Message {number}")
        self._wait_until_written(calls)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        for number in range(calls):
            Line.objects.create(text=f"Message {number}")
        return {"ours": ours, "limit": time.perf_counter() - began}

    def _wait_until_written(self, calls: int) -> None:
        assert self.info is not None
        rows = type(self.info).objects.filter(pk=self.info.pk, message_count=calls)
        while not rows.exists():
            time.sleep(0.001)
