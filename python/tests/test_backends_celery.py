"""The Celery backend with real workers on a real Redis; `worker` is shared by the tests of this module."""

import base64
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import redis
from celery import Celery, _state
from django.db import connection, transaction
from kombu import pools

from devstack import CeleryWorker, RedisServer, free_port
from task_api import control, transitions
from task_api.backends import celery as celery_backend
from task_api.backends.celery import execute, producers
from task_api.models import TaskInfo
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from tests.myapp.background import Count, Crash, Later, MakeGroup, Refuse, SumNumbers
from tests.myapp.slow import CountForEver, Deaf, WaitForFile, WaitForFileAgain, WaitForFileInTime
from tests.processes import ROOT, environ
from tests.waiting import ended, open_connections, row, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

# A queue that no worker of the tests takes from.
UNREAD = "unread"


class Elsewhere(Task):
    """A task that the workers do not know, as of a newer release."""

    name = "elsewhere"

    def run(self) -> None:
        pass


class Routed(Elsewhere):
    name = "routed"
    queue = UNREAD
    priority = 3


@pytest.fixture(scope="module")
def broker() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def start_worker(django_db_setup: None, broker: RedisServer) -> Callable[..., CeleryWorker]:
    def worker(pool: str = "prefork", **variables: str) -> CeleryWorker:
        variables = {**broker.env, **variables}
        # A queue for each pool, so that none takes what another one is meant to run.
        options = [] if pool == "prefork" else ["--queues", pool]
        return CeleryWorker("tests.celery_app", environ=environ(**variables), cwd=ROOT, pool=pool, options=options)

    return worker


@pytest.fixture(scope="module")
def worker(start_worker: Callable[..., CeleryWorker]) -> Iterator[CeleryWorker]:
    # A lease longer than any test: what ends a lost run here is not its lease.
    with start_worker(TESTS_LEASE="600") as worker:
        yield worker


def celery(url: str) -> Iterator[Celery]:
    """Make an app the current one of all threads for a while, as a project's own is."""
    previous, default = _state._tls.current_app, _state.default_app
    app = Celery("tests", broker=url, set_as_current=False)
    app.set_current()
    app.set_default()
    yield app
    _state._tls.current_app = previous
    _state.set_default_app(default)
    for connections in list(pools.connections.values()):
        connections.force_close_all()
    pools.reset()
    app.close()


@pytest.fixture(autouse=True)
def app(broker: RedisServer, settings: Any) -> Iterator[Celery]:
    settings.TASK_API_BACKEND = "task_api.backends.celery.CeleryBackend"
    settings.TASK_API_BACKGROUND_TASKS = ["tests.myapp.background", "tests.myapp.slow"]
    with registered(Elsewhere, Routed):
        yield from celery(broker.url)


@pytest.fixture
def refused(app: Celery) -> Iterator[Celery]:
    """An app whose broker nobody listens for."""
    yield from celery(f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def queued(broker: RedisServer) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """The messages in the queue that nobody reads."""
    with redis.Redis.from_url(broker.url) as client:

        def read(key: str = UNREAD) -> list[dict[str, Any]]:
            return [json.loads(message) for message in client.lrange(key, 0, -1)]

        client.delete(UNREAD)
        yield read


# What is sent


def test_message_carries_the_uuid_alone(queued: Callable[..., list[dict[str, Any]]]) -> None:
    info = SumNumbers.using(queue=UNREAD).start(numbers=[1, 987_654_321])
    (message,) = queued()
    assert message["headers"]["task"] == "task_api.backends.celery.execute"
    assert message["headers"]["ignore_result"] is True
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert (args, kwargs) == ([str(info.uuid)], {})
    assert "987654321" not in json.dumps(message)


def test_queue_and_priority_of_the_class_reach_the_broker(queued: Callable[..., list[dict[str, Any]]]) -> None:
    Routed.start()
    # Redis has a list for each priority.
    (message,) = queued(f"{UNREAD}\x06\x163")
    assert message["properties"]["priority"] == 3


def test_queue_and_priority_of_the_start_come_first(queued: Callable[..., list[dict[str, Any]]]) -> None:
    info = Routed.using(queue="other", priority=9).start()
    (message,) = queued("other\x06\x169")
    assert message["properties"]["priority"] == 9
    assert (row(info.uuid).queue, row(info.uuid).priority) == ("other", 9)


def test_message_leaves_on_commit(queued: Callable[..., list[dict[str, Any]]]) -> None:
    with transaction.atomic():
        SumNumbers.using(queue=UNREAD).start(numbers=[1])
        assert queued() == []
    assert len(queued()) == 1


def test_message_of_a_rolled_back_transaction_never_leaves(queued: Callable[..., list[dict[str, Any]]]) -> None:
    with transaction.atomic():
        SumNumbers.using(queue=UNREAD).start(numbers=[1])
        transaction.set_rollback(True)
    assert queued() == []
    assert not TaskInfo.objects.exists()


def test_statements_of_a_start(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        SumNumbers.using(queue=UNREAD).start(numbers=[1])


def test_refused_broker_leaves_the_task_to_the_relay(refused: Celery, caplog: pytest.LogCaptureFixture) -> None:
    info = Elsewhere.start()
    assert (row(info.uuid).status, row(info.uuid).dispatched_at) == ("pending", None)
    assert "could not be sent; the relay sends it again" in caplog.text


def test_silent_broker_leaves_the_task_to_the_relay(app: Celery) -> None:
    """Without a timeout of the backend's own this would wait until the deadline of the tests."""
    with RedisServer() as silent:
        for _ in celery(silent.url):
            Elsewhere.start()
            silent.pause()
            info = Elsewhere.start()
            assert row(info.uuid).dispatched_at is None
            silent.resume()


def test_user_options_of_the_broker_come_first(app: Celery) -> None:
    app.conf.broker_transport_options = {"socket_timeout": 7, "visibility_timeout": 1}
    options = producers(app).connections.connection.transport_options
    assert (options["socket_timeout"], options["visibility_timeout"], options["max_retries"]) == (7, 1, 0)
    assert app.conf.broker_transport_options == {"socket_timeout": 7, "visibility_timeout": 1}


def test_every_host_of_a_broker_is_tried(
    broker: RedisServer, queued: Callable[..., list[dict[str, Any]]], app: Celery
) -> None:
    for _ in celery(f"redis://127.0.0.1:{free_port()}/0;{broker.url}"):
        SumNumbers.using(queue=UNREAD).start(numbers=[1])
    assert len(queued()) == 1


def test_eager_app_runs_the_task_in_start(app: Celery) -> None:
    app.conf.task_always_eager = True
    info = SumNumbers.start(numbers=[1, 2])
    assert (row(info.uuid).status, row(info.uuid).outputs, row(info.uuid).attempt) == ("succeeded", {"sum": 3}, 1)


def test_eager_app_waits_for_the_commit(app: Celery) -> None:
    app.conf.task_always_eager = True
    with transaction.atomic():
        info = Crash.start()
        assert row(info.uuid).status == Status.PENDING
    assert row(info.uuid).status == Status.FAILED


def test_options_of_the_project_do_not_change_ours(app: Celery) -> None:
    app.conf.update(task_acks_late=True, task_ignore_result=False, task_store_errors_even_if_ignored=True)
    assert (execute.acks_late, execute.ignore_result, execute.max_retries) == (False, True, 0)


# What a worker does with it


@pytest.mark.parametrize(
    ("task", "inputs", "outcome"),
    [
        (SumNumbers, {"numbers": [1, 2.5]}, ("succeeded", {"sum": 3.5}, "")),
        (Count, {"to": 5}, ("succeeded", {}, "")),
        (Later, {"text": "hi"}, ("succeeded", {"text": "HI"}, "")),
        (MakeGroup, {"group": "g"}, ("succeeded", {}, "")),
        (Refuse, {}, ("failed", {}, "bad_csv")),
        (Crash, {}, ("failed", {}, "error")),
    ],
)
def test_worker_runs_a_task(worker: CeleryWorker, task: type[Task], inputs: dict[str, Any], outcome: Any) -> None:
    info = ended(task.start(inputs))
    assert (info.status, info.outputs, info.error_code) == outcome
    assert info.attempt == 1
    assert info.worker == worker.hostname
    assert info.message_id


def test_redelivered_message_runs_once(worker: CeleryWorker, tmp_path: Path) -> None:
    """While the task runs and after its end, though it could have another attempt."""

    def dropped() -> int:
        return worker.log().count(f"Task {info.uuid} is not there to be run here")

    info = WaitForFileAgain.start(path=str(tmp_path / "file"))
    for _ in range(4):
        execute.delay(str(info.uuid))
    wait_for(lambda: dropped() == 4)
    (tmp_path / "file").touch()
    ended(info)
    execute.delay(str(info.uuid))
    wait_for(lambda: dropped() == 5)
    assert (row(info.uuid).status, row(info.uuid).attempt, row(info.uuid).message_count) == ("succeeded", 1, 1)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((17, "tests.myapp.background.SumNumbers"), {}),
        ((), {}),
        (("not a uuid",), {}),
        ((None,), {}),
        (([1, {"a": "b"}],), {}),
        ((17,), {}),
        ((str(uuid4()),), {"more": 1}),
        ((), {"uuid": str(uuid4())}),
    ],
    ids=["version 1", "nothing", "text", "null", "list", "number", "more", "named"],
)
def test_message_of_another_shape_is_dropped(
    worker: CeleryWorker, app: Celery, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    def dropped() -> int:
        return worker.log().count("A message that names no task by its uuid is dropped")

    before = dropped()
    app.send_task("task_api.backends.celery.execute", args, kwargs)
    wait_for(lambda: dropped() == before + 1)
    assert ended(SumNumbers.start(numbers=[1])).status == Status.SUCCEEDED
    assert "Traceback" not in worker.log()[-2_000:]


def test_message_of_a_task_that_is_gone_is_dropped(worker: CeleryWorker) -> None:
    uuid = uuid4()
    execute.delay(str(uuid))
    wait_for(lambda: f"Task {uuid} is not there to be run here" in worker.log())


def test_worker_that_does_not_know_a_task_leaves_it_pending(worker: CeleryWorker) -> None:
    info = Elsewhere.start()
    wait_for(lambda: f"Task {info.uuid} is not there to be run here" in worker.log())
    assert (row(info.uuid).status, row(info.uuid).attempt) == ("pending", 0)


def test_relay_sends_what_a_refused_broker_did_not_take(worker: CeleryWorker, refused: Celery) -> None:
    info = ended(SumNumbers.start(numbers=[1, 2]))
    assert (info.status, info.attempt) == ("succeeded", 1)


def test_delayed_task_is_sent_when_it_is_due(worker: CeleryWorker) -> None:
    info = ended(SumNumbers.using(run_after=timedelta(seconds=0.5)).start(numbers=[1]))
    assert info.status == Status.SUCCEEDED
    assert info.started is not None
    assert info.run_after is not None
    assert info.started >= info.run_after


def test_running_task_is_cancelled(worker: CeleryWorker) -> None:
    info = CountForEver.start()
    wait_for(lambda: row(info.uuid).progress)
    transitions.cancel(info.uuid)
    assert ended(info).status == Status.CANCELLED


def kill_child_of(info: TaskInfo) -> None:
    """Kill the worker's child that runs a task, as the kernel does when memory runs out."""
    wait_for(lambda: row(info.uuid).message_count)
    os.kill(row(info.uuid).messages.get().message, signal.SIGKILL)


def test_task_of_a_killed_child_fails_as_lost(worker: CeleryWorker, tmp_path: Path) -> None:
    info = WaitForFile.start(path=str(tmp_path / "never"))
    kill_child_of(info)
    info = ended(info)
    assert (info.status, info.error_code, info.attempt) == ("failed", "lost", 1)


def test_task_of_a_killed_child_runs_again_where_it_may(worker: CeleryWorker, tmp_path: Path) -> None:
    info = WaitForFileAgain.start(path=str(tmp_path / "later"))
    kill_child_of(info)
    (tmp_path / "later").touch()
    info = ended(info)
    assert (info.status, info.attempt, info.message_count) == ("succeeded", 2, 2)


def test_attempt_that_lets_nothing_else_run_is_killed_when_its_time_is_over(
    worker: CeleryWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pulse cannot end it: the parent kills its process and ends the row."""
    monkeypatch.setattr(celery_backend, "KILL_AFTER", 0.5)
    info = ended(Deaf.start())
    assert (info.status, info.error_code, info.attempt) == ("failed", "time_limit", 1)
    pid = info.messages.get().message
    wait_for(lambda: not psutil.pid_exists(pid))
    assert info.traceback == ""


def test_attempt_that_goes_on_when_its_time_is_over_is_killed(
    worker: CeleryWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pulse ends the row at once, and says where the run was; the parent kills the process later."""
    monkeypatch.setattr(celery_backend, "KILL_AFTER", 1.0)
    info = ended(WaitForFileInTime.start(path=str(tmp_path / "never")))
    assert (info.status, info.error_code) == ("failed", "time_limit")
    assert "in run\n    sleep(0.02)" in info.traceback
    pid = info.messages.get().message
    wait_for(lambda: not psutil.pid_exists(pid))
    assert row(info.uuid).version == info.version


def test_terminated_task_is_killed_with_its_process(worker: CeleryWorker, tmp_path: Path) -> None:
    info = WaitForFile.start(path=str(tmp_path / "never"))
    wait_for(lambda: row(info.uuid).message_count)
    pid = row(info.uuid).messages.get().message
    cancelled = control.cancel(info.uuid, terminate=True)
    assert (cancelled.status, cancelled.error_code) == ("cancelled", "")
    wait_for(lambda: not psutil.pid_exists(pid))
    assert row(info.uuid).version == cancelled.version
    assert ended(SumNumbers.start(numbers=[1])).status == Status.SUCCEEDED


def test_terminated_task_ends_though_its_broker_is_away(
    worker: CeleryWorker, refused: Celery, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    info = WaitForFile.start(path=str(tmp_path / "file"))
    wait_for(lambda: row(info.uuid).message_count)
    assert control.cancel(info.uuid, terminate=True).status == Status.CANCELLED
    assert "is cancelled, and its run could not be killed" in caplog.text
    (tmp_path / "file").touch()
    wait_for(lambda: f"Task wait-for-file {info.uuid} lost its claim; its result is discarded" in worker.log())
    assert row(info.uuid).status == Status.CANCELLED


def test_pool_of_connections_is_no_childs_inheritance(
    start_worker: Callable[..., CeleryWorker], tmp_path: Path
) -> None:
    """The parent ends what a killed child ran, and the child that takes its place is made of the parent then."""
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL has pools.")
    with start_worker(TESTS_LEASE="600", TESTS_POOL="1"):
        for number in range(2):
            info = WaitForFileAgain.start(path=str(tmp_path / str(number)))
            kill_child_of(info)
            (tmp_path / str(number)).touch()
            assert ended(info).status == Status.SUCCEEDED
        infos = [SumNumbers.start(numbers=[number]) for number in range(10)]
        assert [ended(info).outputs["sum"] for info in infos] == [*range(10)]


def openers(worker: CeleryWorker) -> set[tuple[int, str]]:
    """The processes and threads that opened a connection to the database."""
    found = re.findall(r"Process (\d+) opens a connection in thread '(.*)'", worker.log())
    return {(int(pid), thread) for pid, thread in found}


def test_sweeper_runs_in_each_child_and_not_in_their_parent(worker: CeleryWorker) -> None:
    children = {child.pid for child in psutil.Process(worker.pid).children()}
    assert len(children) == 2
    wait_for(lambda: {(pid, "task_api sweeper") for pid in children} <= openers(worker))
    assert (worker.pid, "task_api sweeper") not in openers(worker)


def test_idle_worker_keeps_no_connection(worker: CeleryWorker) -> None:
    """The parent has had one, to end what the killed children ran; sweepers open theirs for a moment."""
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL knows who is connected.")
    wait_for(lambda: open_connections() == 1, "this process's connection to be the only one")


def test_connection_is_kept_for_the_next_task_and_replaced_when_it_is_dead(
    start_worker: Callable[..., CeleryWorker],
) -> None:
    def opened() -> int:
        return worker.log().count("opens a connection in thread 'MainThread'")

    def run() -> TaskInfo:
        return ended(SumNumbers.using(queue="solo").start(numbers=[1]))

    with start_worker("solo", TESTS_CONNECTION_IDLE="600", TESTS_SWEEP="600") as worker:
        run()
        before = opened()
        for _ in range(3):
            run()
        assert opened() == before
        if connection.vendor == "postgresql":
            end_other_connections()
            info = run()
            assert (info.status, info.attempt, opened()) == ("succeeded", 1, before + 1)


def end_other_connections() -> None:
    """End them as a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall()


def check_pool(worker: CeleryWorker) -> None:
    tasks = {SumNumbers: {"numbers": [1]}, Later: {"text": "hi"}, MakeGroup: {"group": "g"}, Count: {}}
    infos = [ended(task.using(queue=worker.pool).start(inputs)) for task, inputs in tasks.items()]
    assert {(info.status, info.worker) for info in infos} == {("succeeded", worker.hostname)}
    wait_for(lambda: (worker.pid, "task_api sweeper") in openers(worker))


def test_pool_of_threads_runs_and_sweeps_in_its_process(start_worker: Callable[..., CeleryWorker]) -> None:
    with start_worker("threads") as worker:
        check_pool(worker)


def test_worker_that_was_killed_is_noticed_by_the_lease(
    start_worker: Callable[..., CeleryWorker], tmp_path: Path
) -> None:
    with start_worker("solo", TESTS_LEASE="2") as worker:
        check_pool(worker)
        info = WaitForFileAgain.using(queue="solo").start(path=str(tmp_path / "later"))
        wait_for(lambda: row(info.uuid).message_count)
        worker.kill()
        (tmp_path / "later").touch()
        worker.start()
        info = ended(info)
    assert (info.status, info.attempt, info.message_count) == ("succeeded", 2, 2)
