"""The history of attempts: what the row no longer says once the next attempt has begun."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from task_api import control, maintenance, transitions
from task_api.models import Attempt, TaskInfo
from task_api.tasks import Task
from task_api.testing import registered, run_task
from task_api.transitions import Claim, Failure, Report
from tests.clients import client_of
from tests.waiting import row

pytestmark = pytest.mark.django_db

NOW = timedelta(0)


class Flaky(Task):
    name = "flaky"
    max_attempts = 3

    def run(self) -> None:
        assert self.info is not None
        if self.info.attempt < 3:
            raise ValueError(f"attempt {self.info.attempt}")


@pytest.fixture
def task() -> TaskInfo:
    return transitions.create(task="sum", inputs={"numbers": [1]}, max_attempts=2)


def claim(info: TaskInfo) -> Claim:
    claimed = transitions.claim(info.uuid, tasks=["sum"], worker="celery@a", wait_for_due=False)
    assert claimed is not None
    return claimed[1]


def kept(info: TaskInfo) -> list[tuple[int, str]]:
    return list(Attempt.objects.filter(task=info).values_list("number", "error_code"))


def test_attempts_that_failed_are_kept() -> None:
    with registered(Flaky):
        info = run_task(Flaky)
    assert info.status == "succeeded"
    assert kept(info) == [(1, "error"), (2, "error")]
    first, second = info.attempts.all()
    assert "ValueError: attempt 1" in first.traceback
    assert "ValueError: attempt 2" in second.traceback
    assert first.started <= first.finished <= second.started
    assert first.worker


@pytest.mark.parametrize(
    "end",
    [
        lambda held: transitions.fail(held, Failure("error", "It failed."), Report()),
        lambda held: transitions.stop(held, Report()),
        lambda held: transitions.rescue(row(held.uuid), retry_in=None, died=True),
        lambda held: transitions.terminate(held.uuid),
    ],
    ids=["fail", "stop", "rescue", "terminate"],
)
def test_end_of_an_attempt_and_its_history_are_one(task: TaskInfo, monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    held = claim(task)

    def refuse(info: TaskInfo) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(transitions, "_keep_attempt", refuse)
    with pytest.raises(RuntimeError):
        end(held)
    assert row(task.uuid).status == "running"


def test_attempt_whose_claim_is_void_leaves_no_trace(task: TaskInfo) -> None:
    first = claim(task)
    transitions.fail(first, Failure("error", "It failed.", retry_in=NOW), Report())
    claim(task)
    assert transitions.fail(first, Failure("late", "Too late."), Report()) is None
    assert kept(task) == [(1, "error")]


def test_rescued_attempt_is_kept(task: TaskInfo) -> None:
    claim(task)
    assert transitions.rescue(row(task.uuid), retry_in=NOW, died=True) is not None
    assert kept(task) == [(1, "lost")]


def test_cancelled_attempt_is_kept_without_an_error(task: TaskInfo) -> None:
    transitions.stop(claim(task), Report())
    assert kept(task) == [(1, "")]


@pytest.mark.parametrize("running", [True, False])
def test_terminated_task_has_each_attempt_once(task: TaskInfo, running: bool) -> None:
    transitions.fail(claim(task), Failure("error", "It failed.", retry_in=NOW), Report())
    if running:
        claim(task)
    assert transitions.terminate(task.uuid) is not None
    assert kept(task) == ([(1, "error"), (2, "")] if running else [(1, "error")])


def test_history_outlives_a_start_by_hand(task: TaskInfo, recorded: Any) -> None:
    transitions.fail(claim(task), Failure("error", "It failed."), Report())
    control.retry(task.uuid)
    assert row(task.uuid).error_code == ""
    transitions.fail(claim(task), Failure("bad_csv", "No header."), Report())
    assert kept(task) == [(1, "error"), (2, "bad_csv")]


def test_history_goes_with_the_task(task: TaskInfo) -> None:
    transitions.fail(claim(task), Failure("error", "It failed."), Report())
    assert maintenance.delete(TaskInfo.objects.using("default")) == 1
    assert not Attempt.objects.exists()


def test_statements_of_a_failure(task: TaskInfo, django_assert_num_queries: Any) -> None:
    held = claim(task)
    # A savepoint in the test's transaction, where a worker has a transaction.
    with django_assert_num_queries(8 if connection.vendor == "mysql" else 4):
        transitions.fail(held, Failure("error", "It failed."), Report())


# In the API


def attempts(user: User, info: TaskInfo) -> Any:
    answer = client_of(user).get(f"/tasks/{info.uuid}/").json()
    return [(entry["number"], entry["error"] and entry["error"]["code"]) for entry in answer["attempts"]]


@pytest.mark.parametrize("outcome", ["running", "succeeded", "failed", "cancelled"])
def test_detail_shows_all_attempts(user: User, outcome: str) -> None:
    info = transitions.create(task="sum", inputs={}, max_attempts=2, owner=str(user.pk))
    assert attempts(user, info) == []
    transitions.fail(claim(info), Failure("error", "It failed.", retry_in=NOW), Report())
    assert attempts(user, info) == [(1, "error")]
    held = claim(info)
    if outcome == "succeeded":
        transitions.succeed(held, {}, Report())
    elif outcome == "failed":
        transitions.fail(held, Failure("bad_csv", "No header."), Report())
    elif outcome == "cancelled":
        transitions.stop(held, Report())
    assert attempts(user, info) == [(1, "error"), (2, "bad_csv" if outcome == "failed" else None)]


def test_attempt_in_the_detail(user: User) -> None:
    info = transitions.create(task="sum", inputs={}, owner=str(user.pk))
    transitions.fail(claim(info), Failure("bad_csv", "No header.", "Traceback: secret"), Report())
    response = client_of(user).get(f"/tasks/{info.uuid}/")
    (entry,) = response.json()["attempts"]
    assert entry["error"] == {"code": "bad_csv", "message": "No header."}
    assert (entry["number"], sorted(entry)) == (1, ["error", "finished", "number", "started"])
    assert entry["started"] <= entry["finished"]
    assert "secret" not in response.content.decode()


def test_first_attempt_costs_no_statement(user: User, django_assert_num_queries: Any) -> None:
    info = transitions.create(task="sum", inputs={}, owner=str(user.pk))
    claim(info)
    client = client_of(user)
    # The session, its user, and the task.
    with django_assert_num_queries(3):
        assert len(client.get(f"/tasks/{info.uuid}/").json()["attempts"]) == 1
