"""What keeps rows from waiting for ever: sends due tasks, rescues lost ones, ends expired ones, deletes old ones."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from random import uniform
from time import monotonic, sleep

from django.db import DatabaseError, InterfaceError, connections
from django.db.models import Q, QuerySet

from task_api import registry, submission, transitions
from task_api.conf import app_settings
from task_api.database import DatabaseNow, from_now
from task_api.models import TaskInfo, TaskMessage
from task_api.states import TERMINAL, Status

logger = logging.getLogger("task_api")

BATCH_SIZE = 100
PRUNE_BATCH_SIZE = 1000
# How long a message may be under way before its task is sent again; doubles with the time since the task was due.
RELAY_WAIT = timedelta(seconds=60)


def _tasks() -> QuerySet[TaskInfo]:
    return TaskInfo._default_manager.using(transitions.database())


def relay() -> int:
    """Send pending tasks that are due and were never sent, or so long ago that their message may be lost."""
    sent = 0
    tasks = registry.known()
    due = _tasks().filter(
        Q(run_after=None) | Q(run_after__lte=DatabaseNow()),
        Q(dispatched_at=None) | Q(dispatched_at__lt=from_now(-RELAY_WAIT)),
        status=Status.PENDING,
        task__in=tasks.keys(),
    )
    for info in due.annotate(clock=DatabaseNow()).order_by("created")[:BATCH_SIZE]:
        if _waited_enough(info) and transitions.dispatch(info):
            sent += submission.publish(tasks[info.task], info)
    return sent


def _waited_enough(info: TaskInfo) -> bool:
    if info.dispatched_at is None:
        return True
    # A queue that is merely long must not grow by copies: wait as long again as the task had waited when it was sent.
    waited = info.dispatched_at - (info.run_after or info.created)
    return bool(info.clock - info.dispatched_at > max(RELAY_WAIT, waited))  # type: ignore[attr-defined]  # annotated


def rescue() -> int:
    """End the attempts whose lease ran out."""
    lost = _tasks().filter(status=Status.RUNNING, lease_expires__lt=DatabaseNow())
    rescued = 0
    for info in lost.order_by("lease_expires")[:BATCH_SIZE]:
        task = registry.known().get(info.task)
        delay = task.retry_delay(info.attempt) if task else timedelta()
        if ended := transitions.rescue(info, retry_in=delay):
            logger.warning("Task %s %s lost its worker %s: %s", info.task, info.uuid, info.worker, ended.status)
            rescued += 1
    return rescued


def expire() -> int:
    """End the tasks that did not start in time."""
    late = _tasks().filter(status=Status.PENDING, attempt=0, expires_at__lte=DatabaseNow())
    return sum(transitions.expire(uuid) is not None for uuid in late.values_list("uuid", flat=True)[:BATCH_SIZE])


def prune() -> int:
    """Delete ended tasks that are older than their retention."""
    own = {name: task.retention_time() for name, task in registry.known().items() if task.retention is not None}
    deleted = sum(_prune(Q(task=name), age) for name, age in own.items() if age is not None)
    if app_settings.RETENTION is not None:
        deleted += _prune(~Q(task__in=own), timedelta(seconds=app_settings.RETENTION))
    return deleted


def _prune(which: Q, age: timedelta) -> int:
    old = _tasks().filter(which, status__in=TERMINAL, finished__lt=from_now(-age))
    deleted = 0
    while keys := list(old.values_list("pk", flat=True)[:PRUNE_BATCH_SIZE]):
        TaskMessage._default_manager.using(transitions.database()).filter(task__in=keys).delete()
        deleted += _tasks().filter(pk__in=keys).delete()[0]
    return deleted


class Sweeper:
    """The thread of a worker process that does all of this from time to time."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._rescue_from = float("inf")

    def start(self) -> None:
        """Start the thread unless this process has one."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._sweep_on, name="task_api sweeper", daemon=True)
                self._thread.start()

    def _sweep_on(self) -> None:
        self._hold_rescues()
        while True:
            try:
                self.sweep()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The sweeper could not reach the database and tries again: %s", error)
                self._hold_rescues()
            except Exception:
                logger.exception("The sweeper met an unexpected error and goes on.")
            finally:
                connections.close_all()
            # Jitter, so that the processes of a worker do not sweep at the same moment.
            sleep(app_settings.SWEEP * uniform(0.5, 1.5))  # noqa: S311

    def _hold_rescues(self) -> None:
        # After an outage of the database every lease looks run out, while the runs are alive and about to renew them.
        self._rescue_from = monotonic() + app_settings.LEASE

    def sweep(self) -> None:
        steps: list[Callable[[], int]] = [expire, relay, prune]
        if monotonic() >= self._rescue_from:
            # First, so that a rescued task is sent in the same sweep.
            steps.insert(0, rescue)
        for step in steps:
            step()


sweeper = Sweeper()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=sweeper._forget)
