import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connection

from task_api import maintenance, outbox, transitions
from task_api.database import from_now
from task_api.maintenance import Sweeper, expire, prune, relay, rescue, rescue_now
from task_api.models import TaskInfo, TaskMessage
from task_api.progress import Run, pulse
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from tests.backends import BrokenBackend, RecordingBackend
from tests.waiting import close_connections, row, wait_for

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def ago(seconds: float) -> Any:
    return from_now(-timedelta(seconds=seconds))


def create(**columns: Any) -> TaskInfo:
    """Store a task and then set its columns, times as expressions of the database's clock among them."""
    info = transitions.create(task=columns.pop("task", "sum"), inputs={"numbers": [1]})
    TaskInfo.objects.filter(pk=info.pk).update(**columns)
    info.refresh_from_db()
    return info


def running(**columns: Any) -> TaskInfo:
    info = create(max_attempts=columns.pop("max_attempts", 1), task=columns.pop("task", "sum"))
    assert transitions.claim(info.uuid, tasks=[info.task]) is not None
    TaskInfo.objects.filter(pk=info.pk).update(**columns)
    return row(info.uuid)


def uuids(recorded: list[tuple[str, str]]) -> list[UUID]:
    return [UUID(uuid) for uuid, _ in recorded]


# Relay


def test_task_that_was_never_sent_is_sent_once(recorded: list[tuple[str, str]]) -> None:
    info = create(dispatched_at=None)
    assert (relay(), relay()) == (1, 0)
    assert recorded == [(str(info.uuid), "tests.myapp.background.SumNumbers")]
    assert row(info.uuid).dispatched_at is not None


def test_task_is_sent_when_it_is_due(recorded: list[tuple[str, str]]) -> None:
    create(dispatched_at=None, run_after=from_now(HOUR))
    due = create(dispatched_at=None, run_after=ago(1))
    assert relay() == 1
    assert uuids(recorded) == [due.uuid]


@pytest.mark.parametrize(
    ("created", "dispatched", "sent"),
    [(59, 59, 0), (61, 61, 1), (300, 100, 0), (300, 160, 1), (86_400, 3_500, 0), (86_400, 3_700, 1)],
)
def test_task_under_way_is_sent_again_after_a_wait_that_doubles_up_to_an_hour(
    recorded: list[tuple[str, str]], created: float, dispatched: float, sent: int
) -> None:
    info = create(created=ago(created), dispatched_at=ago(dispatched))
    assert (relay(), relay()) == (sent, 0)
    assert uuids(recorded) == [info.uuid] * sent


def test_wait_of_a_delayed_task_counts_from_when_it_was_due(recorded: list[tuple[str, str]]) -> None:
    create(created=ago(86_400), run_after=ago(100), dispatched_at=ago(70))
    assert relay() == 1


def test_long_queue_does_not_hide_what_was_never_sent(
    recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "BATCH_SIZE", 2)
    for _ in range(3):
        create(created=ago(300), dispatched_at=ago(100))
        create(created=ago(300), dispatched_at=ago(200))
    info = create(dispatched_at=None)
    relay()
    assert info.uuid in uuids(recorded)


def test_task_sent_when_it_was_created_is_sent_again(
    recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "RELAY_WAIT", timedelta(0))
    transitions.create(task="sum")
    wait_for(lambda: relay() == 1)
    wait_for(lambda: relay() == 1)


def test_wait_of_a_task_started_again_counts_from_then(
    recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    info = create(status=Status.FAILED, created=ago(86_400))
    assert transitions.retry(info.uuid, attempts=1) is not None
    assert relay() == 0
    monkeypatch.setattr(outbox, "RELAY_WAIT", timedelta(0))
    wait_for(lambda: relay() == 1)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED])
def test_task_that_does_not_wait_is_not_sent(recorded: list[tuple[str, str]], status: Status) -> None:
    create(status=status, dispatched_at=None)
    assert relay() == 0


def test_unknown_task_is_left_to_workers_that_know_it(recorded: list[tuple[str, str]]) -> None:
    info = create(task="of-a-newer-release", dispatched_at=None)
    assert relay() == 0
    assert row(info.uuid).dispatched_at is None


def test_broker_that_is_away_costs_nothing_but_the_try(settings: Any, recorded: list[tuple[str, str]]) -> None:
    infos = [create(dispatched_at=None) for _ in range(2)]
    settings.TASK_API_BACKEND = BrokenBackend
    assert relay() == 0
    assert [row(info.uuid).dispatched_at for info in infos] == [None, None]
    settings.TASK_API_BACKEND = "tests.backends.RecordingBackend"
    assert relay() == 2


def test_broker_that_is_away_is_not_tried_for_every_task(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A silent one takes a second each time, and each refusal is a traceback in the log."""
    settings.TASK_API_BACKEND = BrokenBackend
    for _ in range(20):
        create(dispatched_at=None)
    assert relay() == 0
    assert caplog.text.count("could not be sent") == 3
    assert not TaskInfo.objects.filter(dispatched_at__isnull=False).exists()


class RefusesQueue(RecordingBackend):
    """Stands for a broker that has no such queue."""

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        if info.queue:
            raise LookupError(f"There is no queue {info.queue!r}.")
        super().run_task(info, class_str)


def test_tasks_that_are_always_refused_hold_up_no_other(settings: Any, recorded: list[tuple[str, str]]) -> None:
    settings.TASK_API_BACKEND = RefusesQueue
    for _ in range(10):
        create(dispatched_at=None, queue="missing")
    info = create(dispatched_at=None)
    wait_for(lambda: relay() == 1)
    assert uuids(recorded) == [info.uuid]


def test_statements_of_a_relay_with_nothing_to_do(django_assert_num_queries: Any) -> None:
    create()
    with django_assert_num_queries(1):
        relay()


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_send_a_task_once(recorded: list[tuple[str, str]]) -> None:
    infos = [create(dispatched_at=None) for _ in range(10)] + [
        create(created=ago(100), dispatched_at=ago(90)) for _ in range(10)
    ]
    barrier = threading.Barrier(4)
    sent: list[int] = []

    def sweep() -> None:
        barrier.wait()
        try:
            sent.append(relay())
        finally:
            close_connections()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 20
    assert sorted(uuids(recorded)) == sorted(info.uuid for info in infos)


# Rescue


def test_lost_run_ends() -> None:
    info = running(lease_expires=ago(1), worker="gone")
    assert (rescue(), rescue()) == (1, 0)
    info = row(info.uuid)
    assert (info.status, info.error_code, info.error_message) == (
        "failed",
        "lost",
        "The worker that ran the task was lost.",
    )


def test_run_with_a_lease_is_left_alone() -> None:
    running()
    assert rescue() == 0


def test_lost_run_with_an_attempt_left_waits_for_the_relay(recorded: list[tuple[str, str]]) -> None:
    info = running(lease_expires=ago(1), max_attempts=2)
    assert rescue() == 1
    info = row(info.uuid)
    assert (info.status, info.dispatched_at) == ("pending", None)
    assert info.run_after is not None
    TaskInfo.objects.update(run_after=ago(0))
    assert relay() == 1


def test_lost_run_that_should_stop_is_cancelled() -> None:
    info = running(lease_expires=ago(1), max_attempts=2)
    transitions.cancel(info.uuid)
    rescue()
    assert row(info.uuid).status == Status.CANCELLED


def test_lost_run_of_an_unknown_task_ends_as_well() -> None:
    info = running(task="of-an-older-release", lease_expires=ago(1))
    assert rescue() == 1
    assert row(info.uuid).error_code == "lost"


def test_run_that_is_alive_in_this_process_is_not_lost() -> None:
    """On SQLite a long transaction of the run keeps its lease from being renewed."""
    info = create()
    claimed = transitions.claim(info.uuid, tasks=["sum"])
    assert claimed is not None
    run = Run(claimed[1], claimed[0])
    run.needs_beat = lambda: False  # type: ignore[method-assign]
    pulse.add(run)
    try:
        TaskInfo.objects.update(lease_expires=ago(1))
        assert rescue() == 0
    finally:
        pulse.discard(run)
    assert rescue() == 1


def test_run_of_a_process_that_died_ends_before_its_lease() -> None:
    info = running(message_id="m1")
    other = running(message_id="m2")
    assert (rescue_now("m1"), rescue_now("m1")) == (1, 0)
    assert (row(info.uuid).error_code, row(other.uuid).status) == ("lost", "running")


# Expire


def test_task_that_did_not_start_in_time_fails() -> None:
    late = create(expires_at=ago(1))
    infos = [create(expires_at=from_now(HOUR)), create(), create(expires_at=ago(1), attempt=1), running()]
    assert (expire(), expire()) == (1, 0)
    assert row(late.uuid).error_code == "expired"
    assert [row(info.uuid).status for info in infos] == ["pending", "pending", "pending", "running"]


# Prune


class Kept(Task):
    name = "kept"
    retention = HOUR


class Fleeting(Task):
    name = "fleeting"
    retention = 10


@pytest.fixture
def tasks() -> Iterator[None]:
    with registered(Kept, Fleeting):
        yield


@pytest.mark.parametrize(
    ("task", "setting", "age", "deleted"),
    [
        ("sum", None, 1_000_000, 0),
        ("sum", 100, 90, 0),
        ("sum", 100, 110, 1),
        ("kept", 100, 110, 0),
        ("kept", 100, 3_700, 1),
        ("kept", None, 3_500, 0),
        ("kept", None, 3_700, 1),
        ("fleeting", 100, 11, 1),
        ("fleeting", None, 9, 0),
        ("of-an-older-release", 100, 90, 0),
        ("of-an-older-release", 100, 110, 1),
        ("of-an-older-release", None, 110, 0),
    ],
)
def test_retention(tasks: None, settings: Any, task: str, setting: float | None, age: float, deleted: int) -> None:
    settings.TASK_API_RETENTION = setting
    create(task=task, status=Status.SUCCEEDED, created=ago(age + 5), finished=ago(age))
    assert (prune(), TaskInfo.objects.count()) == (deleted, 1 - deleted)


def test_retention_counts_from_the_end(settings: Any) -> None:
    settings.TASK_API_RETENTION = 100
    create(status=Status.FAILED, created=ago(1_000), finished=ago(50))
    assert prune() == 0


@pytest.mark.parametrize("status", Status)
def test_only_ended_tasks_are_deleted(settings: Any, status: Status) -> None:
    settings.TASK_API_RETENTION = 50
    create(status=status, created=ago(100), finished=ago(100))
    assert prune() == (status not in {Status.PENDING, Status.RUNNING})


def test_tasks_are_deleted_in_batches_with_their_messages(
    settings: Any, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    settings.TASK_API_RETENTION = 50
    monkeypatch.setattr(maintenance, "PRUNE_BATCH_SIZE", 20)
    young = create(status=Status.FAILED, finished=ago(0))
    old = [create(status=Status.FAILED, created=ago(100), finished=ago(100)) for _ in range(50)]
    for info in [*old, young]:
        TaskMessage.objects.bulk_create(TaskMessage(task=info, seq=seq, message="m") for seq in (1, 2, 3))
    with django_assert_max_num_queries(31):
        assert prune() == 50
    assert TaskInfo.objects.get() == young
    assert TaskMessage.objects.count() == 3


def test_task_that_is_started_again_while_it_is_about_to_be_deleted_stays(settings: Any) -> None:
    settings.TASK_API_RETENTION = 50
    info = create(status=Status.FAILED, created=ago(100), finished=ago(100))
    TaskMessage.objects.create(task=info, seq=1, message="m")
    looks = 0

    def retry_after_first_look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal looks
        result = execute(sql, params, many, context)
        looks += 1
        if looks == 1:
            transitions.retry(info.uuid, attempts=1)
        return result

    with connection.execute_wrapper(retry_after_first_look):
        assert prune() == 0
    assert row(info.uuid).status == Status.PENDING
    assert TaskMessage.objects.count() == 1


# Sweeper


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time as the sweeper sees it."""
    now = [1_000.0]
    monkeypatch.setattr(maintenance, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def sweeper(clock: list[float]) -> Sweeper:
    sweeper = Sweeper()
    sweeper.hold_rescues()
    return sweeper


def test_sweeper_rescues_nothing_for_one_lease_after_its_start(sweeper: Sweeper, clock: list[float]) -> None:
    info = running(lease_expires=ago(1))
    sweeper.sweep()
    clock[0] += 29
    sweeper.sweep()
    assert row(info.uuid).status == Status.RUNNING
    clock[0] += 2
    sweeper.sweep()
    assert row(info.uuid).status == Status.FAILED


def test_rescued_task_is_sent_by_the_same_sweep(
    sweeper: Sweeper, clock: list[float], recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Task, "retry_delay", lambda attempt: timedelta(0))
    info = running(lease_expires=ago(1), max_attempts=2)
    sweeper.sweep()
    clock[0] += 31
    sweeper.sweep()
    assert uuids(recorded) == [info.uuid]


def failing(error: Exception) -> Callable[[], int]:
    def step() -> int:
        raise error

    return step


def test_step_that_fails_stops_no_other(
    sweeper: Sweeper, recorded: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    info = create(dispatched_at=None)
    monkeypatch.setattr(maintenance, "expire", failing(ValueError("a bug")))
    sweeper.sweep()
    assert uuids(recorded) == [info.uuid]
    assert "a bug" in caplog.text


def test_refused_delete_does_not_hold_the_rescues(
    sweeper: Sweeper, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign key of the project's own may protect tasks from being deleted, time and again."""
    monkeypatch.setattr(maintenance, "prune", failing(IntegrityError("protected")))
    info = running(lease_expires=ago(1))
    sweeper.sweep()
    clock[0] += 31
    sweeper.sweep()
    assert row(info.uuid).status == Status.FAILED


def test_outage_of_the_database_holds_the_rescues_for_one_lease(
    sweeper: Sweeper, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock[0] += 31
    with monkeypatch.context() as outage:
        outage.setattr(maintenance, "lost", failing(OperationalError("server closed the connection")))
        outage.setattr(maintenance, "answers", lambda connection: False)
        sweeper.sweep()
    info = running(lease_expires=ago(1))
    sweeper.sweep()
    clock[0] += 29
    sweeper.sweep()
    assert row(info.uuid).status == Status.RUNNING
    clock[0] += 2
    sweeper.sweep()
    assert row(info.uuid).status == Status.FAILED


def test_runs_that_all_fell_silent_at_once_are_given_half_a_lease(sweeper: Sweeper, clock: list[float]) -> None:
    """The database stood still for longer than the lease and answers again: nothing failed that would hold rescues."""
    alive, dead = running(lease_expires=ago(-20)), running(lease_expires=ago(-20))
    clock[0] += 31
    sweeper.sweep()
    TaskInfo.objects.update(lease_expires=ago(1))
    sweeper.sweep()
    clock[0] += 14
    sweeper.sweep()
    assert (row(alive.uuid).status, row(dead.uuid).status) == ("running", "running")
    TaskInfo.objects.filter(pk=alive.pk).update(lease_expires=ago(-30))
    clock[0] += 2
    sweeper.sweep()
    assert (row(alive.uuid).status, row(dead.uuid).status) == ("running", "failed")


def test_dead_run_is_rescued_at_the_end_of_its_lease(sweeper: Sweeper, clock: list[float]) -> None:
    """That a sweeper looks twice costs no time: it begins to look at half of the lease."""
    clock[0] += 31
    info = running(lease_expires=ago(-0.2))
    sweeper.sweep()
    assert row(info.uuid).status == Status.RUNNING
    clock[0] += 15
    wait_for(lambda: sweeper.sweep() or row(info.uuid).status == Status.FAILED)


@pytest.mark.django_db(transaction=True)
def test_thread_sweeps_again_and_again(settings: Any, recorded: list[tuple[str, str]]) -> None:
    settings.TASK_API_SWEEP = 0.02
    sweeper = Sweeper()
    sweeper.start()
    try:
        for _ in range(2):
            info = create(dispatched_at=None)
            wait_for(lambda: info.uuid in uuids(recorded))  # noqa: B023
    finally:
        sweeper.stop()


@pytest.mark.django_db(transaction=True)
def test_process_has_one_thread_that_sweeps() -> None:
    sweeper = Sweeper()
    sweeper.start()
    sweeper.start()
    try:
        assert [thread.name for thread in threading.enumerate()].count("task_api sweeper") == 1
    finally:
        sweeper.stop()
    assert "task_api sweeper" not in [thread.name for thread in threading.enumerate()]


def test_class_that_cannot_name_its_delay_holds_no_rescue(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(attempt: int) -> timedelta:
        raise ZeroDivisionError

    monkeypatch.setattr(Task, "retry_delay", broken)
    infos = [running(lease_expires=ago(1), max_attempts=2) for _ in range(2)]
    assert maintenance.rescue() == 2
    assert {row(info.uuid).status for info in infos} == {Status.PENDING}
