"""The thread that queries the database for the streams of an event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

T = TypeVar("T")

# Seconds that the thread keeps its connection after a query: streams that come one after the other share it, and
# streams that wait have none.
LINGER = 1.0


class Reader:
    """One thread, and at most one connection a database, for all streams: a thousand must not need a thousand."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="task_api hub")
        self._release: asyncio.TimerHandle | None = None

    async def read(self, work: Callable[[], T]) -> T:
        """Run a function that queries the database."""
        loop = asyncio.get_running_loop()
        if self._release is not None:
            self._release.cancel()
        try:
            return await loop.run_in_executor(self._executor, _on_a_live_connection, work)
        finally:
            self._release = loop.call_later(LINGER, self._executor.submit, connections.close_all)

    def close(self) -> None:
        if self._release is not None:
            self._release.cancel()
        self._executor.submit(connections.close_all)
        self._executor.shutdown(wait=False)


def _on_a_live_connection(work: Callable[[], T]) -> T:
    try:
        return work()
    except (OperationalError, InterfaceError):
        # The server may have closed the one that was kept.
        connections.close_all()
        return work()
