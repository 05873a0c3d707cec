"""Backends that tests name in TASK_API_BACKEND."""

from typing import ClassVar

from task_api.backends.base import TaskBackend
from task_api.models import TaskInfo


class RecordingBackend(TaskBackend):
    """Keeps what it was given, as uuid and class path, and runs nothing."""

    taken: ClassVar[list[tuple[str, str]]] = []

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        self.taken.append((str(info.uuid), class_str))


class BackendOfVersion1(TaskBackend):
    """Takes a task as a backend written for version 1 does."""

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        info.backend_data = self.resolve_class(class_str).__name__


class BrokenBackend(TaskBackend):
    """Stands for a broker that is away."""

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        raise ConnectionError("The broker is away.")


class Inline(TaskBackend):
    """Has done what it does when `start()` returns."""

    inline = True

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        pass
