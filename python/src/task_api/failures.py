"""What a row keeps of an error: code and text for the caller, a traceback for the developers, when to try again."""

import logging
import sys
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from task_api.exceptions import InputsNotValidError, OutputsNotValidError, TaskFailed, TimeLimitExceeded
from task_api.progress import Run
from task_api.states import ERROR_MESSAGES, ErrorCode
from task_api.transitions import Failure

if TYPE_CHECKING:
    from task_api.tasks import Task

logger = logging.getLogger("task_api")

# The databases' calendars end, and a wait beyond that could not be stored.
RETRY_DELAY_MAX = timedelta(days=3653)


def describe(task: "Task | type[Task]", run: Run, error: BaseException) -> Failure:
    """Return what the row keeps of an error, a final one where the task's own code cannot say what becomes of it."""
    try:
        code, message = _say(error)
        return Failure(code, message, _traceback(error), _retry_in(task, run, error))
    except Exception as flaw:
        logger.exception("Task %s %s: its failure could not be described.", run.info.task, run.info.uuid)
        text = _traceback(error) + "\nWhat becomes of it could not be found out:\n\n" + _traceback(flaw, chain=False)
        return Failure(ErrorCode.ERROR, ERROR_MESSAGES[ErrorCode.ERROR], text)


def overdue(task: "Task", run: Run, thread: int) -> Failure:
    """Return what the row keeps of a run whose time is over.

    Args:
        task: The task.
        run: Its run.
        thread: Identifier of the thread that runs it; where that is now is its traceback.
    """
    error = TimeLimitExceeded(f"The attempt took longer than {task.time_limit_seconds():g} seconds.")
    frame = sys._current_frames().get(thread)
    stack = "".join(traceback.format_stack(frame)) if frame else ""
    return replace(describe(task, run, error), traceback=storable_text(f"{stack}{type(error).__qualname__}: {error}\n"))


def _say(error: BaseException) -> tuple[str, str]:
    """Return the code and the text that the caller reads."""
    code, message = str(ErrorCode.ERROR), ERROR_MESSAGES[ErrorCode.ERROR]
    if isinstance(error, TaskFailed):
        code, message = error.code, error.message
    elif isinstance(error, OutputsNotValidError):
        code, message = ErrorCode.INVALID_OUTPUT, str(error)
    elif isinstance(error, InputsNotValidError):
        code, message = ErrorCode.INVALID_INPUT, str(error)
    elif isinstance(error, TimeLimitExceeded):
        code, message = ErrorCode.TIME_LIMIT, ERROR_MESSAGES[ErrorCode.TIME_LIMIT]
    elif not isinstance(error, Exception):
        code, message = ErrorCode.LOST, ERROR_MESSAGES[ErrorCode.LOST]
    return storable_text(code), storable_text(message)


def _traceback(error: BaseException, *, chain: bool = True) -> str:
    return storable_text("".join(traceback.format_exception(error, chain=chain)))


def _retry_in(task: "Task | type[Task]", run: Run, error: BaseException) -> timedelta | None:
    if not task.retries(error):
        return None
    delay: Any = task.retry_delay(run.info.attempt)
    if isinstance(delay, timedelta) and delay <= RETRY_DELAY_MAX:
        return delay
    raise ValueError(
        f"retry_delay() of task {run.info.task!r} returned {delay!r}, must be a timedelta of at most 10 years."
    )


def storable_text(text: str) -> str:
    """Return a text without what a database refuses: NUL and lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
