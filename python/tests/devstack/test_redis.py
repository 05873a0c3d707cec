import platform

import pytest
import redis

from devstack import RedisServer, ServerError
from devstack import redis as redis_module


@pytest.fixture
def server():
    with RedisServer() as server:
        yield server


@pytest.fixture
def client(server):
    with redis.Redis.from_url(server.url, socket_timeout=0.5) as client:
        yield client


def test_answers_ping(client):
    assert client.ping() is True


def test_env_names_the_url(server):
    assert server.env == {"REDIS_URL": f"redis://127.0.0.1:{server.port}/0"}


def test_answers_on_the_same_port_after_kill_and_start(server, client):
    client.set("key", "value")
    url, pid = server.url, server.pid

    server.kill()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    server.start()

    assert (server.url, server.pid != pid) == (url, True)
    assert client.ping() is True
    assert client.get("key") is None


def test_answers_after_restart(server, client):
    server.restart()

    assert client.ping() is True


def test_is_silent_while_paused(server, client):
    server.pause()
    with pytest.raises(redis.TimeoutError):
        client.ping()
    server.resume()

    assert client.ping() is True


def test_find_redis_without_any_program(monkeypatch):
    monkeypatch.setattr(redis_module, "PROGRAMS", ("no-such-redis",))
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")

    with pytest.raises(ServerError, match=r"no-such-redis is on PATH .* run \.ci/bootstrap redis"):
        redis_module.find_redis()
