"""The servers of a run: PostgreSQL, Redis, an ASGI server and several Celery workers, and who starts them again."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg

from devstack import AsgiServer, CeleryWorker, PostgresServer, RedisServer, Server
from tests.chaos import journal

ROOT = Path(__file__).resolve().parents[2]
AUDIT = Path(__file__).with_name("audit.sql")
SETTINGS = "tests.chaos.project.settings"

LEASE = 3.0
SWEEP = 0.5
RELAY_WAIT = 3.0
WORKERS = 2
CHILDREN = 4


class Stack:
    """The servers of a run."""

    def __init__(
        self, folder: Path, postgres: PostgresServer, redis: RedisServer, variables: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.journal = folder / "journal.jsonl"
        self.postgres = postgres
        self.redis = redis
        self.environ = {
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "PYTHONPATH": str(ROOT),
            "CHAOS_LEASE": str(LEASE),
            "CHAOS_SWEEP": str(SWEEP),
            "CHAOS_RELAY_WAIT": str(RELAY_WAIT),
            journal.VARIABLE: str(self.journal),
            **postgres.env,
            **redis.env,
            **variables,
        }
        self.workers = [
            CeleryWorker(
                "tests.chaos.project.celery_app",
                environ=self.environ,
                cwd=ROOT,
                concurrency=CHILDREN,
                settings=SETTINGS,
            )
            for _ in range(WORKERS)
        ]
        self.web = AsgiServer(
            "tests.chaos.project.asgi:application",
            environ=self.environ,
            cwd=ROOT,
            options=["--log-level", "warning", "--no-access-log"],
        )

    def prepare(self) -> None:
        """Create the tables and the trigger that keeps their history."""
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "migrate",
                "--no-input",
                "--run-syncdb",
                "--skip-checks",
                "--verbosity",
                "0",
            ],
            env={**os.environ, **self.environ},
            cwd=ROOT,
            check=True,
        )
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(AUDIT.read_text())

    def children(self) -> list[psutil.Process]:
        """Return the processes of the workers that run tasks."""
        found = []
        for worker in self.workers:
            if worker.is_alive:
                found += psutil.Process(worker.pid).children()
        return found

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[call-overload,no-any-return]  # a text is no literal

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Return whether a condition came true in time."""
        deadline = time.monotonic() + seconds
        while not (true := condition()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return true

    def count(self, *statuses: str) -> int:
        """Return how many tasks have one of some statuses."""
        names = ", ".join(f"'{status}'" for status in statuses)
        ((count,),) = self.query(f"SELECT count(*) FROM task_api_taskinfo WHERE status IN ({names})")  # noqa: S608
        assert isinstance(count, int)
        return count

    @property
    def active(self) -> int:
        """How many tasks have not ended."""
        return self.count("pending", "running")

    @property
    def ended(self) -> int:
        """How many tasks have ended."""
        return self.count("succeeded", "failed", "cancelled")

    @property
    def longest_wait(self) -> float:
        """How many seconds the oldest waiting task waits: the relay waits as long again until it sends it once more."""
        sql = "SELECT extract(epoch FROM now() - min(created))::float FROM task_api_taskinfo WHERE status = 'pending'"
        ((seconds,),) = self.query(sql)
        return float(seconds or 0)  # type: ignore[arg-type]


class Supervisor:
    """Starts servers that have ended again, after the pause that each is given, as an init system would."""

    def __init__(self, servers: list[Server]) -> None:
        self._servers = servers
        self._due: dict[Server, float] = {}

    def hold(self, server: Server, seconds: float) -> None:
        """Leave a server down for so long."""
        self._due[server] = time.monotonic() + seconds

    def look(self) -> None:
        for server in self._servers:
            if not server.is_alive and time.monotonic() >= self._due.get(server, 0):
                server.launch()


@contextmanager
def running(folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start all servers, and stop them at the end."""
    with ExitStack() as servers:
        stack = Stack(
            folder,
            servers.enter_context(PostgresServer()),
            servers.enter_context(RedisServer()),
            variables or {},
        )
        stack.prepare()
        processes = [*stack.workers, stack.web]
        for server in processes:
            # All at once, since each takes seconds to import what it needs.
            servers.callback(server.stop)
            server.launch()
        for server in processes:
            server.wait_until(server.is_ready)
        yield stack
