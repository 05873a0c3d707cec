import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from task_api import transitions
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


def test_watchers_of_one_task_cost_no_more_statements_than_one(server: Server, monkeypatch: Any) -> None:
    looks: list[int] = []
    monkeypatch.setattr("task_api.hub.fanout.newer_rows", lambda seen: looks.append(1) or [])
    monkeypatch.setattr("task_api.events.memory.MemoryEventBus.reread", 3600.0)
    claimed = transitions.claim(transitions.create(task="sum").uuid, tasks=["sum"])
    assert claimed is not None
    info, claim = claimed
    streams = [server.stream(info.uuid) for _ in range(20)]
    for stream in streams:
        next(stream.frames())
    for progress in range(1, 6):
        transitions.beat(claim, Report(progress, 5))
    transitions.succeed(claim, {}, Report(5, 5))
    for stream in streams:
        assert list(stream.frames())[-1].event == "end"
    assert looks == []
