"""Streams of a real server in a process of its own, read by many clients at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from redis import Redis

from devstack import AsgiServer, RedisServer
from task_api import transitions
from task_api.models import TaskInfo
from task_api.transitions import Claim, Report
from tests.processes import ROOT, environ
from tests.streaming.crowd import Crowd
from tests.waiting import open_connections, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

WATCHERS = 200
IDLE_STREAMS = 500
# What a server and its bus need of Redis: a listener, a publisher, and those that ask whether it is up.
REDIS_CONNECTIONS = 10


@contextmanager
def serving(**variables: str) -> Iterator[AsgiServer]:
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.streaming.server_settings",
        "TESTS_SECRET_KEY": settings.SECRET_KEY,
        "TESTS_EVENT_BUS": "memory",
    }
    with AsgiServer("tests.streaming.asgi:application", environ=environ(**own | variables), cwd=ROOT) as server:
        yield server


@pytest.fixture
def redis(settings: Any) -> Iterator[RedisServer]:
    with RedisServer() as server:
        settings.TASK_API_EVENT_BUS = "redis"
        settings.TASK_API_REDIS_URL = server.url
        yield server


def running(owner: str = "") -> tuple[TaskInfo, Claim]:
    claimed = transitions.claim(transitions.create(task="sum", owner=owner).uuid, tasks=["sum"])
    assert claimed is not None
    return claimed


def path_of(info: TaskInfo) -> str:
    return f"/tasks/events/?uuid={info.uuid}"


def test_restart_of_redis_under_many_streams(redis: RedisServer) -> None:
    """Each client has the end on the connection that it began with, and Redis is not run down when it is back."""
    tasks = [running() for _ in range(20)]
    with serving(TESTS_EVENT_BUS="redis", TESTS_REDIS_URL=redis.url) as server:
        crowd = Crowd(server.port, (path_of(tasks[index % len(tasks)][0]) for index in range(WATCHERS)))
        wait_for(lambda: crowd.begun == WATCHERS, "every stream to begin")
        redis.kill()
        for number, (_, claim) in enumerate(tasks[:10]):
            # Told to nobody.
            transitions.succeed(claim, {"sum": number}, Report())
        redis.start()
        for number, (_, claim) in enumerate(tasks[10:], start=10):
            transitions.succeed(claim, {"sum": number}, Report())
        crowd.join()
        with Redis.from_url(redis.url) as client:
            redis_connections = int(client.info("stats")["total_connections_received"])
    sums = {str(info.uuid): number for number, (info, _) in enumerate(tasks)}
    assert crowd.failures == []
    assert len(crowd.results) == WATCHERS
    assert all(state["outputs"] == {"sum": sums[state["uuid"]]} and whole for state, whole in crowd.results)
    assert crowd.connections == WATCHERS
    assert redis_connections <= REDIS_CONNECTIONS


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_streams_end_with_their_server(signum: signal.Signals) -> None:
    """They end by themselves: the server has none to cut off when the two seconds that it gives them are over."""
    info, _ = running()
    with serving() as server:
        crowd = Crowd(server.port, [path_of(info)] * 50)
        wait_for(lambda: crowd.begun == 50, "every stream to begin")
        os.kill(server.pid, signum)
        crowd.join()
        wait_for(lambda: not server.is_alive, "the server to end")
        log = server.log()
    assert "timeout graceful shutdown exceeded" not in log
    assert "Exception" not in log
    assert [whole for _, whole in crowd.results] == [True] * 50


@pytest.mark.parametrize("atomic_requests", ["", "1"])
def test_idle_streams_with_a_session_hold_no_thread_and_no_connection(atomic_requests: str) -> None:
    user = User.objects.create_user("ada")
    browser = Client()
    browser.force_login(user)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    info = transitions.create(task="sum", owner=str(user.pk))
    with serving(TESTS_ATOMIC_REQUESTS=atomic_requests, TESTS_EVENT_BUS="database") as server:
        process = psutil.Process(server.pid)
        warm_up = Crowd(server.port, [path_of(info)], cookie)
        wait_for(lambda: warm_up.begun == 1)
        threads = process.num_threads()
        crowd = Crowd(server.port, [path_of(info)] * IDLE_STREAMS, cookie)
        wait_for(lambda: crowd.begun == IDLE_STREAMS, "every stream to begin")
        wait_for(lambda: process.num_threads() <= threads + 2, "the threads of the requests to end")
        if connection.vendor == "postgresql":
            wait_for(lambda: open_connections() <= 2, "the connections of the requests to end")
        transitions.cancel(info.uuid)
        crowd.join()
        warm_up.join()
    assert crowd.failures == []
    assert [state["status"] for state, whole in crowd.results if whole] == ["cancelled"] * IDLE_STREAMS
