"""One stream's share of the hub."""

import asyncio
from uuid import UUID

from task_api.hub.frames import Frame

# Frames that a watcher may leave unread; one that is slower gets announcements instead and reads the rows itself.
BACKLOG = 1000


class Watcher:
    """The frames of a stream's tasks that it has not taken yet.

    Attributes:
        versions: Of each watched task, the newest version that was offered: an older one is never sent after it.
        closed: The server is about to end, and the stream with it.
    """

    def __init__(self, versions: dict[UUID, int]) -> None:
        self.versions = versions
        self.closed = False
        self._frames: list[Frame] = []
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def offer(self, frame: Frame) -> None:
        known = self.versions.get(frame.uuid)
        if known is None or frame.version <= known:
            return
        self.versions[frame.uuid] = frame.version
        if len(self._frames) >= BACKLOG:
            newest = {unread.uuid: unread for unread in self._frames}
            self._frames = [unread.announcement() for unread in newest.values()]
        self._frames.append(frame)
        self._wake()

    def forget(self, uuid: UUID) -> None:
        """Watch a task no longer; what came of it is not taken either."""
        self.versions.pop(uuid, None)
        if self._frames:
            self._frames = [frame for frame in self._frames if frame.uuid != uuid]

    def close(self) -> None:
        """Let the stream end."""
        self.closed = True
        self._wake()

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def take(self, timeout: float) -> list[Frame]:
        """Return what came, or nothing when nothing came in `timeout` seconds or the server is about to end."""
        if not self._frames and not self.closed and timeout > 0:
            loop = asyncio.get_running_loop()
            self._due = loop.time() + timeout
            if self._timer is None:
                self._timer = loop.call_at(self._due, self._ring, loop)
            self._waiter = loop.create_future()
            await self._waiter
        frames, self._frames = self._frames, []
        return frames

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        # One timer outlasts many waits: to set one for each event would cost more than to pass the event on.
        early = self._waiter is not None and loop.time() < self._due
        self._timer = loop.call_at(self._due, self._ring, loop) if early else None
        if not early:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
