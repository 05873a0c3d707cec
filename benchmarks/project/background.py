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
    """Add messages; the task has ended when they are in the database."""

    name = "messages"
    inputs = {"calls": IntParameter()}

    def run(self, calls: int) -> None:
        for number in range(calls):
            self.add_message(f"Message {number}")


class Inserts(Task):
    """Time as many single INSERTs of the same rows, in seconds."""

    name = "inserts"
    inputs = {"calls": IntParameter()}
    outputs = {"seconds": FloatParameter()}

    def run(self, calls: int) -> float:
        from task_api.models import TaskMessage

        began = time.perf_counter()
        for number in range(calls):
            TaskMessage.objects.create(task=self.info, seq=number + 1, message=f"Message {number}")
        return time.perf_counter() - began
