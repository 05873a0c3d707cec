"""Many threads change the same tasks at the same time; what they were told, replayed, has to be a task's life.

Each change returns the row's version. Sorted by it, the changes of a task are its history, in which nothing may stand
that the state machine forbids.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from pytest_django import Settings

from task_api import transitions
from task_api.database import from_now
from task_api.exceptions import TaskConflict
from task_api.models import Attempt, TaskInfo
from task_api.states import ACTIVE, TERMINAL, Status
from task_api.tasks import Task
from task_api.testing import registered
from task_api.transitions import Claim, Failure, Report
from tests.waiting import close_connections

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 50
TASKS = 12
STEPS = 20
# Claims and starts by hand more often than what ends a task, so that there is much to change.
ACTS = ("claim",) * 6 + ("beat",) * 2 + ("retry",) * 4 + ("again", "lost", "end", "cancel")
NOW = timedelta(0)
ERROR = Failure("error", "It failed.")
AGAIN = Failure("error", "It failed.", retry_in=NOW)


@pytest.fixture(autouse=True)
def long_lease(settings: Settings) -> None:
    # No run of a slow machine may lose its lease by itself.
    settings.TASK_API_LEASE = 3600


@dataclass(frozen=True)
class Change:
    """A change that somebody was told to have made."""

    name: str
    row: TaskInfo
    # Of the claim that it was made with.
    token: UUID | None = None


def race(act: Callable[[int], list[Change]]) -> list[Change]:
    """Let all threads act at once and return what they changed, all tasks' changes by version."""
    barrier = threading.Barrier(THREADS)
    changes: list[Change] = []
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            # Connected before the start, so that they meet.
            TaskInfo.objects.exists()
            barrier.wait()
            changes.extend(act(number))
        except BaseException as error:
            errors.append(error)
            barrier.abort()
        finally:
            close_connections()

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return sorted(changes, key=lambda change: change.row.version)


def told(name: str, row: TaskInfo | None, token: UUID | None = None) -> list[Change]:
    return [] if row is None else [Change(name, row, token)]


def claim(uuid: UUID) -> list[Change]:
    claimed = transitions.claim(uuid, tasks=["sum"])
    return [] if claimed is None else told("claim", claimed[0])


def check_history(before: TaskInfo, changes: list[Change]) -> None:
    """Replay the changes of one task from its row before them, to its row now."""
    versions = [change.row.version for change in changes]
    assert versions == list(range(before.version + 1, before.version + 1 + len(changes)))
    last = before
    for change in changes:
        check_change(change, last)
        last = change.row
    stored = TaskInfo.objects.get(pk=before.pk)
    fields = [field.attname for field in TaskInfo._meta.concrete_fields]
    assert {name: getattr(stored, name) for name in fields} == {name: getattr(last, name) for name in fields}


def check_change(change: Change, before: TaskInfo) -> None:
    """Check one change against the row that the one before it left."""
    row = change.row
    if change.name == "retry":
        assert (before.status, row.status) in {("failed", "pending"), ("cancelled", "pending")}
        return
    # An end never follows an end, nor does anything else but a start by hand.
    assert before.status in ACTIVE, f"{change.name} to {row.status} after {before.status}"
    if change.name == "claim":
        assert (before.status, row.status, row.attempt) == (Status.PENDING, Status.RUNNING, before.attempt + 1)
    elif change.token is not None:
        assert (before.status, before.claim_token) == (Status.RUNNING, change.token), change.name


@contextmanager
def checked(infos: list[TaskInfo]) -> Iterator[list[Change]]:
    """Check the histories of tasks after the race inside, which puts its changes into the list."""
    before = {info.pk: TaskInfo.objects.get(pk=info.pk) for info in infos}
    changes: list[Change] = []
    yield changes
    for info in infos:
        check_history(before[info.pk], [change for change in changes if change.row.pk == info.pk])


def test_one_of_all_claims_wins() -> None:
    infos = [transitions.create(task="sum") for _ in range(3)]
    with checked(infos) as changes:
        changes += race(lambda number: [change for info in infos for change in claim(info.uuid)])
    assert sorted(change.row.pk for change in changes) == [info.pk for info in infos]
    assert {(info.status, info.version, info.attempt) for info in TaskInfo.objects.all()} == {("running", 2, 1)}


def end(number: int, info: TaskInfo, held: Claim) -> list[Change]:
    """End a run in one of the ways there are."""
    match number % 6:
        case 0:
            return told("succeed", transitions.succeed(held, {"sum": number}, Report()), held.token)
        case 1:
            return told("fail", transitions.fail(held, ERROR, Report(messages=[number])), held.token)
        case 2:
            return told("stop", transitions.stop(held, Report()), held.token)
        case 3:
            return told("rescue", transitions.rescue(info, retry_in=None), held.token)
        case 4:
            return told("rescue", transitions.rescue(info, retry_in=None, died=True), held.token)
        case _:
            return told("terminate", transitions.terminate(info.uuid))


def test_run_that_all_end_ends_once() -> None:
    claims = [transitions.claim(transitions.create(task="sum").uuid, tasks=["sum"]) for _ in range(3)]
    runs = [claimed for claimed in claims if claimed is not None]
    TaskInfo.objects.update(lease_expires=from_now(timedelta(hours=-1)))
    with checked([info for info, _ in runs]) as changes:
        changes += race(lambda number: [change for run in runs for change in end(number, *run)])
    assert sorted(change.row.pk for change in changes) == [info.pk for info, _ in runs]
    assert all(change.row.status in TERMINAL for change in changes)
    assert Attempt.objects.count() == sum(change.row.status != Status.SUCCEEDED for change in changes)


class Crowd:
    """What many threads do with a few tasks that none of them owns: each does anything, with anybody's claim."""

    def __init__(self, infos: list[TaskInfo]) -> None:
        self._uuids = [info.uuid for info in infos]
        self._claimed: list[tuple[TaskInfo, Claim]] = []

    def act(self, number: int) -> list[Change]:
        random = Random(number)
        return [change for _ in range(STEPS) for change in self._step(random)]

    def _step(self, random: Random) -> list[Change]:
        uuid = random.choice(self._uuids)
        # The latest claims more often, as most others are void.
        info, held = random.choice(self._claimed[-5:]) if self._claimed else (None, None)
        match random.choice(ACTS) if info is not None and held is not None else "claim":
            case "claim":
                return self._claim(uuid)
            case "beat":
                return told("beat", transitions.beat(held, Report(messages=["m"])), held.token)
            case "again":
                return told("fail", transitions.fail(held, AGAIN, Report()), held.token)
            case "lost":
                return told("rescue", transitions.rescue(info, retry_in=NOW, died=True), held.token)
            case "end":
                return end(random.randrange(6), info, held)
            case "cancel":
                return told("cancel", transitions.cancel(uuid))
            case _:
                return told("retry", transitions.retry(uuid, attempts=3))

    def _claim(self, uuid: UUID) -> list[Change]:
        claimed = transitions.claim(uuid, tasks=["sum"])
        if claimed is None:
            return []
        self._claimed.append(claimed)
        return told("claim", claimed[0])


def test_life_among_many_has_an_order() -> None:
    infos = [transitions.create(task="sum", max_attempts=3) for _ in range(TASKS)]
    with checked(infos) as changes:
        changes += race(Crowd(infos).act)
    # Most tasks were started by hand again and again.
    assert len(changes) > 5 * TASKS
    for info in TaskInfo.objects.all():
        assert info.attempt == sum(change.name == "claim" and change.row.pk == info.pk for change in changes)


def test_unique_task_that_comes_and_goes_is_active_once(recorded: list[tuple[str, str]]) -> None:
    class Lonely(Task):
        name = "lonely"
        unique = True

        def run(self) -> None:
            pass

    def come_and_go(number: int) -> list[Change]:
        changes: list[Change] = []
        for _ in range(STEPS):
            # Refused if it came and went five times while this thread looked.
            with suppress(TaskConflict):
                info = Lonely.start()
                assert TaskInfo.objects.filter(status__in=ACTIVE).count() <= 1
                changes += told("cancel", transitions.cancel(info.uuid))
        return changes

    with registered(Lonely):
        changes = race(come_and_go)
    assert TaskInfo.objects.count() == len(changes) == len({change.row.pk for change in changes})
    assert not TaskInfo.objects.exclude(status=Status.CANCELLED, unique_key=None).exists()
