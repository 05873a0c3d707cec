"""The pulse as it is: real threads, with connections of their own, on rows that are committed."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from task_api import database, execution, progress, transitions
from task_api.backends.base import execute_task
from task_api.events.base import Event
from task_api.events.memory import MemoryEventBus
from task_api.models import TaskInfo, TaskMessage
from task_api.progress import Run, pulse
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from tests.processes import run_script
from tests.waiting import close_connections, open_connections, row, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_pulse(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TASK_API_PULSE = 0.01
    monkeypatch.setattr(progress, "CANCEL_LOOK", 0.01)
    monkeypatch.setattr(progress, "FAILURE_WAIT", 0.05)


def execute(run: Callable[[Any], Any], *, atomic: bool = False, **columns: Any) -> TaskInfo | None:
    """Claim a task and run it in this thread, as a worker does."""
    task = type("Running", (Task,), {"name": "running", "run": run, "atomic": atomic})
    info = transitions.create(task="running", **columns)
    claimed = transitions.claim(info.uuid, tasks=["running"])
    assert claimed is not None
    return execution.execute(task(), *claimed)


def stored(task: Task) -> TaskInfo:
    assert task.info is not None
    return row(task.info.uuid)


@contextmanager
def in_thread(work: Callable[[], None]) -> Iterator[threading.Thread]:
    def run() -> None:
        try:
            work()
        finally:
            close_connections()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()


def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that waits until the pulse has looked at its runs twice more."""
    semaphore = threading.Semaphore(0)
    beat = progress.Pulse._beat

    def counted(self: progress.Pulse, runs: list[Run]) -> bool:
        went_well = beat(self, runs)
        semaphore.release()
        return went_well

    monkeypatch.setattr(progress.Pulse, "_beat", counted)

    def wait() -> None:
        while semaphore.acquire(blocking=False):
            pass
        for _ in range(2):
            assert semaphore.acquire(timeout=60)

    return wait


# What a run tells


def test_progress_calls_cost_the_run_no_statement(django_assert_num_queries: Any) -> None:
    def run(task: Task) -> None:
        with django_assert_num_queries(0):
            task.set_target(100)
            for number in range(100):
                task.inc_progress()
                task.add_message(number)
            assert not task.cancelled
            task.raise_if_cancelled()

    info = execute(run)
    assert info is not None
    assert (info.progress, info.target, info.message_count) == (100, 100, 100)


def test_tight_loop_leads_to_few_writes() -> None:
    def run(task: Task) -> None:
        for _ in range(100_000):
            task.inc_progress()

    info = execute(run)
    assert info is not None
    assert info.progress == 100_000
    assert info.version < 500


def test_short_run_costs_one_claim_and_one_end() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = execute(lambda task: task.set_progress(1))
    assert info is not None
    assert info.version == 3
    assert len(queries) == (11 if connection.vendor == "mysql" else 3)


@pytest.fixture
def published(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The statuses and versions that watchers were told."""
    told: list[tuple[str, int]] = []

    def publish(self: MemoryEventBus, event: Event) -> None:
        told.append((json.loads(event.data or "{}")["status"], event.version))

    settings.TASK_API_EVENT_BUS = "memory"
    monkeypatch.setattr(MemoryEventBus, "publish", publish)
    return told


def execute_registered(run: Callable[[Any], Any]) -> None:
    task = type("Running", (Task,), {"name": "running", "run": run})
    with registered(task):
        execute_task(transitions.create(task="running").uuid)


def test_short_run_is_told_once(published: list[tuple[str, int]], settings: Any) -> None:
    settings.TASK_API_PULSE = 600
    execute_registered(lambda task: None)
    assert published == [("succeeded", 3)]


def test_silent_run_is_announced_by_the_pulse(published: list[tuple[str, int]]) -> None:
    execute_registered(lambda task: wait_for(lambda: published))
    assert published == [("running", 2), ("succeeded", 3)]


def test_last_value_before_a_silence_is_shown() -> None:
    def run(task: Task) -> None:
        task.set_target(10)
        task.set_progress(7)
        wait_for(lambda: (stored(task).progress, stored(task).target) == (7, 10))
        task.add_message("silent from here")
        wait_for(lambda: stored(task).message_count == 1)

    info = execute(run)
    assert info is not None
    assert info.status == Status.SUCCEEDED


def test_silent_run_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_looks = looks(monkeypatch)

    def run(task: Task) -> None:
        task.set_progress(1)
        wait_for(lambda: stored(task).progress == 1)
        version = stored(task).version
        wait_for_looks()
        assert stored(task).version == version

    assert execute(run) is not None


def test_messages_of_many_threads_are_all_there_in_order(settings: Any) -> None:
    settings.TASK_API_PULSE = 0.001

    def run(task: Task) -> None:
        def tell(name: int) -> None:
            for number in range(300):
                task.add_message([name, number])

        threads = [threading.Thread(target=tell, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    info = execute(run)
    assert info is not None
    assert info.message_count == 1_800
    rows = list(TaskMessage.objects.values_list("seq", "message"))
    assert [seq for seq, _ in rows] == list(range(1, 1_801))
    for name in range(6):
        assert [number for _, (thread, number) in rows if thread == name] == list(range(300))


def test_message_appended_while_a_report_is_on_its_way_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    beat = transitions.beat

    def slow_beat(claim: Any, report: Any) -> Any:
        if report.messages == ("first",):
            assert told.wait(60)
        return beat(claim, report)

    monkeypatch.setattr(transitions, "beat", slow_beat)

    def run(task: Task) -> None:
        task.add_message("first")
        wait_for(lambda: not pulse_is_idle())
        task.add_message("second")
        told.set()

    def pulse_is_idle() -> bool:
        ((_, watched),) = pulse._runs.items()
        if free := watched.writing.acquire(blocking=False):
            watched.writing.release()
        return free

    execute(run)
    assert list(TaskMessage.objects.values_list("seq", "message")) == [(1, "first"), (2, "second")]


def test_flood_of_messages_is_written_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MESSAGES_AT_ONCE", 3)
    counts: list[int] = []

    def run(task: Task) -> None:
        for number in range(10):
            task.add_message(number)
        wait_for(lambda: counts.append(stored(task).message_count) or counts[-1] == 10)

    execute(run)
    assert set(counts) <= {0, 3, 6, 9, 10}
    assert list(TaskMessage.objects.values_list("message", flat=True)) == list(range(10))


def test_pulse_leaves_a_run_alone_that_ended_since_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, go_on, looked = threading.Event(), threading.Event(), threading.Event()
    beaten: list[Any] = []
    beat = progress.Pulse._beat

    def see(self: Run) -> bool:
        seen.set()
        return go_on.wait(60)

    def look(self: progress.Pulse, runs: list[Run]) -> bool:
        went_well = beat(self, runs)
        if runs:
            looked.set()
        return went_well

    def run(task: Task) -> None:
        task.set_progress(1)
        assert seen.wait(60)

    monkeypatch.setattr(Run, "can_beat", see)
    monkeypatch.setattr(Run, "beat", lambda self: beaten.append(self))
    monkeypatch.setattr(progress.Pulse, "_beat", look)
    try:
        info = execute(run)
    finally:
        go_on.set()
    assert looked.wait(60)
    assert info is not None
    assert (info.progress, beaten) == (1, [])


def test_message_may_be_null() -> None:
    execute(lambda task: task.add_message(None))
    assert TaskMessage.objects.get().message is None


def test_messages_of_a_later_attempt_count_on() -> None:
    def run(task: Task) -> None:
        assert task.info is not None
        task.add_message(f"attempt {task.info.attempt}")
        if task.info.attempt == 1:
            raise ConnectionError

    first = execute(run, max_attempts=2)
    assert first is not None
    TaskInfo.objects.update(run_after=None)
    claimed = transitions.claim(first.uuid, tasks=["running"])
    assert claimed is not None
    execution.execute(type("Running", (Task,), {"name": "running", "run": run})(), *claimed)
    assert list(TaskMessage.objects.values_list("seq", "message")) == [(1, "attempt 1"), (2, "attempt 2")]


# Transactions of the run


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer")
@pytest.mark.parametrize("atomic", [False, True])
def test_progress_shows_while_the_run_is_in_a_transaction(atomic: bool) -> None:
    def run(task: Task) -> None:
        with transaction.atomic():
            Group.objects.create(name="g")
            task.set_progress(5)
            task.add_message("hi")
            wait_for(lambda: (stored(task).progress, stored(task).message_count) == (5, 1))

    info = execute(run, atomic=atomic)
    assert info is not None
    assert info.status == Status.SUCCEEDED


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Only SQLite has one writer")
def test_pulse_leaves_the_only_write_lock_to_the_transaction_of_a_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wait_for_looks = looks(monkeypatch)

    def run(task: Task) -> None:
        with transaction.atomic():
            Group.objects.create(name="g")
            task.set_progress(5)
            task.add_message("hi")
            wait_for_looks()
            assert stored(task).progress is None
        wait_for(lambda: stored(task).progress == 5)
        with transaction.atomic():
            task.set_progress(6)

    info = execute(run)
    assert info is not None
    assert (info.progress, info.message_count) == (6, 1)
    assert "could not reach" not in caplog.text


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Only SQLite has one writer")
def test_transaction_that_begins_before_the_pulse_writes_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's end waits for the pulse, and the pulse for the run's transaction: the pulse gives up."""
    asked, begun = threading.Event(), threading.Event()
    beat = progress.Run.beat

    def late_beat(self: Run) -> None:
        asked.set()
        assert begun.wait(60)
        beat(self)

    monkeypatch.setattr(progress.Run, "can_beat", lambda self: True)
    monkeypatch.setattr(progress.Run, "beat", late_beat)

    def run(task: Task) -> None:
        Group.objects.create(name="g")
        task.set_progress(5)
        assert asked.wait(60)
        begun.set()

    # Whoever waits as long as the settings say waits in vain.
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 1_000)
    ends: list[TaskInfo | None] = []
    thread = threading.Thread(target=lambda: ends.append(execute(run, atomic=True)) or close_connections(), daemon=True)
    thread.start()
    thread.join(60)
    assert [(info.status, info.progress) for info in ends if info] == [("succeeded", 5)]


def test_failed_commit_of_an_atomic_run_loses_no_message() -> None:
    def run(task: Task) -> None:
        task.add_message("told")
        transaction.on_commit(lambda: None)
        transaction.set_rollback(True)

    info = execute(run, atomic=True)
    assert info is not None
    assert (info.status, info.message_count) == ("failed", 1)
    assert TaskMessage.objects.get().message == "told"


# Leases and cancels


def test_lease_of_a_silent_run_is_renewed(settings: Any) -> None:
    settings.TASK_API_LEASE = 0.3

    def run(task: Task) -> None:
        lease = stored(task).lease_expires
        assert lease is not None
        for _ in range(2):
            lease = wait_for(lambda: max(stored(task).lease_expires, lease) != lease and stored(task).lease_expires)  # noqa: B023

    info = execute(run)
    assert info is not None
    assert info.status == Status.SUCCEEDED


@pytest.fixture
def long_lease(settings: Any) -> None:
    """No renewal of the lease tells of a cancel."""
    settings.TASK_API_LEASE = 3_600


def test_silent_run_learns_that_it_should_stop(long_lease: None) -> None:
    def run(task: Task) -> None:
        assert task.info is not None
        transitions.cancel(task.info.uuid)
        wait_for(lambda: task.cancelled)
        task.raise_if_cancelled()

    info = execute(run)
    assert info is not None
    assert info.status == Status.CANCELLED


def test_async_run_that_waits_is_cancelled(long_lease: None) -> None:
    cleaned: list[bool] = []

    async def run(task: Task) -> None:
        assert task.info is not None
        try:
            # The pulse may learn of it before this returns.
            await sync_to_async(transitions.cancel)(task.info.uuid)
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    info = execute(run)
    assert info is not None
    assert (info.status, cleaned) == ("cancelled", [True])


def test_async_run_is_cancelled_by_its_progress(long_lease: None) -> None:
    async def run(task: Task) -> None:
        assert task.info is not None
        await sync_to_async(transitions.cancel)(task.info.uuid)
        while not task.cancelled:
            pass
        task.inc_progress()

    info = execute(run)
    assert info is not None
    assert info.status == Status.CANCELLED


def test_run_that_lost_its_claim_learns_it_and_writes_no_message() -> None:
    def run(task: Task) -> None:
        TaskInfo.objects.update(claim_token=uuid4())
        task.add_message("late")
        wait_for(lambda: task.cancelled)
        task.add_message("later")

    assert execute(run) is None
    assert not TaskMessage.objects.exists()
    assert TaskInfo.objects.get().status == Status.RUNNING


# A database that is locked or away


def test_locked_row_delays_what_the_run_tells_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(database.LOCK_TIMEOUT_SQL, "postgresql", "SET LOCAL lock_timeout = '20ms'")
    monkeypatch.setitem(database.LOCK_TIMEOUT_SQL, "sqlite", "PRAGMA busy_timeout = 20")
    locked, release = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            TaskInfo.objects.select_for_update().get()
            locked.set()
            assert release.wait(60)

    def run(task: Task) -> None:
        with in_thread(lock):
            assert locked.wait(60)
            task.set_progress(1)
            task.add_message("first")
            wait_for(lambda: "The pulse could not reach the database" in caplog.text)
            task.add_message("second")
            release.set()
        wait_for(lambda: stored(task).message_count == 2)

    info = execute(run)
    assert info is not None
    assert (info.status, info.progress) == ("succeeded", 1)
    assert list(TaskMessage.objects.values_list("seq", "message")) == [(1, "first"), (2, "second")]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Ends a connection at PostgreSQL's side")
def test_connection_that_breaks_is_replaced() -> None:
    def end_the_pulse() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchall() == [(True,)]

    def run(task: Task) -> None:
        for number in (1, 2, 3):
            task.set_progress(number)
            task.add_message(number)
            wait_for(lambda: stored(task).progress == number)  # noqa: B023
            end_the_pulse()

    info = execute(run)
    assert info is not None
    assert (info.status, info.progress) == ("succeeded", 3)
    assert list(TaskMessage.objects.values_list("seq", "message")) == [(1, 1), (2, 2), (3, 3)]


def test_commit_whose_answer_was_lost_doubles_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    beat = transitions.beat
    failures: list[bool] = []

    def commit_and_break(claim: Any, report: Any, **options: Any) -> Any:
        info = beat(claim, report, **options)
        if report.messages and not failures:
            failures.append(True)
            transaction.on_commit(lambda: fail())
        return info

    def fail() -> None:
        raise OperationalError("The connection broke after the commit.")

    monkeypatch.setattr(transitions, "beat", commit_and_break)

    def run(task: Task) -> None:
        task.add_message("first")
        wait_for(lambda: failures)
        task.add_message("second")
        wait_for(lambda: stored(task).message_count == 2)

    execute(run)
    assert list(TaskMessage.objects.values_list("seq", "message")) == [(1, "first"), (2, "second")]


def test_first_news_after_a_silence_wake_the_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    hurries: list[int] = []
    monkeypatch.setattr(progress.Pulse, "hurry", lambda self: hurries.append(1))

    def run(task: Task) -> None:
        assert task._run is not None
        task.set_progress(1)
        assert not hurries
        wait_for(lambda: task._run is not None and task._run.quiet)
        task.set_progress(2)
        task.set_progress(3)
        assert len(hurries) == 1
        wait_for(lambda: task._run is not None and task._run.quiet)
        task.add_message("Still here.")
        assert len(hurries) == 2

    execute(run)
    assert len(hurries) == 2


# The pulse's connection


def test_no_connection_stays_when_nothing_runs() -> None:
    wait_for(lambda: open_connections() == 1, "this thread's connection to be the only one")

    def run(task: Task) -> None:
        task.set_progress(1)
        wait_for(lambda: stored(task).progress == 1)
        assert open_connections() == 2

    execute(run)
    wait_for(lambda: open_connections() == 1)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The threads that opened a connection, by name."""
    names: list[str] = []

    def note(**kwargs: Any) -> None:
        names.append(threading.current_thread().name)

    connection_created.connect(note)
    yield names
    connection_created.disconnect(note)


def test_run_that_ends_before_the_first_look_costs_no_connection(
    monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    begun, go_on, looked = threading.Event(), threading.Event(), threading.Event()
    beat = progress.Pulse._beat

    def rest(self: progress.Pulse, seconds: float) -> None:
        begun.set()
        assert go_on.wait(60)

    def look(self: progress.Pulse, runs: list[Run]) -> bool:
        went_well = beat(self, runs)
        looked.set()
        return went_well

    def run(task: Task) -> None:
        task.set_progress(1)
        assert begun.wait(60)

    monkeypatch.setattr(progress.Pulse, "_rest", rest)
    monkeypatch.setattr(progress.Pulse, "_beat", look)
    execute(run)
    go_on.set()
    assert looked.wait(60)
    assert "task_api pulse" not in opened


def test_one_connection_serves_all_beats(opened: list[str]) -> None:
    def run(task: Task) -> None:
        for number in range(5):
            task.set_progress(number)
            wait_for(lambda: stored(task).progress == number)  # noqa: B023

    execute(run)
    assert opened.count("task_api pulse") == 1


def test_pulse_beats_in_a_forked_child() -> None:
    """A child inherits the pulse's object, without its thread, and a lock that its thread may have held."""
    run_script("fork_with_a_pulse")
    assert set(TaskInfo.objects.values_list("status", "progress")) == {("succeeded", 1)}
    assert TaskInfo.objects.count() == 3
