"""What tests run in processes of their own, on the tests' database; see `tests.processes`."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connections
from redis import Redis

from task_api import execution, transitions
from task_api.apps import _start_embedded_sweeper
from task_api.backends.connection import keeper
from task_api.backends.thread import pool
from task_api.events.redis_publisher import RedisPublisher
from task_api.progress import pulse
from task_api.tasks import Task
from tests.myapp.background import SumNumbers
from tests.myapp.slow import WaitForEver, WaitForFile
from tests.waiting import ended, open_connections, row, wait_for


class ShowProgress(Task):
    name = "show-progress"

    def run(self) -> None:
        assert self.info is not None
        uuid = self.info.uuid
        self.set_progress(1)
        wait_for(lambda: row(uuid).progress == 1)


def run_task() -> None:
    info = transitions.create(task="show-progress")
    claimed = transitions.claim(info.uuid, tasks=["show-progress"])
    assert claimed is not None
    ended = execution.execute(ShowProgress(), *claimed)
    assert ended is not None


def fork_with_a_pulse() -> None:
    """Run a task, fork, and run one on both sides."""
    run_task()
    close_all()
    with held(pulse._condition):
        child = os.fork()
    run_task()
    finish(child)


def fork_with_a_pool() -> None:
    """Start a task on a thread, fork, and start one on both sides."""
    ended(SumNumbers.start(numbers=[0]))
    close_all()
    with held(pool._lock):
        child = os.fork()
    assert ended(SumNumbers.start(numbers=[1])).status == "succeeded"
    finish(child)


def fork_with_a_kept_connection() -> None:
    """Keep a connection, fork, and use one on both sides."""
    with keeper.lending():
        connections["default"].ensure_connection()
        kept = connections["default"]
    with held(keeper._condition):
        child = os.fork()
    with keeper.lending():
        connections["default"].ensure_connection()
        assert (connections["default"] is kept) == (child != 0)
    finish(child)


def fork_with_a_publisher(url: str) -> None:
    """Publish, fork, and publish on both sides."""
    publisher = RedisPublisher(Redis.from_url(url))
    publisher.publish("news", "before")
    with held(publisher._lock):
        child = os.fork()
    publisher.publish("news", "parent" if child else "child")
    finish(child)


@contextmanager
def held(lock: AbstractContextManager[Any]) -> Iterator[None]:
    """Let another thread hold a lock; in a child that is forked meanwhile nobody is left to release it."""
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    yield
    release.set()
    # A child that waits for the lock is ended, and its parent sees that it was.
    signal.alarm(60)


def close_all() -> None:
    """Close the connections of all threads: SQLite forbids to carry one into a child."""
    wait_for(lambda: open_connections() == 1)
    connections.close_all()


def finish(child: int) -> None:
    """End a process that has forked, with the status of its child."""
    if child == 0:
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


def leave_with_tasks() -> None:
    """Start tasks of which two run, one of them async, and others wait, and come to the end of the program."""
    running = [WaitForFile.start(path="/nowhere/at/all"), WaitForEver.start()]
    wait_for(lambda: all(row(info.uuid).message_count for info in running))
    for number in range(20):
        SumNumbers.start(numbers=[number])


def serve() -> None:
    """Be a server's process until somebody ends it."""
    _start_embedded_sweeper()
    signal.pause()
