"""Events inside one process: the embedded way."""

import asyncio
import threading
from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from task_api.events.base import Event, EventBus, Listener


class MemoryListener(Listener):
    def __init__(self, bus: "MemoryEventBus", deliver: Callable[[Event], None]) -> None:
        self._bus = bus
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._watched: set[UUID] = set()
        bus.connect(self)

    async def add(self, uuid: UUID) -> None:
        self._watched.add(uuid)

    async def discard(self, uuid: UUID) -> None:
        self._watched.discard(uuid)

    async def close(self) -> None:
        self._bus.disconnect(self)

    def hear(self, event: Event) -> None:
        """Take an event from any thread."""
        if event.uuid not in self._watched:
            return
        try:
            self._loop.call_soon_threadsafe(self._deliver, event)
        except RuntimeError:
            # The loop was closed without closing its listener.
            self._bus.disconnect(self)


class MemoryEventBus(EventBus):
    """Reaches the streams of its own process alone; other processes' events are seen at the next reread."""

    reread: ClassVar[float] = 2.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[MemoryListener, ...] = ()

    def publish(self, event: Event) -> None:
        for listener in self._listeners:
            listener.hear(event)

    def listen(self, deliver: Callable[[Event], None], resync: Callable[[], None]) -> Listener:
        return MemoryListener(self, deliver)

    def connect(self, listener: MemoryListener) -> None:
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def disconnect(self, listener: MemoryListener) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not listener)
