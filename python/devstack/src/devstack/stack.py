"""The example project on all the servers that it needs."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.asgi import AsgiServer
from devstack.celery import CeleryWorker
from devstack.postgres import PostgresServer
from devstack.processes import Server, ServerError
from devstack.reaper import get_reaper
from devstack.redis import RedisServer
from devstack.wsgi import WsgiServer

# devstack is only ever installed editable, from the repository.
EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
# Whatever project this process itself belongs to, such as that of the tests.
SETTINGS = {"DJANGO_SETTINGS_MODULE": "example.settings"}


@dataclass(frozen=True)
class Stack:
    """The servers of a running example; those that it does not use are `None`."""

    asgi: AsgiServer
    worker: CeleryWorker | None = None
    redis: RedisServer | None = None
    postgres: PostgresServer | None = None
    wsgi: WsgiServer | None = None

    @property
    def servers(self) -> list[Server]:
        """All of them."""
        return [server for server in (self.asgi, self.wsgi, self.worker, self.redis, self.postgres) if server]

    @property
    def url(self) -> str:
        """The address of the example's start page."""
        return f"{self.asgi.url}/"


@contextmanager
def production_stack(port: int | None = None, *, concurrency: int = 2, wsgi: bool = False) -> Iterator[Stack]:
    """Serve the example with PostgreSQL, Redis, a Celery worker and an ASGI server.

    Args:
        port: The port of the ASGI server.  A free one if left out.
        concurrency: The number of tasks that run at the same time.
        wsgi: Whether to serve it by WSGI as well.
    """
    with ExitStack() as servers:
        postgres = servers.enter_context(PostgresServer())
        redis = servers.enter_context(RedisServer())
        environ = SETTINGS | postgres.env | redis.env
        migrate(environ)
        worker = servers.enter_context(CeleryWorker("example", environ=environ, cwd=EXAMPLES, concurrency=concurrency))
        asgi = servers.enter_context(example_server(environ, port))
        also = servers.enter_context(WsgiServer(EXAMPLES, environ=environ)) if wsgi else None
        yield Stack(asgi, worker, redis, postgres, also)


@contextmanager
def embedded_stack(port: int | None = None) -> Iterator[Stack]:
    """Serve the example from one process: SQLite in a temporary folder, and tasks on threads."""
    folder = get_reaper().make_folder("sqlite")
    # Empty is as good as unset to the settings, whatever this process's own environment says.
    environ = SETTINGS | {"DEVSTACK_DB": "sqlite", "REDIS_URL": "", "EXAMPLE_SQLITE": str(folder / "example.sqlite3")}
    try:
        migrate(environ)
        with example_server(environ, port) as asgi:
            yield Stack(asgi)
    finally:
        get_reaper().remove_folder(folder)


def example_server(environ: Mapping[str, str], port: int | None) -> AsgiServer:
    """Describe the example's ASGI server."""
    # Django has no lifespan, and uvicorn would say so at each start.
    options = ["--lifespan", "off"]
    return AsgiServer("example.asgi:application", environ=environ, cwd=EXAMPLES, port=port, options=options)


def migrate(environ: Mapping[str, str]) -> None:
    """Create the example's tables.

    Raises:
        ServerError: The command failed; the message is what it printed.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=EXAMPLES,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise ServerError(f"The example's migrations failed.\n{done.stdout}{done.stderr}")
