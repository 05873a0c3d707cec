"""The fan-out of a process: whatever watches tasks in an event loop shares one listener and one look at the rows."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connections

from task_api import transitions
from task_api.events import Event, get_bus
from task_api.models import TaskInfo
from task_api.snapshots import events_of

T = TypeVar("T")

logger = logging.getLogger("task_api")

# Events that a watcher may leave unread; one that is slower gets announcements instead and reads the rows itself.
BACKLOG = 1000


class Watcher:
    """One stream's share of the hub: the events of its tasks that it has not taken yet."""

    def __init__(self, versions: dict[UUID, int]) -> None:
        # Of each watched task, the newest version that was offered: an older one is never sent after it.
        self.versions = versions
        self._events: deque[Event] = deque()
        self._awake = asyncio.Event()

    def offer(self, event: Event) -> None:
        known = self.versions.get(event.uuid)
        if known is None or event.version <= known:
            return
        self.versions[event.uuid] = event.version
        if len(self._events) >= BACKLOG:
            self._announce()
        self._events.append(event)
        self._awake.set()

    def _announce(self) -> None:
        newest = {event.uuid: event for event in self._events}
        self._events.clear()
        self._events.extend(Event(event.uuid, event.version, event.terminal, None) for event in newest.values())

    async def take(self, timeout: float) -> list[Event]:
        """Return what came, or nothing when nothing came in `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._awake.wait()
        self._awake.clear()
        events = list(self._events)
        self._events.clear()
        return events


class Hub:
    """The watchers of one event loop."""

    def __init__(self) -> None:
        self._bus = get_bus()
        self._watchers: dict[UUID, set[Watcher]] = {}
        self._listener = self._bus.listen(self._deliver, self._reread_soon)
        self._wake = asyncio.Event()
        # One thread reads for all watchers: a thousand streams must not become a thousand connections.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="task_api hub")
        self._rereading = asyncio.create_task(self._reread_on(), name="task_api reread")

    async def add(self, watcher: Watcher) -> None:
        """Begin to hear of a watcher's tasks; events published from now on reach it."""
        new = [uuid for uuid in watcher.versions if uuid not in self._watchers]
        for uuid in watcher.versions:
            self._watchers.setdefault(uuid, set()).add(watcher)
        await asyncio.gather(*(self._listener.add(uuid) for uuid in new))

    async def discard(self, watcher: Watcher, uuids: Iterable[UUID] | None = None) -> None:
        """Forget a watcher's tasks, all of them unless some are named."""
        unwatched = []
        for uuid in list(watcher.versions) if uuids is None else uuids:
            watcher.versions.pop(uuid, None)
            watchers = self._watchers.get(uuid, set())
            watchers.discard(watcher)
            if not watchers and self._watchers.pop(uuid, None) is not None:
                unwatched.append(uuid)
        for uuid in unwatched:
            # Another stream may have come for it while this one waited.
            if uuid not in self._watchers:
                await self._listener.discard(uuid)
        if not self._watchers:
            await self._close()

    async def _close(self) -> None:
        _hubs.pop(asyncio.get_running_loop(), None)
        self._rereading.cancel()
        await self._listener.close()
        self._executor.shutdown(wait=False)

    async def read(self, work: Callable[[], T]) -> T:
        """Run a function that queries the database in the hub's thread, and leave no connection behind."""

        def run() -> T:
            try:
                return work()
            finally:
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(self._executor, run)

    def _deliver(self, event: Event) -> None:
        for watcher in self._watchers.get(event.uuid, ()):
            watcher.offer(event)

    def _reread_soon(self) -> None:
        self._wake.set()

    async def _reread_on(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._bus.reread):
                    await self._wake.wait()
            self._wake.clear()
            try:
                for event in await self.read(self._newer_rows):
                    self._deliver(event)
            except Exception as error:
                logger.warning("The watched tasks could not be read and are tried again: %s", error)

    def _newer_rows(self) -> list[Event]:
        """Return events of the watched rows that are newer than what some watcher was offered."""
        seen = {
            uuid: min((watcher.versions.get(uuid, 0) for watcher in list(watchers)), default=0)
            for uuid, watchers in list(self._watchers.items())
        }
        versions = dict(rows(seen).values_list("uuid", "version"))
        newer = [uuid for uuid, version in versions.items() if version > seen[uuid]]
        return events_of(rows(newer)) if newer else []


def rows(uuids: Collection[UUID]) -> Any:
    return TaskInfo._default_manager.using(transitions.database()).filter(uuid__in=uuids)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
