"""The database connection of a worker process, kept from one task to the next.

Celery closes all connections before and after each task. To open one costs a PostgreSQL server a process and the worker
several milliseconds, in which it could do several short tasks. So the connection that tasks are written with is put
aside while Celery closes the others, and given back to the server once no task has come for a while.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from task_api import transitions
from task_api.conf import app_settings


class ConnectionKeeper:
    """Holds a connection while no task uses it. One is enough, as only a process's main thread keeps any."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._condition = threading.Condition()
        self._kept: BaseDatabaseWrapper | None = None
        self._since = 0.0
        self._thread: threading.Thread | None = None

    @contextmanager
    def lending(self) -> Iterator[None]:
        """Give the connection to what runs inside, and keep it, or the one that was opened instead, afterwards."""
        # Other threads may be green ones, which end with their task. A connection that is open already is somebody's
        # who does not want it closed: Celery's own CELERY_DB_REUSE_MAX.
        main = threading.current_thread() is threading.main_thread()
        alias = transitions.database()
        if not main or not app_settings.CONNECTION_IDLE or connections[alias].connection is not None:
            yield
            return
        if (kept := self._take(alias)) is not None:
            connections[alias] = kept
        try:
            yield
        finally:
            self._keep(alias)

    def _take(self, alias: str) -> BaseDatabaseWrapper | None:
        with self._condition:
            kept, self._kept = self._kept, None
        if kept is None:
            return None
        kept.dec_thread_sharing()
        if kept.alias == alias and not _is_old(kept):
            return kept
        kept.close()
        return None

    def _keep(self, alias: str) -> None:
        connection = connections[alias]
        if connection.connection is None or not _is_clean(connection):
            return
        # What is not among the thread's connections is not closed with them.
        del connections[alias]
        # For the thread that closes it.
        connection.inc_thread_sharing()
        with self._condition:
            self._kept, self._since = connection, monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._give_back, name="task_api connection keeper", daemon=True)
                self._thread.start()
            self._condition.notify()

    def _give_back(self) -> None:
        """Close the connection each time it was idle for too long."""
        while True:
            with self._condition:
                while self._kept is None:
                    self._condition.wait()
                left = self._since + app_settings.CONNECTION_IDLE - monotonic()
                if left <= 0:
                    self._kept.close()
                    self._kept = None
            # Outside of the lock, and woken by no task.
            sleep(max(left, 0))


def _is_old(connection: BaseDatabaseWrapper) -> bool:
    # Django's default of 0 means a request's end, and tells nothing of workers.
    limited = bool(connection.settings_dict["CONN_MAX_AGE"])
    return limited and connection.close_at is not None and monotonic() >= connection.close_at


def _is_clean(connection: BaseDatabaseWrapper) -> bool:
    unlike_settings = connection.autocommit != connection.settings_dict["AUTOCOMMIT"]
    return not (connection.in_atomic_block or connection.errors_occurred or unlike_settings)


keeper = ConnectionKeeper()
if hasattr(os, "register_at_fork"):
    # A child must neither use nor close what its parent is connected with.
    os.register_at_fork(after_in_child=keeper._forget)
