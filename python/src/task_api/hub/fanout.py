"""The watchers of an event loop."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from task_api import transitions
from task_api.events import Event, get_bus
from task_api.hub import shutdown
from task_api.hub.frames import frame_of
from task_api.hub.reader import Reader
from task_api.hub.watcher import Watcher
from task_api.models import TaskInfo
from task_api.snapshots import events_of

T = TypeVar("T")

logger = logging.getLogger("task_api")

# Seconds between two looks at the rows while the bus cannot be heard.
DEAF_REREAD = 1.0
# Seconds that a hub keeps its listener without watchers: pages that run one short task after the other share it.
LINGER = 5.0
# Rows a statement looks for: databases limit the parameters of one.
ROWS_AT_ONCE = 1000


class Hub:
    """Takes each event once, and offers it to all streams of its task."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._bus = get_bus()
        self._watchers: dict[UUID, set[Watcher]] = {}
        self._listener = self._bus.listen(self._deliver, self._reread_soon)
        self._reader = Reader()
        self._wake = asyncio.Event()
        self._retirement: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._run(), name="task_api hub")

    async def add(self, watcher: Watcher) -> None:
        """Begin to hear of a watcher's tasks; events published from now on reach it."""
        if self._retirement is not None:
            self._retirement.cancel()
        for uuid in watcher.versions:
            self._watchers.setdefault(uuid, set()).add(watcher)
        await asyncio.gather(*(self._listener.add(uuid) for uuid in list(watcher.versions)))

    async def discard(self, watcher: Watcher, uuids: Iterable[UUID] | None = None) -> None:
        """Forget a watcher's tasks, all of them unless some are named."""
        unwatched = []
        for uuid in list(watcher.versions) if uuids is None else uuids:
            watcher.forget(uuid)
            watchers = self._watchers.get(uuid, set())
            watchers.discard(watcher)
            if not watchers and self._watchers.pop(uuid, None) is not None:
                unwatched.append(uuid)
        if not watcher.versions:
            watcher.stop_timer()
        if not self._watchers:
            self._retire_later()
        for uuid in unwatched:
            # Another stream may have come for it while this one waited.
            if uuid not in self._watchers:
                await self._listener.discard(uuid)

    async def read(self, work: Callable[[], T]) -> T:
        """Run a function that queries the database in the hub's thread."""
        return await self._reader.read(work)

    def close_streams(self) -> None:
        """Let every stream end, from any thread or a signal's handler."""
        # A loop that is closed has none.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._close_watchers)

    def _close_watchers(self) -> None:
        for watcher in {watcher for watchers in self._watchers.values() for watcher in watchers}:
            watcher.close()

    def _retire_later(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()
        self._retirement = self._loop.call_later(LINGER, self._retire)

    def _retire(self) -> None:
        if not self._watchers:
            _hubs.pop(self._loop, None)
            self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._reread_on()
        finally:
            # Also where the loop ends, which cancels what runs in it.
            if _hubs.get(self._loop) is self:
                del _hubs[self._loop]
            self._reader.close()
            await self._listener.close()

    def _deliver(self, event: Event) -> None:
        if watchers := self._watchers.get(event.uuid):
            frame = frame_of(event)
            for watcher in watchers:
                watcher.offer(frame)

    def _reread_soon(self) -> None:
        self._wake.set()

    async def _reread_on(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._bus.reread if self._listener.hears else DEAF_REREAD):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._reread()
            except Exception as error:
                logger.warning("The watched tasks could not be read and are tried again: %s", error)

    async def _reread(self) -> None:
        seen = {
            uuid: min(watcher.versions.get(uuid, 0) for watcher in watchers)
            for uuid, watchers in self._watchers.items()
        }
        for share in _shares(seen):
            for event in await self.read(lambda share=share: newer_rows(share)):  # type: ignore[misc]  # no argument of its own
                self._deliver(event)


def _shares(seen: dict[UUID, int]) -> Iterator[dict[UUID, int]]:
    items = iter(seen.items())
    while share := dict(islice(items, ROWS_AT_ONCE)):
        yield share


def newer_rows(seen: dict[UUID, int]) -> list[Event]:
    """Return events of those rows that are newer than the versions that were seen of them."""
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
        shutdown.chain(close_all_streams)
    return _hubs[loop]


def close_all_streams() -> None:
    """Let every stream of the process end."""
    for hub in list(_hubs.values()):
        hub.close_streams()
