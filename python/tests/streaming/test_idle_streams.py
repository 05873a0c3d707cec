import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client

from task_api import transitions
from task_api.events import MemoryEventBus
from task_api.hub import Hub
from task_api.transitions import Report
from tests.streaming.conftest import Server
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

STREAMS = 60


@pytest.fixture(autouse=True)
def bus(settings: Any) -> None:
    settings.TASK_API_EVENT_BUS = "memory"
    settings.TASK_API_STREAMS_PER_USER = STREAMS


def database_connections() -> int:
    """Count the connections of others than this one, where the database can tell."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_idle_streams_with_a_session_hold_no_thread_and_no_connection(server: Server) -> None:
    user = User.objects.create_user("ada")
    browser = Client()
    browser.force_login(user)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    info = transitions.create(task="sum", owner=str(user.pk))
    warm_up = server.stream(info.uuid, cookie=cookie)
    next(warm_up.frames())
    wait_for(lambda: database_connections() == 0)
    threads = threading.active_count()
    streams = [server.stream(info.uuid, cookie=cookie) for _ in range(STREAMS - 1)]
    for stream in streams:
        next(stream.frames())
    # Those of the requests that have just begun to wait may take a moment to end.
    wait_for(lambda: threading.active_count() <= threads)
    wait_for(lambda: database_connections() == 0)
    transitions.cancel(info.uuid)
    for stream in streams:
        assert [frame.event for frame in stream.frames()] == ["task", "end"]


@pytest.fixture
def hub_statements() -> Iterator[list[str]]:
    """The SQL that the hub's thread sends."""
    sent: list[str] = []

    def note(execute: Any, sql: str, *args: Any) -> Any:
        if threading.current_thread().name.startswith("task_api hub"):
            sent.append(sql)
        return execute(sql, *args)

    def watch(connection: Any, **kwargs: Any) -> None:
        # MySQL and MariaDB have their first connection announced twice.
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    connection_created.connect(watch)
    yield sent
    connection_created.disconnect(watch)


@pytest.mark.parametrize("watchers", [1, 20])
def test_look_at_the_rows_is_one_statement_for_all_watchers(
    server: Server, hub_statements: list[str], monkeypatch: pytest.MonkeyPatch, watchers: int
) -> None:
    looks: list[int] = []
    reread = Hub._reread

    async def counted(hub: Hub) -> None:
        await reread(hub)
        looks.append(len(hub_statements))

    monkeypatch.setattr(Hub, "_reread", counted)
    monkeypatch.setattr(MemoryEventBus, "reread", 0.05)
    info = transitions.create(task="sum")
    for _ in range(watchers):
        next(server.stream(info.uuid).frames())
    first = len(looks)
    wait_for(lambda: len(looks) > first + 3)
    assert looks[first + 3] - looks[first] == 3


def test_waiting_streams_send_no_statement_between_two_looks(
    server: Server, hub_statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryEventBus, "reread", 3600.0)
    claimed = transitions.claim(transitions.create(task="sum").uuid, tasks=["sum"])
    assert claimed is not None
    info, claim = claimed
    streams = [server.stream(info.uuid) for _ in range(20)]
    for stream in streams:
        next(stream.frames())
    assert hub_statements
    hub_statements.clear()
    transitions.beat(claim, Report(1, 5, ("told",)))
    transitions.succeed(claim, {}, Report(5, 5, told=1))
    for stream in streams:
        assert [frame.event for frame in stream.frames()] == ["task", "task", "end"]
    assert hub_statements == []
