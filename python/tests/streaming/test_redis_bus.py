import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from devstack import RedisServer
from task_api import transitions
from task_api.events import get_bus
from task_api.events.redis import RedisListener
from task_api.hub import Hub
from task_api.models import TaskInfo
from task_api.transitions import Claim, Report
from tests.streaming.conftest import TIMEOUT, Server
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(autouse=True)
def bus(redis: RedisServer, settings: Any) -> None:
    settings.TASK_API_EVENT_BUS = "redis"
    settings.TASK_API_REDIS_URL = redis.url


def running() -> tuple[TaskInfo, Claim]:
    claimed = transitions.claim(transitions.create(task="sum").uuid, tasks=["sum"])
    assert claimed is not None
    return claimed


def connections_of(redis: RedisServer) -> list[dict[str, Any]]:
    with Redis.from_url(redis.url) as client:
        listed: list[dict[str, Any]] = client.client_list()
    return [connection for connection in listed if int(connection["sub"]) > 0]


def test_changes_reach_the_stream_without_a_look_at_the_rows(server: Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(get_bus()), "reread", 3600.0)
    info, claim = running()
    frames = server.stream(info.uuid).frames()
    next(frames)
    for progress in range(1, 20):
        transitions.beat(claim, Report(progress, 20, (f"step {progress}",), told=progress - 1))
        frame = next(frames)
        assert (frame.data["progress"], frame.data["seq"], frame.data["messages"]) == (
            progress,
            progress,
            [f"step {progress}"],
        )
    transitions.succeed(claim, {}, Report())
    assert [frame.event for frame in frames] == ["task", "end"]


def test_end_that_comes_after_the_first_look_is_heard(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream hears of its tasks before it looks at them, so that nothing falls between."""
    monkeypatch.setattr(type(get_bus()), "reread", 3600.0)
    info, claim = running()
    read = Hub.read

    async def read_before_the_end(hub: Hub, work: Any) -> Any:
        current = await read(hub, work)
        await read(hub, lambda: transitions.succeed(claim, {}, Report()))
        return current

    # The hub looks by itself once it hears Redis.
    next(server.stream(running()[0].uuid).frames())
    monkeypatch.setattr(Hub, "read", read_before_the_end)
    *_, last, end = server.stream(info.uuid).frames()
    assert (last.data["status"], end.event) == ("succeeded", "end")


def test_task_is_added_when_redis_has_confirmed_it(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("task_api.events.redis.ACKNOWLEDGE_TIMEOUT", TIMEOUT)

    async def add() -> None:
        listener = RedisListener(redis.url, lambda event: None, lambda: None)
        try:
            await listener.add(uuid4())
            redis.pause()
            adding = asyncio.create_task(listener.add(uuid4()))
            try:
                done, _ = await asyncio.wait([adding], timeout=0.2)
            finally:
                redis.resume()
            assert not done
            await adding
        finally:
            await listener.close()

    asyncio.run(add())


def test_streams_of_a_process_share_one_connection_and_leave_none(server: Server, redis: RedisServer) -> None:
    tasks = [running() for _ in range(10)]
    open_frames = [server.stream(*(info.uuid for info, _ in tasks)).frames() for _ in range(10)]
    for frames in open_frames:
        for _ in tasks:
            next(frames)
    assert len(connections_of(redis)) == 1
    for _, claim in tasks:
        transitions.succeed(claim, {}, Report())
    for frames in open_frames:
        assert len(list(frames)) == 11
    wait_for(lambda: not connections_of(redis))


def test_restart_of_redis_loses_no_end(server: Server, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    # All that is left is the look at the rows that follows the reconnect.
    monkeypatch.setattr(type(get_bus()), "reread", 3600.0)
    monkeypatch.setattr("task_api.hub.fanout.DEAF_REREAD", 3600.0)
    info, claim = running()
    frames = server.stream(info.uuid).frames()
    next(frames)
    redis.kill()
    # Nobody hears of it.
    transitions.succeed(claim, {"sum": 1}, Report(5, 5))
    redis.start()
    rest = list(frames)
    assert [frame.event for frame in rest] == ["task", "end"]
    assert rest[0].data["outputs"] == {"sum": 1}


def test_end_is_seen_while_redis_is_away(server: Server, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(get_bus()), "reread", 3600.0)
    info, claim = running()
    frames = server.stream(info.uuid).frames()
    next(frames)
    redis.kill()
    try:
        transitions.succeed(claim, {}, Report())
        assert [frame.event for frame in frames] == ["task", "end"]
    finally:
        redis.start()


def test_redis_that_is_away_fails_no_task_and_no_stream(server: Server, redis: RedisServer) -> None:
    redis.kill()
    try:
        info, claim = running()
        assert transitions.beat(claim, Report(1, 2)) is not None
        frames = server.stream(info.uuid).frames()
        assert next(frames).data["progress"] == 1
        transitions.succeed(claim, {}, Report())
    finally:
        redis.start()
    assert [frame.event for frame in frames] == ["task", "end"]


def test_listener_forgets_what_it_no_longer_hears(redis: RedisServer) -> None:
    async def watch_one_after_the_other() -> None:
        listener = RedisListener(redis.url, lambda event: None, lambda: None)
        try:
            for _ in range(20):
                uuid = uuid4()
                await listener.add(uuid)
                await listener.discard(uuid)
            async with asyncio.timeout(TIMEOUT):
                # Its own channel alone.
                while len(listener._pubsub.channels) > 1:
                    await asyncio.sleep(0.01)
            assert not listener._pubsub.pending_unsubscribe_channels
        finally:
            await listener.close()

    asyncio.run(watch_one_after_the_other())
