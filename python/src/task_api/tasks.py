"""The class that users write their tasks with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from inspect import getdoc
from random import uniform
from typing import Any, ClassVar, TypeVar

from task_api import execution, transitions
from task_api.exceptions import OutputsNotValidError, TaskCancelled, TaskFailed
from task_api.interface import Interface
from task_api.models import TaskInfo
from task_api.params import ensure_storable
from task_api.progress import BIGINT_MAX, Run
from task_api.signatures import FROM_RUN
from task_api.submission import Starter, merge

T = TypeVar("T")

# Seconds of the longest wait between two attempts, before jitter.
BACKOFF_MAX = 600.0


class Task:
    """A background task: what it takes, what it gives, and `run()`.

    Attributes:
        name: The name that callers start the task by.
        inputs: Parameters by name of the argument of `run()`. Unless declared, they are read off its annotations.
        outputs: Parameters by name; `run()` returns a value for one of them, a dict for several. Unless declared,
            they are read off its annotation: one for each field of a TypedDict or a dataclass, else one, `result`.
        atomic: Commit the database writes of `run()` and its success together, or neither.
        queue: Queue of the task's messages; the backend's default if None.
        priority: Priority of the task's messages, as the broker understands it.
        max_attempts: How often the task may begin, counting attempts that were lost with their worker.
        retry_on: Exceptions that lead to another attempt while there are some left. `TaskFailed` is final unless named.
        backoff: Longest wait before the second attempt in seconds; it doubles with each attempt, and a random part
            of it is waited.
        time_limit: Time, or seconds, that one attempt may take.
        expires_after: Time, or seconds, in which the first attempt has to begin.
        unique: True if one task of this name may be active at a time, or the inputs' names that make it one of a kind.
        retention: Time, or seconds, after its end when a task is deleted; the setting TASK_API_RETENTION if None.
        permission_classes: Permissions that a user needs to start the task, besides those of the API.
        throttle_scope: Scope of `ScopedRateThrottle` that starting the task counts against.
    """

    name: ClassVar[str] = ""
    inputs: ClassVar[Mapping[str, Any]] = FROM_RUN
    outputs: ClassVar[Mapping[str, Any]] = FROM_RUN
    atomic: ClassVar[bool] = False
    queue: ClassVar[str | None] = None
    priority: ClassVar[int | None] = None
    max_attempts: ClassVar[int] = 1
    retry_on: ClassVar[tuple[type[BaseException], ...]] = (Exception,)
    backoff: ClassVar[float] = 1.0
    time_limit: ClassVar[timedelta | float | None] = None
    expires_after: ClassVar[timedelta | float | None] = None
    unique: ClassVar[bool | Sequence[str]] = False
    retention: ClassVar[timedelta | float | None] = None
    permission_classes: ClassVar[Sequence[Any]] = ()
    throttle_scope: ClassVar[str | None] = None

    info: TaskInfo | None

    def __init__(self) -> None:
        self.info = None
        self._run: Run | None = None

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work; subclasses define it, as a plain or an async function."""
        raise NotImplementedError(f"{type(self).__qualname__} does not define run().")

    def on_cancel(self) -> Any:
        """Clean up after a `run()` that was cancelled; subclasses may define it, as a plain or an async function.

        Called where `run()` was stopped by `TaskCancelled`, before the row says so. What it raises is logged.
        """

    # Starting

    @classmethod
    def start(cls, inputs: Mapping[str, Any] | None = None, /, **kwargs: Any) -> TaskInfo:
        """Start the task with inputs by keyword, or in one dict.

        In a transaction the row belongs to it, and the task is sent when it commits.

        Raises:
            InputsNotValidError: The inputs do not fit the task.
        """
        return Starter(cls).submit(merge(cls, inputs, kwargs)).info

    @classmethod
    async def astart(cls, inputs: Mapping[str, Any] | None = None, /, **kwargs: Any) -> TaskInfo:
        """See `start()`."""
        return await Starter(cls).astart(inputs, **kwargs)

    @classmethod
    def using(
        cls,
        *,
        owner: Any = None,
        run_after: datetime | timedelta | None = None,
        queue: str | None = None,
        priority: int | None = None,
        idempotency_key: str | None = None,
    ) -> Starter:
        """Return a starter with options: `SumNumbers.using(owner=user).start(numbers=[1, 2])`."""
        return Starter(cls, owner, run_after, queue, priority, idempotency_key)

    # What the class says of itself

    @classmethod
    @cache
    def interface(cls) -> Interface:
        return Interface(cls)

    @classmethod
    def description(cls) -> str:
        """Return the class's own docstring, or that of its `run()`."""
        if cls.__doc__:
            return getdoc(cls) or ""
        documented = cls.run is not Task.run and getattr(cls.run, "__doc__", None)
        return getdoc(cls.run) or "" if documented else ""

    @classmethod
    def time_limit_seconds(cls) -> float | None:
        limit = _duration(cls.time_limit)
        return None if limit is None else limit.total_seconds()

    @classmethod
    def expiry(cls) -> timedelta | None:
        return _duration(cls.expires_after)

    @classmethod
    def retention_time(cls) -> timedelta | None:
        return _duration(cls.retention)

    @classmethod
    def retries(cls, error: BaseException) -> bool:
        """Return whether another attempt may mend an error."""
        if isinstance(error, TaskFailed):
            return any(issubclass(kind, TaskFailed) and isinstance(error, kind) for kind in cls.retry_on)
        # What is no Exception ends the process, which is the worker's loss and not the task's fault.
        return not isinstance(error, Exception) or isinstance(error, cls.retry_on)

    @classmethod
    def retry_delay(cls, attempt: int) -> timedelta:
        """Return how long to wait after an attempt: exponential, with full jitter, so that retries do not flock."""
        longest = min(cls.backoff * 2.0 ** min(attempt - 1, 30), BACKOFF_MAX)
        return timedelta(seconds=uniform(0, longest))  # noqa: S311  jitter, not a secret

    # Running

    def execute(self, info: TaskInfo) -> TaskInfo | None:
        """Claim the row and run it in this thread; nothing happens if it is not waiting to be run.

        Returns:
            The row after this attempt, None if it was not there to be claimed or was lost on the way.
        """
        claimed = transitions.claim(info.uuid, tasks=[info.task])
        return None if claimed is None else execution.execute(self, *claimed)

    def bind(self, run: Run) -> None:
        self._run = run
        self.info = run.info

    def unbind(self) -> None:
        self._run = self.info = None

    @property
    def _current(self) -> Run:
        if self._run is None:
            raise RuntimeError(f"{type(self).__qualname__} is not running: progress and messages belong in run().")
        return self._run

    # Progress and messages

    def set_target(self, target: int) -> None:
        """Set the progress at which the task is done.

        Raises:
            TaskCancelled: Somebody wants the task to stop.
        """
        run = self._current
        run.target = run.info.target = _whole(target, "target")
        self._told(run)

    def set_progress(self, progress: int) -> None:
        """Set how far the task is.

        Raises:
            TaskCancelled: Somebody wants the task to stop.
        """
        run = self._current
        run.progress = run.info.progress = _whole(progress, "progress")
        self._told(run)

    def inc_progress(self, increment: int = 1) -> None:
        """Count on from the progress so far, or from 0.

        Raises:
            TaskCancelled: Somebody wants the task to stop.
        """
        run = self._current
        run.progress = run.info.progress = _whole((run.progress or 0) + increment, "progress")
        self._told(run)

    def _told(self, run: Run) -> None:
        if run.eager or run.quiet:
            run.tell()
        if run.stopping:
            raise TaskCancelled

    def track(self, iterable: Iterable[T], target: int | None = None) -> Iterator[T]:
        """Yield items and count them as progress; the target is their number where it is known."""
        if target is None and isinstance(iterable, Sized):
            target = len(iterable)
        if target is not None:
            self.set_target(target)
        self.set_progress(0)
        for item in iterable:
            yield item
            self.inc_progress()

    def add_message(self, message: Any) -> None:
        """Tell the watchers something: a text, or any other JSON value.

        Raises:
            OutputsNotValidError: The message is nothing that JSON and the database can store.
        """
        run = self._current
        try:
            ensure_storable(message)
        except ValueError as error:
            raise OutputsNotValidError(f"A message of task {self.name!r} is not valid: {error}") from error
        run.messages.append(deepcopy(message))
        if run.eager or run.quiet:
            run.tell()

    @property
    def cancelled(self) -> bool:
        """Whether somebody wants the task to stop."""
        return self._current.stopping

    def raise_if_cancelled(self) -> None:
        """Raise `TaskCancelled` if somebody wants the task to stop."""
        if self._current.stopping:
            raise TaskCancelled


def _duration(value: timedelta | float | None) -> timedelta | None:
    return value if value is None or isinstance(value, timedelta) else timedelta(seconds=value)


def _whole(value: Any, what: str) -> int:
    number = value if type(value) is int else int(value)
    if -BIGINT_MAX <= number <= BIGINT_MAX:
        return number
    raise ValueError(f"The {what} is {str(number)[:40]}, must fit in 64 bits.")
