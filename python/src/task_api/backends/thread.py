"""Tasks in threads of the web server's own process: the embedded way, without a broker."""

import logging
import os
import threading
from queue import SimpleQueue
from uuid import UUID

from django.db import close_old_connections

from task_api.backends.base import TaskBackend, execute_task
from task_api.conf import app_settings
from task_api.models import TaskInfo

logger = logging.getLogger("task_api")


class ThreadBackend(TaskBackend):
    """Runs tasks in a bounded pool of the process that started them.

    What waits or runs when the process ends stays in the database, where the next process finds it.
    """

    in_process = True

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        pool.put(info.uuid)


class ThreadPool:
    """Daemon threads around a queue, started when they are needed.

    `concurrent.futures.ThreadPoolExecutor` would keep a process that wants to exit until its whole queue is done.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._queue: SimpleQueue[UUID] = SimpleQueue()
        self._waiting: set[UUID] = set()
        self._threads: list[threading.Thread] = []
        self._idle = 0

    def put(self, uuid: UUID) -> None:
        """Queue a task; one that waits already is not queued twice."""
        with self._lock:
            if uuid in self._waiting:
                return
            if len(self._waiting) >= self._idle and len(self._threads) < app_settings.THREADS:
                self._grow()
            self._waiting.add(uuid)
        self._queue.put(uuid)

    def _grow(self) -> None:
        name = f"task_api worker {len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system gives no more of them. Those that are there do the work; without any the relay tries again.
            if not self._threads:
                raise
        else:
            self._threads.append(thread)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            uuid = self._queue.get()
            with self._lock:
                self._idle -= 1
                self._waiting.discard(uuid)
            try:
                self._execute(uuid)
            except BaseException:
                # The thread outlives whatever a task does; the row has ended, or its lease will.
                logger.exception("A task thread met an error that no task caught.")

    def _execute(self, uuid: UUID) -> None:
        close_old_connections()
        try:
            execute_task(uuid)
        finally:
            close_old_connections()


pool = ThreadPool()
if hasattr(os, "register_at_fork"):
    # A child inherits the queue's content, which the parent runs, and no threads.
    os.register_at_fork(after_in_child=pool._forget)
