"""Waiting for what other threads and processes do."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from task_api.models import TaskInfo
from task_api.states import TERMINAL

T = TypeVar("T")

# Far more than anything takes here, so that a busy machine fails no test.
DEADLINE = 60.0
PAUSE = 0.02


def wait_for(condition: Callable[[], T], what: str = "") -> T:
    """Return what `condition` returns as soon as it is true, and fail the test if it never is."""
    deadline = time.monotonic() + DEADLINE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"Waited {DEADLINE:g} s in vain{what and ': '}{what}"
        time.sleep(PAUSE)
    return value


def row(uuid: UUID) -> TaskInfo:
    return TaskInfo.objects.get(uuid=uuid)


def ended(info: TaskInfo) -> TaskInfo:
    """Return a task's row when it has ended."""
    return wait_for(lambda: TaskInfo.objects.filter(uuid=info.uuid, status__in=TERMINAL).first(), f"{info} to end")


def open_connections() -> int:
    """Return how many connections to the tests' database there are, those of other threads and processes too."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])
    # The open files would not tell: SQLite keeps those of closed connections while others hold locks.
    wrappers = [thing for thing in gc.get_objects() if issubclass(type(thing), BaseDatabaseWrapper)]
    return sum(wrapper.connection is not None for wrapper in wrappers)


def close_connections() -> None:
    """Close this thread's connections, as a thread of a test has to at its end."""
    connections.close_all()
