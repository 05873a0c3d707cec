"""A load of HTTP requests and of open streams, from one process without a library's weight."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection that is kept alive; enough of HTTP/1.1 for a Django server on loopback."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> "Connection":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    def send(self, method: str, path: str, body: Any = None) -> None:
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self.writer.write(f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload)

    async def request(self, method: str, path: str, body: Any = None) -> Answer:
        self.send(method, path, body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        return Answer(int(head.split(" ")[1]), await self.reader.readexactly(length))


Request = Callable[[Connection], Coroutine[Any, Any, Answer]]


async def rate(port: int, count: int, parallel: int, request: Request) -> float:
    """Return the requests a second of `count` requests over `parallel` connections.

    Raises:
        RuntimeError: One of them was not answered with success.
    """

    async def work(share: int) -> None:
        async with Connection(port) as connection:
            for _ in range(share):
                answer = await request(connection)
                if answer.status >= 300:
                    raise RuntimeError(f"A request was answered {answer.status}: {answer.body[:200]!r}")

    began = time.perf_counter()
    await asyncio.gather(*(work(count // parallel) for _ in range(parallel)))
    return count / (time.perf_counter() - began)


class Streams:
    """Open streams of one path, which count the events that they get."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.path = path
        self.events = 0
        self.connections: list[Connection] = []
        self.readers: list[asyncio.Task[None]] = []

    async def open(self, count: int) -> None:
        """Open so many streams, each of which has said something when this returns."""
        for first in range(0, count, 100):
            await asyncio.gather(*(self._open_one() for _ in range(min(100, count - first))))

    async def _open_one(self) -> None:
        connection = await Connection(self.port).__aenter__()
        connection.send("GET", self.path)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(f"A stream was answered: {head[:200]!r}")
        await connection.reader.readuntil(b"\n\n")
        self.connections.append(connection)
        self.readers.append(asyncio.create_task(self._read(connection)))

    async def _read(self, connection: Connection) -> None:
        while chunk := await connection.reader.read(65536):
            self.events += chunk.count(b"data:")

    async def close(self) -> None:
        for reader in self.readers:
            reader.cancel()
        for connection in self.connections:
            connection.writer.close()
