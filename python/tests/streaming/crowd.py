"""Many clients at once, each with a connection of its own and no library between it and the bytes."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

TIMEOUT = 60
# The last chunk of a response that ends in good order.
END = b"0\r\n\r\n"


class Crowd:
    """Streams that are read in a thread until they end.

    Attributes:
        begun: Streams that have told the state of their task.
        results: Of each stream, the last state that it told, and whether its response ended in good order.
        failures: Streams that were refused or broken off.
    """

    def __init__(self, port: int, paths: Iterable[str], cookie: str = "") -> None:
        self.port = port
        self.cookie = cookie
        self.paths = list(paths)
        self.connections = 0
        self.begun = 0
        self.results: list[tuple[dict[str, Any], bool]] = []
        self.failures: list[str] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read_all()), name="crowd")
        self._thread.start()

    def join(self) -> None:
        """Wait until every stream has ended."""
        self._thread.join(TIMEOUT)
        assert not self._thread.is_alive(), f"{len(self.paths) - len(self.results)} streams hang"

    async def _read_all(self) -> None:
        # A few at a time, as a listening socket queues only so many.
        gate = asyncio.Semaphore(20)
        await asyncio.gather(*(self._read(path, gate) for path in self.paths))

    async def _read(self, path: str, gate: asyncio.Semaphore) -> None:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.connections += 1
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            text = await _read_until(reader, lambda text: b"\ndata: " in text and text.endswith((b"\n\n\r\n", END)))
        if b" 200 " not in head.split(b"\r\n")[0]:
            self.failures.append(head.decode())
        self.begun += 1
        if not text.endswith(END):
            text += await _read_until(reader, lambda text: text.endswith(END))
        writer.close()
        states = [line for line in text.decode().splitlines() if line.startswith('data: {"uuid"')]
        self.results.append((json.loads(states[-1].removeprefix("data: ")), text.endswith(END)))


async def _read_until(reader: asyncio.StreamReader, done: Callable[[bytes], bool]) -> bytes:
    text = b""
    while not done(text):
        chunk = await reader.read(65536)
        if not chunk:
            break
        text += chunk
    return text
