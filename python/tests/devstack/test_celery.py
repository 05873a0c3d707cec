from pathlib import Path

import psutil
import pytest

from devstack import CeleryWorker, RedisServer, ServerError
from devstack.reap import survivors

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def worker(redis):
    with CeleryWorker("tests.devstack.celery_app", environ=redis.env, cwd=TOP, concurrency=1) as worker:
        yield worker


@pytest.fixture
def add(monkeypatch, redis):
    monkeypatch.setenv("REDIS_URL", redis.url)
    from tests.devstack.celery_app import add

    return add


def test_executes_a_task(worker, add):
    assert add.delay(1, 2).get(timeout=20) == 3


def test_executes_a_task_sent_while_it_was_killed(worker, add):
    children = psutil.Process(worker.pid).children()

    worker.kill()
    result = add.delay(3, 4)
    worker.start()

    assert children
    assert survivors(children, seconds=5) == []
    assert result.get(timeout=20) == 7


def test_worker_that_cannot_start_shows_its_log(redis):
    with pytest.raises(ServerError, match=r"(?s)The server celery ended before it answered\..*no_such_module"):
        CeleryWorker("no_such_module", environ=redis.env).start()
