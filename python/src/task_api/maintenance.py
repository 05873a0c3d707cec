"""What keeps rows from waiting for ever: sends due tasks, rescues lost ones, ends expired ones, deletes old ones."""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import shuffle, uniform
from time import monotonic
from uuid import UUID

from django.db import connections, transaction
from django.db.models import F, QuerySet

from task_api import outbox, registry, submission, transitions
from task_api.conf import app_settings
from task_api.database import DatabaseNow, answers, from_now
from task_api.exceptions import TimeLimitExceeded
from task_api.models import Attempt, TaskInfo, TaskMessage
from task_api.progress import pulse
from task_api.states import TERMINAL, ErrorCode, Status

logger = logging.getLogger("task_api")

BATCH_SIZE = 100
PRUNE_BATCH_SIZE = 1000
# A broker that is away refuses all, and one that is silent takes a second for each, which the rescues wait for.
REFUSALS_MAX = 3


def _tasks() -> QuerySet[TaskInfo]:
    return TaskInfo._default_manager.using(transitions.database())


def relay() -> int:
    """Send pending tasks that are due and were never sent, or so long ago that their message may be lost."""
    sent = 0
    tasks = registry.known()
    unsent = outbox.unsent().filter(task__in=tasks.keys())
    batch = list(unsent.order_by(F("dispatched_at").asc(nulls_first=True))[:BATCH_SIZE])
    # Some tasks may be refused for ever, for their queue for example: they must not stand before all others each time.
    shuffle(batch)
    refusals = 0
    for info in batch:
        if refusals == REFUSALS_MAX:
            break
        if outbox.dispatch(info.uuid):
            taken = submission.publish(tasks[info.task], info)
            sent += taken
            refusals += not taken
    return sent


def lost() -> list[TaskInfo]:
    """Return running tasks whose lease ran out; after an outage of the database some are about to renew it."""
    tasks = _tasks().filter(status=Status.RUNNING, lease_expires__lt=DatabaseNow()).order_by("lease_expires")
    # Some are alive, in a long transaction on SQLite for example, which keeps the pulse from writing.
    return [info for info in tasks[:BATCH_SIZE] if not pulse.watches(info.claim_token)]


def rescue(silence: "Silence | None" = None) -> int:
    """End the attempts whose lease ran out, with `silence` those alone that were silent while this process looked."""
    return end_lost(info for info in lost() if silence is None or silence.lasts(info))


def end_lost(tasks: Iterable[TaskInfo]) -> int:
    """End those attempts that have not renewed their lease since they were seen to be lost."""
    return sum(map(_rescue, tasks))


def rescue_now(message_id: str, code: ErrorCode = ErrorCode.LOST) -> int:
    """End the attempt that a message brought to a process that has died, or was killed because its time was over."""
    ended = _tasks().filter(status=Status.RUNNING, message_id=message_id)
    return sum(_rescue(info, died=True, code=code) for info in ended)


def _rescue(info: TaskInfo, *, died: bool = False, code: ErrorCode = ErrorCode.LOST) -> bool:
    ended = transitions.rescue(info, retry_in=_retry_in(info, code), died=died, code=code)
    if ended is not None:
        reason = "lost its worker" if code == ErrorCode.LOST else "took too long on its worker"
        logger.warning("Task %s %s %s %s: %s", info.task, info.uuid, reason, info.worker, ended.status)
    return ended is not None


def _retry_in(info: TaskInfo, code: ErrorCode) -> timedelta | None:
    task = registry.known().get(info.task)
    try:
        if task is None:
            return timedelta()
        # A worker that is lost is nothing that `retry_on` could name.
        final = code == ErrorCode.TIME_LIMIT and not task.retries(TimeLimitExceeded())
        return None if final else task.retry_delay(info.attempt)
    except Exception:
        # One class that cannot say must not keep all other tasks from their rescue.
        logger.exception("Task %s %s has no delay for its next attempt.", info.task, info.uuid)
        return timedelta()


def expire() -> int:
    """End the tasks that did not start in time."""
    late = _tasks().filter(status=Status.PENDING, attempt=0, expires_at__lte=DatabaseNow())
    return sum(transitions.expire(uuid) is not None for uuid in late.values_list("uuid", flat=True)[:BATCH_SIZE])


def prune() -> int:
    """Delete ended tasks that are older than their retention."""
    return sum(map(delete, outdated()))


def outdated() -> list[QuerySet[TaskInfo]]:
    """Return the ended tasks that are older than their retention: those of each task that has its own, and the rest."""
    own = {name: task.retention_time() for name, task in registry.known().items() if task.retention is not None}
    tasks = [ended_before(age).filter(task=name) for name, age in own.items() if age is not None]
    if app_settings.RETENTION is not None:
        tasks.append(ended_before(timedelta(seconds=app_settings.RETENTION)).exclude(task__in=own))
    return tasks


def ended_before(age: timedelta) -> QuerySet[TaskInfo]:
    """Return the tasks that ended longer ago than that."""
    border = from_now(-age)
    # Nothing ends before it is created; that bound is the one that an index knows.
    return _tasks().filter(status__in=TERMINAL, created__lt=border, finished__lt=border)


def delete(tasks: QuerySet[TaskInfo]) -> int:
    """Delete tasks with their messages, some at a time, so that no transaction is long; return how many they were."""
    deleted = 0
    while keys := list(tasks.values_list("pk", flat=True)[:PRUNE_BATCH_SIZE]):
        deleted += _delete(tasks.filter(pk__in=keys))
    return deleted


def _delete(tasks: QuerySet[TaskInfo]) -> int:
    # Somebody may have started one of them again since it was read: that one stays, with its messages.
    with transaction.atomic(using=tasks.db):
        if connections[tasks.db].features.has_select_for_update:
            list(tasks.select_for_update().values_list("pk"))
        for model in (TaskMessage, Attempt):
            model._default_manager.using(tasks.db).filter(task__in=tasks).delete()
        return tasks.only("pk").delete()[1].get(TaskInfo._meta.label, 0)


def drain(step: Callable[[], int]) -> int:
    """Repeat a step for as long as it finds as much as it takes at once; return how many tasks it concerned."""
    total = found = step()
    while found >= BATCH_SIZE:
        found = step()
        total += found
    return total


class Silence:
    """Which runs a process saw give no sign of life for the second half of their lease, by its own clock.

    The lease alone does not tell. When the database, or the machine with everything on it, stands still for longer and
    then goes on, no statement fails, every lease has run out, and the first look finds runs that are about to renew it.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[UUID | None, datetime | None], float] = {}
        self._looked = 0.0

    def look(self) -> None:
        """Note which runs are silent now."""
        soon = from_now(timedelta(seconds=app_settings.LEASE / 2))
        silent = _tasks().filter(status=Status.RUNNING, lease_expires__lt=soon)
        claims = list(silent.values_list("claim_token", "lease_expires"))
        # Not before the answer is here: it may have taken longer than a lease.
        self._looked = monotonic()
        self._since = {claim: self._since.get(claim, self._looked) for claim in claims}

    def lasts(self, info: TaskInfo) -> bool:
        """Tell whether a run was silent at all looks of half a lease, in which one that is alive beats."""
        since = self._since.get((info.claim_token, info.lease_expires), self._looked)
        return self._looked - since >= app_settings.LEASE / 2


class Sweeper:
    """The thread of a worker process that does all of this from time to time."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._rescue_from = float("inf")
        self._afresh = False
        self._silence = Silence()

    def start(self, *, afresh: bool = False) -> None:
        """Start the thread unless this process has one.

        Args:
            afresh: Send again what was sent before this process began, for messages that live in a process's memory.
        """
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._afresh = afresh
                self._thread = threading.Thread(target=self._sweep_on, name="task_api sweeper", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for its end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _sweep_on(self) -> None:
        self.hold_rescues()
        while not self._stopping.is_set():
            self.sweep()
            connections.close_all()
            # Jitter, so that the processes of a worker do not sweep at the same moment.
            self._stopping.wait(app_settings.SWEEP * uniform(0.5, 1.5))  # noqa: S311

    def hold_rescues(self) -> None:
        """Rescue nothing for one lease.

        After an outage of the database every lease looks run out, while the runs are alive and about to renew them.
        """
        self._rescue_from = monotonic() + app_settings.LEASE

    def sweep(self) -> None:
        """Do all of it once; what fails is logged and tried again by the next sweep."""
        # Rescues first, so that a rescued task is sent in the same sweep.
        steps = [self._rescue, expire, relay, prune]
        if self._afresh:
            steps.insert(0, self._forget_messages)
        for step in steps:
            try:
                drain(step)
            except Exception:
                logger.exception("The sweeper met an error and tries again at its next sweep.")
                if not answers(connections[transitions.database()]):
                    self.hold_rescues()
                    return

    def _rescue(self) -> int:
        self._silence.look()
        return rescue(self._silence) if monotonic() >= self._rescue_from else 0

    def _forget_messages(self) -> int:
        forgotten = outbox.undispatch_all()
        self._afresh = False
        return forgotten


sweeper = Sweeper()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=sweeper._forget)
