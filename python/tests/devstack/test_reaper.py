"""What a process leaves when it is killed: nothing."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from devstack.reap import survivors

STARTS_SERVERS = """
import json, sys
from devstack import PostgresServer, RedisServer
with PostgresServer() as postgres, RedisServer() as redis:
    {then}
    servers = [postgres, redis]
    print(json.dumps([[server.pid, str(server.folder)] for server in servers]), flush=True)
    sys.stdin.read()
"""


@contextmanager
def owner_of_servers(then="pass"):
    """Start a process that has servers, and give it with their processes and folders."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_SERVERS.format(then=then)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as owner:
        pids, folders = zip(*json.loads(owner.stdout.readline()), strict=True)
        processes = [psutil.Process(pid) for pid in pids]
        processes += [child for process in processes for child in process.children(recursive=True)]
        yield owner, processes, [Path(folder) for folder in folders]


@pytest.mark.parametrize("how", ["kill", "terminate", "close"])
def test_nothing_is_left(how):
    with owner_of_servers() as (owner, processes, folders):
        assert all(folder.exists() for folder in folders)

        if how == "close":
            owner.stdin.close()
        else:
            getattr(owner, how)()
        # The reaper holds the other end of this pipe too: it closes when all is done.
        owner.stdout.read()

    assert len(processes) > 2
    assert survivors(processes, seconds=5) == []
    assert [folder for folder in folders if folder.exists()] == []


def test_nothing_is_left_of_a_paused_server():
    """Signals reach stopped processes once they are continued; PostgreSQL's children are in groups of their own."""
    with owner_of_servers(then="postgres.pause()") as (owner, processes, folders):
        owner.kill()
        owner.stdout.read()

    assert survivors(processes, seconds=5) == []
    assert [folder for folder in folders if folder.exists()] == []
