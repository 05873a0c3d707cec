"""A real ASGI server in a thread, and a client that reads its streams as they come."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from django.core.asgi import get_asgi_application

from devstack import free_port

TIMEOUT = 20


@dataclass
class Frame:
    event: str = ""
    id: str = ""
    data: dict[str, Any] = field(default_factory=dict)


class Stream:
    """One open stream, read frame by frame."""

    def __init__(self, port: int, path: str, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.comments: list[str] = []

    def lines(self) -> Iterator[str]:
        while line := self.response.readline():
            yield line.decode().rstrip("\n")

    def frames(self) -> Iterator[Frame]:
        frame = Frame()
        for line in self.lines():
            name, _, value = line.partition(": ")
            if not line:
                if frame.event:
                    yield frame
                frame = Frame()
            elif line.startswith(":"):
                self.comments.append(line)
            elif name == "data":
                frame.data = json.loads(value)
            elif name in {"event", "id"}:
                setattr(frame, name, value)

    def close(self) -> None:
        self.connection.close()


class Server:
    def __init__(self) -> None:
        self.port = free_port()
        config = uvicorn.Config(get_asgi_application(), port=self.port, lifespan="off", log_level="warning")
        config.timeout_graceful_shutdown = 2
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, name="test server")
        self.streams: list[Stream] = []

    def start(self) -> None:
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.01)

    def stop(self) -> None:
        for stream in self.streams:
            stream.close()
        self.server.should_exit = True
        self.thread.join(TIMEOUT)
        assert not self.thread.is_alive()

    def stream(self, *uuids: object, **headers: str) -> Stream:
        return self.open(f"/tasks/events/?uuid={','.join(map(str, uuids))}", **headers)

    def open(self, path: str, **headers: str) -> Stream:
        stream = Stream(self.port, path, {name.replace("_", "-"): value for name, value in headers.items()})
        self.streams.append(stream)
        return stream


@pytest.fixture
def server(transactional_db: None, settings: Any) -> Iterator[Server]:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = Server()
    server.start()
    yield server
    server.stop()
