"""Helpers for the tests of projects that have tasks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from task_api import registry
from task_api.models import TaskInfo
from task_api.tasks import Task

IMMEDIATE = "task_api.backends.immediate.ImmediateBackend"


def immediate_tasks() -> override_settings:
    """Run tasks inside `start()`: a decorator of tests and test classes, and a context manager."""
    return override_settings(TASK_API_BACKEND=IMMEDIATE)


@contextmanager
def registered(*tasks: type[Task]) -> Iterator[None]:
    """Offer tasks, as those that a test defines itself, besides those of the settings."""
    with override_settings(TASK_API_BACKGROUND_TASKS=[*registry.offered().values(), *tasks]):
        yield


def run_task(task: type[Task], inputs: Mapping[str, Any] | None = None, /, **kwargs: Any) -> TaskInfo:
    """Start a task, run it to its end in this thread, and return its row; it need not be registered.

    `error_message` and `traceback` of the row say why it failed.
    """
    with immediate_tasks(), registered(task):
        return task.start(inputs, **kwargs)
