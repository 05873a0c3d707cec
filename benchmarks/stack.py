"""The servers under measurement, from devstack, and what a measurement does to them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django
import psutil
import redis
from django.db import connection

from devstack import AsgiServer, CeleryWorker, PostgresServer, RedisServer
from load import Answer, Connection

HERE = Path(__file__).parent
MORE_TASKS = """
    INSERT INTO task_api_taskinfo (
        uuid, task, owner, queue, status, version, attempt, max_attempts, inputs, outputs, message_count,
        error_code, error_message, traceback, created, started, finished, worker, message_id, request_hash
    )
    SELECT
        gen_random_uuid(), 'no-op', 'many', '', 'succeeded', 3, 1, 1, '{}', '{}', 0,
        '', '', '', now(), now(), now(), '', '', ''
    FROM generate_series(1, %s)
"""


class BenchStack:
    def __init__(self, servers: ExitStack) -> None:
        self.servers = servers
        self.postgres = servers.enter_context(PostgresServer())
        self.redis = servers.enter_context(RedisServer())
        self.environ = self.postgres.env | self.redis.env | {"DJANGO_SETTINGS_MODULE": "project.settings"}
        os.environ.update(self.environ)
        self.manage("migrate", "--no-input", "--run-syncdb", "-v0")
        asgi = AsgiServer(
            "project.asgi:application", environ=self.environ, cwd=HERE, options=["--log-level", "warning"]
        )
        self.asgi = servers.enter_context(asgi)
        self.port = self.asgi.port

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "django", *arguments], cwd=HERE, check=True, env=os.environ)

    @contextmanager
    def worker(self, concurrency: int = 1, **environ: str) -> Iterator[CeleryWorker]:
        environ = self.environ | environ
        with CeleryWorker("project", environ=environ, cwd=HERE, concurrency=concurrency) as worker:
            yield worker

    def request(self, method: str, path: str, body: Any = None) -> Answer:
        async def send() -> Answer:
            async with Connection(self.port) as connection:
                return await connection.request(method, path, body)

        return asyncio.run(send())

    def start_task(self, name: str, **inputs: Any) -> str:
        answer = self.request("POST", "/tasks/", {"task": name, "inputs": inputs})
        if answer.status != 201:
            raise RuntimeError(f"Task {name} was answered {answer.status}: {answer.body[:300]!r}")
        return str(answer.json()["uuid"])

    def task(self, uuid: str) -> dict[str, Any]:
        info: dict[str, Any] = self.request("GET", f"/tasks/{uuid}/").json()
        return info

    def stored_result(self) -> str:
        """Put a Celery result into Redis and return its task's id."""
        from project.celery import app

        app.backend.store_result("bench-result", {"current": 5, "total": 10}, "SUCCESS")
        return "bench-result"

    @contextmanager
    def more_tasks(self, count: int) -> Iterator[None]:
        """Store tasks that have ended, and delete them afterwards."""
        django.setup()
        with connection.cursor() as cursor:
            cursor.execute(MORE_TASKS, [count])
            cursor.execute("ANALYZE task_api_taskinfo")
        yield
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM task_api_taskinfo WHERE owner = 'many'")

    def flush(self) -> None:
        """Forget the messages that no worker took."""
        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def cpu(self) -> float:
        """Return the seconds of CPU that the ASGI server has used."""
        times = psutil.Process(self.asgi.pid).cpu_times()
        return times.user + times.system


@contextmanager
def bench_stack() -> Iterator[BenchStack]:
    with ExitStack() as servers:
        yield BenchStack(servers)
