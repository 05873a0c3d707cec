"""A plain Celery task that sends the same statements as a no-op task of ours, and does nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from celery import shared_task
from django.db import connection

from project.redis_client import client
from task_api import transitions
from task_api.backends.base import execute_task
from task_api.events import get_bus
from task_api.events.base import Event

GATE_SECONDS = 60


@shared_task
def hold(gate: str) -> None:
    """Keep the worker's only process until the gate opens, so that what is sent meanwhile is there when it goes on."""
    client().blpop([gate], timeout=GATE_SECONDS)


@contextmanager
def held() -> Iterator[None]:
    """Let the worker's only process wait until all of what is sent inside is in its queue."""
    gate = f"gate-{uuid4()}"
    hold.apply_async((gate,))
    yield
    client().rpush(gate, "open")


@shared_task
def plain(uuid: str) -> None:
    for sql, params in prepared(UUID(uuid)):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.fetchall()


@shared_task
def publishing(uuid: str) -> None:
    """Publish what a task of ours does, too."""
    plain(uuid)
    for line in recorded()[2]:
        client().publish(f"task_api:{uuid}", line)


def prepared(uuid: UUID) -> list[tuple[str, list[Any]]]:
    own, statements, _ = recorded()
    token = uuid4()

    def fill(param: Any) -> Any:
        return (uuid if param == own else token) if isinstance(param, UUID) else param

    return [(sql, [fill(param) for param in params]) for sql, params in statements]


@cache
def recorded() -> tuple[UUID, list[tuple[str, list[Any]]], list[str]]:
    """Run one task of ours, and return its uuid, the statements that it sent and the lines that it published."""
    statements: list[tuple[str, list[Any]]] = []
    lines: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, list(params)))
        return execute(sql, params, many, context)

    def note_event(event: Event) -> None:
        lines.append(event.encode())

    bus = get_bus()
    publish, bus.publish = bus.publish, note_event  # type: ignore[method-assign]
    uuid = transitions.create(task="no-op", inputs={}).uuid
    try:
        with connection.execute_wrapper(note):
            execute_task(uuid)
    finally:
        bus.publish = publish  # type: ignore[method-assign]
    return uuid, statements, lines
