"""Errors that tasks and their callers raise and catch."""

from collections.abc import Mapping
from typing import Any


class TaskFailed(Exception):  # noqa: N818  reads as what happened: `raise TaskFailed("No header row.")`
    """Fail the running task with a text that its caller may read.

    Args:
        message: Shown to the caller as it is.
        code: Short machine-readable word for the caller, at most 64 characters.
    """

    def __init__(self, message: str = "The task failed.", *, code: str = "failed") -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = str(code)[:64]


class TaskCancelled(BaseException):
    """Stop the running task because somebody asked for it.

    A `BaseException`, as `asyncio.CancelledError` is, so that `except Exception` in a task does not swallow it.
    """


class TimeLimitExceeded(TimeoutError):  # noqa: N818  the name that Celery gives it
    """Tell that an attempt took longer than its task's `time_limit`; `retry_on` may name it."""


class TaskConflict(Exception):  # noqa: N818
    """Refuse a change that the task's state does not allow."""


class IdempotencyConflict(TaskConflict):
    """Refuse an idempotency key that came with another request before."""


class TaskNotRegistered(LookupError):  # noqa: N818
    """Refuse a task that no setting and no `background` module names."""


class InputsNotValidError(ValueError):
    """Refuse the inputs of a task.

    Attributes:
        errors: Messages by name of the input, in the shape of Django REST Framework's field errors.
    """

    def __init__(self, task: str, errors: Mapping[str, Any]) -> None:
        self.task = task
        self.errors = dict(errors)
        details = "; ".join(f"{name}: {messages}" for name, messages in self.errors.items())
        super().__init__(f"The inputs of task {task!r} are not valid: {details}")


class OutputsNotValidError(ValueError):
    """Refuse what `run()` returned."""
