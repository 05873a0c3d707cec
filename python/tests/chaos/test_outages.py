"""Outages one by one, on the stack of the chaos suite.

With `CHAOS_BREAK=hold` in the environment of pytest the runs are rescued, with `relay` the silent broker loses tasks.
"""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chaos import stack
from tests.chaos.stack import LEASE, Stack

DEADLINE = 60.0
POSTS = 50
POST_LIMIT = 1.5
OUTAGE = LEASE * 2
RUNS = 4


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(tmp_path_factory.mktemp("outages")) as servers:
        yield servers


def post(servers: Stack, task: str, **inputs: Any) -> tuple[int, str, float]:
    """Start a task; return the status, its uuid and how many seconds the request took."""
    connection = http.client.HTTPConnection(servers.web.url.removeprefix("http://"), timeout=DEADLINE)
    body = json.dumps({"task": task, "inputs": inputs})
    began = time.monotonic()
    connection.request("POST", "/tasks/", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    shape = json.loads(response.read())
    seconds = time.monotonic() - began
    connection.close()
    return response.status, shape["uuid"], seconds


def outcomes(servers: Stack, uuids: list[str]) -> list[tuple[Any, ...]]:
    """Return status and attempt of tasks."""
    names = ", ".join(f"'{uuid}'" for uuid in uuids)
    return servers.query(f"SELECT status, attempt FROM task_api_taskinfo WHERE uuid IN ({names})")  # noqa: S608


def ended(servers: Stack, uuids: list[str]) -> list[tuple[Any, ...]]:
    """Return what became of tasks when they all have ended."""
    assert servers.wait_for(lambda: servers.active == 0, DEADLINE), outcomes(servers, uuids)
    return outcomes(servers, uuids)


@contextmanager
def silent(port: int) -> Iterator[None]:
    """Take connections on a port of 127.0.0.1 and never say a word."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
        yield


def test_silent_broker_delays_no_start_and_loses_none(servers: Stack) -> None:
    post(servers, "nothing", key="warm")
    servers.redis.kill()
    with silent(servers.redis.port), ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda number: post(servers, "nothing", key=f"silent-{number}"), range(POSTS)))
    servers.redis.start()
    assert [status for status, _, _ in answers] == [201] * POSTS
    # The bound is part of the promise. Of 50 the 99th percentile is the longest.
    assert max(seconds for _, _, seconds in answers) < POST_LIMIT
    assert ended(servers, [uuid for _, uuid, _ in answers]) == [("succeeded", 1)] * POSTS


def stopped_database(servers: Stack) -> None:
    servers.postgres.terminate()
    time.sleep(OUTAGE)
    servers.postgres.start()


def silent_database(servers: Stack) -> None:
    servers.postgres.pause()
    time.sleep(OUTAGE)
    servers.postgres.resume()


def suspended_machine(servers: Stack) -> None:
    everything = [servers.postgres, servers.redis, *servers.workers]
    for server in everything:
        server.pause()
    time.sleep(OUTAGE)
    for server in everything:
        server.resume()


@pytest.mark.parametrize("outage", [stopped_database, silent_database, suspended_machine])
def test_runs_that_are_alive_after_an_outage_are_not_rescued(servers: Stack, outage: Callable[[Stack], None]) -> None:
    """After it every lease has run out, and whoever looks first must not take the runs for dead."""
    # Sweepers that have just started, or come back, rescue nothing anyway: that would prove nothing.
    time.sleep(LEASE * 1.5)
    keys = [f"{outage.__name__}-{number}" for number in range(RUNS)]
    uuids = [post(servers, "slow", key=key, seconds=OUTAGE + LEASE)[1] for key in keys]
    assert servers.wait_for(lambda: outcomes(servers, uuids) == [("running", 1)] * RUNS, DEADLINE)
    outage(servers)
    assert ended(servers, uuids) == [("succeeded", 1)] * RUNS
