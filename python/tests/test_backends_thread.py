import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from task_api import outbox, transitions
from task_api.backends import thread as backend
from task_api.backends.thread import ThreadPool
from task_api.exceptions import TaskFailed
from task_api.models import TaskInfo
from task_api.params import BooleanParameter, IntParameter, StringParameter
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from tests.myapp.background import Count, Crash, Later, MakeGroup, Refuse, SumNumbers
from tests.processes import run_script, script_running
from tests.waiting import ended, open_connections, row, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

THREAD_BACKEND = "task_api.backends.thread.ThreadBackend"


class Meet(Task):
    """Tell that the run has begun, and wait to be let go."""

    name = "meet"
    inputs = {"number": IntParameter()}
    begun = threading.Semaphore(0)
    let_go = threading.Event()
    lock = threading.Lock()
    now = 0
    most = 0

    def run(self, number: int) -> None:
        with Meet.lock:
            Meet.now += 1
            Meet.most = max(Meet.most, Meet.now)
        Meet.begun.release()
        assert Meet.let_go.wait(60)
        with Meet.lock:
            Meet.now -= 1


class Exit(Task):
    name = "exit"

    def run(self) -> None:
        raise SystemExit(3)


class LeaveTransaction(Task):
    """Write in a transaction that is never ended."""

    name = "leave-transaction"
    inputs = {"way": StringParameter(), "fails": BooleanParameter(default=False)}

    def run(self, way: str, fails: bool) -> None:
        if way == "atomic":
            transaction.atomic().__enter__()
        else:
            transaction.set_autocommit(False)
        Group.objects.create(name="uncommitted")
        if fails:
            raise TaskFailed("Its own error.")


class LeaveInner(LeaveTransaction):
    name = "leave-inner"
    atomic = True


class Fork(Task):
    """Fork a child that comes back from `run()`, and return what it ended with."""

    name = "fork"
    inputs = {"way": StringParameter()}
    outputs = {"code": IntParameter()}

    def run(self, way: str) -> int:
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        # A child that goes on instead is ended, and its parent sees that it was.
        signal.alarm(10)
        if way == "returns":
            return -100
        raise SystemExit(3) if way == "exits" else ValueError


@pytest.fixture(autouse=True)
def pool(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPool]:
    """A pool of the test's own, so that its bound is the test's too."""
    settings.TASK_API_BACKEND = THREAD_BACKEND
    settings.TASK_API_THREADS = 2
    settings.TASK_API_PULSE = 0.01
    monkeypatch.setattr(backend, "pool", ThreadPool())
    with registered(Meet, Exit, LeaveTransaction, LeaveInner, Fork):
        yield backend.pool


@pytest.fixture
def meet() -> Iterator[type[Meet]]:
    Meet.begun, Meet.let_go, Meet.now, Meet.most = threading.Semaphore(0), threading.Event(), 0, 0
    yield Meet
    Meet.let_go.set()


@pytest.mark.parametrize(
    ("task", "inputs", "status", "outputs"),
    [
        (SumNumbers, {"numbers": [1, 2.5]}, "succeeded", {"sum": 3.5}),
        (Count, {"to": 5}, "succeeded", {}),
        (Later, {"text": "hi"}, "succeeded", {"text": "HI"}),
        (MakeGroup, {"group": "g"}, "succeeded", {}),
        (Refuse, {}, "failed", {}),
        (Crash, {}, "failed", {}),
    ],
)
def test_task_runs(task: type[Task], inputs: dict[str, Any], status: str, outputs: dict[str, Any]) -> None:
    info = ended(task.start(inputs))
    assert (info.status, info.outputs, info.attempt) == (status, outputs, 1)


def test_no_more_tasks_run_at_a_time_than_there_are_threads(meet: type[Meet], pool: ThreadPool) -> None:
    infos = [meet.start(number=number) for number in range(7)]
    for _ in range(2):
        assert meet.begun.acquire(timeout=60)
    assert not meet.begun.acquire(blocking=False)
    assert TaskInfo.objects.filter(status=Status.RUNNING).count() == 2
    meet.let_go.set()
    assert [ended(info).status for info in infos] == ["succeeded"] * 7
    assert meet.most == 2
    assert len(pool._threads) == 2


def test_idle_thread_takes_the_next_task(pool: ThreadPool) -> None:
    for number in range(5):
        ended(SumNumbers.start(numbers=[number]))
        wait_for(lambda: pool._idle == 1)
    assert len(pool._threads) == 1


def test_task_that_is_sent_again_while_it_waits_runs_once(meet: type[Meet], pool: ThreadPool) -> None:
    infos = [meet.start(number=number) for number in range(3)]
    for _ in range(2):
        assert meet.begun.acquire(timeout=60)
    for _ in range(5):
        pool.put(infos[2].uuid)
    assert pool._queue.qsize() == 1
    meet.let_go.set()
    assert [ended(info).attempt for info in infos] == [1, 1, 1]


def test_task_in_a_transaction_waits_for_its_commit() -> None:
    with transaction.atomic():
        info = SumNumbers.start(numbers=[1])
        assert backend.pool._threads == []
    assert ended(info).status == Status.SUCCEEDED


def test_task_of_a_transaction_that_is_rolled_back_never_runs(meet: type[Meet]) -> None:
    with transaction.atomic():
        meet.start(number=1)
        transaction.set_rollback(True)
    assert backend.pool._threads == []
    assert not TaskInfo.objects.exists()


def test_exit_of_a_task_does_not_end_its_thread(pool: ThreadPool, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        info = ended(Exit.start())
        assert (info.status, info.error_code) == ("failed", "lost")
    assert len(pool._threads) <= 2
    assert all(thread.is_alive() for thread in pool._threads)
    assert ended(SumNumbers.start(numbers=[1])).status == Status.SUCCEEDED
    assert "A task thread met an error that no task caught" in caplog.text


@pytest.mark.parametrize(
    ("task", "way"),
    [(LeaveTransaction, "atomic"), (LeaveTransaction, "autocommit"), (LeaveInner, "atomic")],
)
def test_transaction_that_a_run_leaves_open_is_rolled_back(task: type[Task], way: str, settings: Any) -> None:
    settings.TASK_API_THREADS = 1
    info = ended(task.start(way=way))
    assert (info.status, info.error_code) == ("failed", "error")
    assert "run() left a transaction open, which was rolled back; databases: default." in info.traceback
    assert not Group.objects.exists()
    for name in ("a", "b"):
        assert ended(MakeGroup.start(group=name)).status == Status.SUCCEEDED
    assert Group.objects.count() == 2


@pytest.mark.parametrize("way", ["atomic", "autocommit"])
def test_run_that_fails_in_a_transaction_that_it_opened_keeps_its_error(way: str, settings: Any) -> None:
    settings.TASK_API_THREADS = 1
    assert ended(LeaveTransaction.start(way=way, fails=True)).error_message == "Its own error."
    assert ended(MakeGroup.start(group="a")).status == Status.SUCCEEDED
    assert [group.name for group in Group.objects.all()] == ["a"]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(("way", "code"), [("returns", 0), ("exits", 3), ("raises", 1)])
def test_child_that_a_run_forks_is_no_worker(way: str, code: int) -> None:
    info = ended(Fork.start(way=way))
    assert (info.status, info.outputs) == ("succeeded", {"code": code})
    assert ended(SumNumbers.start(numbers=[1])).status == Status.SUCCEEDED


def test_thread_that_cannot_be_started_leaves_the_task_to_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        info = SumNumbers.start(numbers=[1])
    assert row(info.uuid).dispatched_at is None
    assert outbox.dispatch(info.uuid)
    backend.pool.put(info.uuid)
    assert ended(info).status == Status.SUCCEEDED


def test_idle_threads_keep_no_connection(meet: type[Meet]) -> None:
    wait_for(lambda: open_connections() == 1, "this thread's connection to be the only one")
    infos = [meet.start(number=number) for number in range(4)]
    assert meet.begun.acquire(timeout=60)
    meet.let_go.set()
    for info in infos:
        ended(info)
    wait_for(lambda: open_connections() == 1)


def test_task_is_cancelled_while_it_waits(meet: type[Meet]) -> None:
    infos = [meet.start(number=number) for number in range(3)]
    assert transitions.cancel(infos[2].uuid) is not None
    meet.let_go.set()
    assert [ended(info).status for info in infos] == ["succeeded", "succeeded", "cancelled"]


def test_pool_works_in_a_forked_child() -> None:
    run_script("fork_with_a_pool", TESTS_BACKEND=THREAD_BACKEND)


def test_process_ends_with_tasks_that_the_next_one_takes_up() -> None:
    """What runs or waits holds up no exit; the next process runs what waited and rescues what ran."""
    variables = {"TESTS_BACKEND": THREAD_BACKEND, "TESTS_LEASE": "2"}
    run_script("leave_with_tasks", TESTS_THREADS="2", **variables)
    infos = list(TaskInfo.objects.order_by("id"))
    assert [info.status for info in infos] == ["running"] * 2 + ["pending"] * 20
    with script_running("serve", **variables):
        infos = [ended(info) for info in infos]
    assert [(info.status, info.error_code) for info in infos[:2]] == [("failed", "lost")] * 2
    assert {(info.status, info.attempt) for info in infos[2:]} == {("succeeded", 1)}
