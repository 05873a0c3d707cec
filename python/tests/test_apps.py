import threading
from collections.abc import Iterator
from typing import Any

import pytest
from billiard.exceptions import WorkerLostError
from celery import signals
from celery.concurrency.prefork import TaskPool as PreforkPool
from celery.concurrency.solo import TaskPool as SoloPool
from celery.concurrency.thread import TaskPool as ThreadPool
from django.core.signals import request_started
from django.test import Client

from task_api import maintenance, transitions
from task_api.backends.celery import execute
from task_api.maintenance import Sweeper
from task_api.models import TaskInfo
from tests.waiting import row

pytestmark = pytest.mark.django_db


@pytest.fixture
def sweeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sweeper]:
    """A sweeper of the test's own that does nothing."""
    monkeypatch.setattr(Sweeper, "sweep", lambda self: None)
    monkeypatch.setattr(maintenance, "sweeper", Sweeper())
    yield maintenance.sweeper
    maintenance.sweeper.stop()


def is_running(sweeper: Sweeper) -> bool:
    return sweeper._thread is not None and sweeper._thread.is_alive()


def test_child_of_a_prefork_worker_sweeps(sweeper: Sweeper) -> None:
    signals.worker_process_init.send(sender=None)
    assert is_running(sweeper)


@pytest.mark.parametrize(("pool", "sweeps"), [(PreforkPool, False), (SoloPool, True), (ThreadPool, True)])
def test_worker_sweeps_itself_where_it_has_no_children(sweeper: Sweeper, pool: type, sweeps: bool) -> None:
    class Consumer:
        def __init__(self) -> None:
            self.pool = pool.__new__(pool)

    signals.worker_ready.send(sender=Consumer())
    assert is_running(sweeper) is sweeps


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("backend", "sweeps"),
    [
        ("task_api.backends.thread.ThreadBackend", True),
        ("task_api.backends.celery.CeleryBackend", False),
        ("task_api.backends.immediate.ImmediateBackend", False),
        ("no.such.Backend", False),
    ],
)
def test_server_sweeps_where_its_own_threads_run_the_tasks(
    sweeper: Sweeper, settings: Any, client: Client, backend: str, sweeps: bool
) -> None:
    settings.TASK_API_BACKEND = backend
    client.get("/nowhere/")
    assert is_running(sweeper) is sweeps
    assert sweeper._afresh is sweeps


def test_request_of_a_test_case_starts_no_thread(sweeper: Sweeper, settings: Any) -> None:
    """A sweeper would commit beside the transaction that the test rolls back."""
    settings.TASK_API_BACKEND = "task_api.backends.thread.ThreadBackend"
    request_started.send(sender=None)
    assert not is_running(sweeper)


@pytest.mark.django_db(transaction=True)
def test_requests_start_one_thread(sweeper: Sweeper, settings: Any) -> None:
    settings.TASK_API_BACKEND = "task_api.backends.thread.ThreadBackend"
    before = threading.active_count()
    for _ in range(3):
        request_started.send(sender=None)
    assert threading.active_count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_task_of_a_child_that_died_ends() -> None:
    infos = [transitions.create(task="sum") for _ in range(2)]
    for info in infos:
        transitions.claim(info.uuid, tasks=["sum"], message_id=f"message of {info.uuid}")

    def report(exception: Exception, sender: Any = execute) -> None:
        message_id = f"message of {infos[0].uuid}"
        signals.task_failure.send(sender=sender, task_id=message_id, exception=exception)

    report(ValueError())
    assert row(infos[0].uuid).status == "running"
    report(WorkerLostError())
    assert [row(info.uuid).status for info in infos] == ["failed", "running"]


def test_database_that_is_away_leaves_a_died_child_to_the_lease(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(message_id: str) -> int:
        raise ConnectionError("The database is away.")

    monkeypatch.setattr(maintenance, "rescue_now", refuse)
    thread = threading.Thread(
        target=lambda: signals.task_failure.send(sender=execute, task_id="m", exception=WorkerLostError())
    )
    thread.start()
    thread.join()
    assert "left to the end of its lease" in caplog.text
    assert not TaskInfo.objects.exists()
