"""The pulse: what a run tells of itself touches memory only, and one thread a process writes what changed.

The same thread renews the leases of the process's runs and learns which of them somebody wants to stop.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connections

from task_api import events, transitions
from task_api.conf import app_settings
from task_api.database import answers, impatient
from task_api.models import TaskInfo
from task_api.snapshots import event_of
from task_api.transitions import Claim, Report

logger = logging.getLogger("task_api")

# Seconds between two looks for cancels of runs that write nothing by themselves.
CANCEL_LOOK = 1.0
# A task that tells more than can be written must not keep the row, or all of SQLite, locked meanwhile.
MESSAGES_AT_ONCE = 1_000
# Seconds until the next beat after one that failed.
FAILURE_WAIT = 1.0
BIGINT_MAX = 2**63 - 1


class Run:
    """One attempt of a task in this process: the values to write, and whether it has to stop.

    Attributes:
        stopping: Nothing may be written any more or a cancel is wanted; progress calls raise `TaskCancelled`.
        lost: The claim is void.
        quiet: The pulse found nothing new at its last look, so that the next news is worth waking it for.
        eager: Each progress call writes at once, for a run that no pulse watches.
        deadline: When its time is over, on the clock of `time.monotonic()`.
        announced: Watchers were told that it runs.
    """

    def __init__(self, claim: Claim, info: TaskInfo, *, eager: bool = False, announced: bool = True) -> None:
        self.claim = claim
        self.info = info
        self.eager = eager
        self.announced = announced
        self.progress: int | None = None
        self.target: int | None = None
        self.messages: list[Any] = []
        self.quiet = False
        self.stopping = info.cancel_requested_at is not None
        self.lost = False
        self.on_stop: Callable[[], None] | None = None
        self.deadline = inf
        self._end_overdue: Callable[[Report], None]
        # Held while a report is on its way to the database, so that no two writes of one run overlap.
        self.writing = threading.RLock()
        self._told = info.message_count
        self._told_eagerly: list[Any] = []
        self._written: tuple[int | None, int | None] = (None, None)
        self._renewed = monotonic()
        # In the run's own thread: connections belong to threads.
        self._connection = connections[transitions.database()]

    def report(self, limit: int | None = None) -> Report:
        """Return what there is to write, with no more messages than `limit`."""
        return Report(self.progress, self.target, tuple(self.messages[:limit]), self._told)

    def tell(self) -> None:
        """Have what changed written: at once where it is eager or was quiet, else at the pulse's next beat."""
        if self.eager:
            self.beat()
        elif self.quiet:
            self.quiet = False
            pulse.hurry()

    def beat(self) -> None:
        """Write what changed, renew the lease, and stop the run if its claim is void or a cancel is wanted."""
        with self.writing:
            news = self.changed()
            report = self.report(MESSAGES_AT_ONCE)
            with nullcontext() if self.eager else impatient(transitions.database()):
                info = transitions.beat(self.claim, report, tell=news)
            # Not before the commit, and in place: other threads append to the list meanwhile.
            del self.messages[: len(report.messages)]
            self._told += len(report.messages)
            if self.eager:
                self._told_eagerly += report.messages
            self._written = (report.progress, report.target)
            self._renewed = monotonic()
            self.announced = self.announced or news
        if info is None:
            self.lost = True
        if info is None or info.cancel_requested_at is not None:
            self.stop()

    def limit(self, seconds: float, end: Callable[[Report], None]) -> None:
        """Give the run so much time from now; `end` then ends it in the database, with what it has told."""
        self._end_overdue = end
        self.deadline = monotonic() + seconds

    def end_overdue(self) -> None:
        """End the run in the database, whatever it is doing: all that it writes from then on is refused."""
        with self.writing:
            with impatient(transitions.database()):
                self._end_overdue(self.report())
            self.lost = True
        self.stop()

    def announce(self) -> None:
        """Tell the watchers that the run has begun, unless they heard of it by its news."""
        if not self.announced:
            self.announced = True
            events.publish(lambda: event_of(self.info, ()))

    def retell(self) -> None:
        """Take up again what was written in a transaction that may have been rolled back since; nothing is doubled."""
        self.messages[:0] = self._told_eagerly
        self._told -= len(self._told_eagerly)
        self._told_eagerly.clear()

    def stop(self) -> None:
        """Make the run's next progress call raise, and wake what waits for `on_stop`."""
        if not self.stopping:
            self.stopping = True
            if self.on_stop is not None:
                self.on_stop()

    def changed(self) -> bool:
        return bool(self.messages) or self._written != (self.progress, self.target)

    def needs_beat(self) -> bool:
        age = monotonic() - self._renewed
        changed = self.changed()
        self.quiet = not changed
        # Another run may have hurried the pulse; and a third of the lease lets two beats fail before it runs out.
        return not self.lost and ((changed and age >= app_settings.PULSE / 2) or age > app_settings.LEASE / 3)

    def can_beat(self) -> bool:
        # On SQLite a transaction of the run holds the only write lock, and waiting for it would help nobody.
        return not (self._connection.vendor == "sqlite" and self._connection.in_atomic_block)


class Pulse:
    """The thread that beats for all runs of a process; it starts with the first run, after any fork."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._runs: dict[Claim, Run] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hurried = threading.Event()
        self._next_cancel_look = 0.0

    def add(self, run: Run) -> None:
        with self._condition:
            self._runs[run.claim] = run
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._beat_on, name="task_api pulse", daemon=True)
                self._thread.start()
            self._condition.notify()

    def discard(self, run: Run) -> None:
        """Leave a run to its executor; no beat of it is under way when this returns."""
        with self._condition:
            self._runs.pop(run.claim, None)
        with run.writing:
            pass

    def hurry(self) -> None:
        """Look at the runs now instead of at the next beat."""
        self._hurried.set()

    def watches(self, token: UUID | None) -> bool:
        """Return whether the run of a claim is alive in this process."""
        with self._condition:
            return any(claim.token == token for claim in self._runs)

    def _rest(self, seconds: float) -> None:
        self._hurried.wait(seconds)
        self._hurried.clear()

    def _beat_on(self) -> None:
        pause = app_settings.PULSE
        while True:
            with self._condition:
                if not self._runs:
                    # Nothing runs: give the connection back instead of keeping it idle.
                    connections.close_all()
                    self._condition.wait()
            # Before the first look: a short task ends before it and costs no statement.
            self._rest(pause)
            with self._condition:
                runs = list(self._runs.values())
            pause = app_settings.PULSE if self._beat(runs) else FAILURE_WAIT

    def _beat(self, runs: list[Run]) -> bool:
        """Look at each run once, and return whether all writes went well."""
        now = monotonic()
        beaten = [
            self._attempt(self._while_watched, run, run.end_overdue if now >= run.deadline else run.beat)
            for run in runs
            if (run.needs_beat() or now >= run.deadline) and not run.lost and run.can_beat()
        ]
        for run in runs:
            # A short task has ended before the first look, and one event tells all of it.
            if not run.announced:
                self._while_watched(run, run.announce)
        waiting = [run for run in runs if not run.stopping]
        if waiting and monotonic() >= self._next_cancel_look:
            self._next_cancel_look = monotonic() + CANCEL_LOOK
            beaten.append(self._attempt(self._look_for_cancels, waiting))
        return all(beaten)

    def _attempt(self, statement: Callable[..., None], *subject: Any) -> bool:
        """Try to reach the database; if it is locked or away a later beat tries again, never the task's fault."""
        connection = connections[transitions.database()]
        try:
            statement(*subject)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The pulse could not reach the database and tries again: %s", error)
            if not answers(connection):
                connection.close()
            return False
        except Exception:
            logger.exception("The pulse met an unexpected error and goes on.")
            return False
        return True

    def _while_watched(self, run: Run, act: Callable[[], None]) -> None:
        """Do something for a run unless it is left to its executor by now."""
        with run.writing:
            if run.claim in self._runs:
                act()

    def _look_for_cancels(self, runs: list[Run]) -> None:
        wanted = transitions.cancels_wanted(run.claim for run in runs)
        for run in runs:
            if run.claim.token in wanted:
                run.stop()


pulse = Pulse()
if hasattr(os, "register_at_fork"):
    # A child inherits neither the thread nor the runs, and perhaps a held lock.
    os.register_at_fork(after_in_child=pulse._forget)
