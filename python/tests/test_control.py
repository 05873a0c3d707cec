"""Cancelling and starting again, from Python and by REST."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from task_api import control, execution, transitions
from task_api.exceptions import TaskConflict, TaskNotRegistered
from task_api.models import TaskInfo
from task_api.submission import unique_key
from task_api.tasks import Task
from task_api.testing import registered
from task_api.transitions import Failure, Report
from tests.backends import RecordingBackend
from tests.clients import client_of
from tests.waiting import row

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(user: User) -> TaskInfo:
    return transitions.create(task="sum", inputs={"numbers": [1]}, owner=str(user.pk), unique_key="u")


def run(info: TaskInfo) -> transitions.Claim:
    claimed = transitions.claim(info.uuid, tasks=["sum"])
    assert claimed is not None
    return claimed[1]


@pytest.mark.parametrize("terminate", [True, False])
def test_pending_task_is_cancelled(task: TaskInfo, terminate: bool) -> None:
    info = control.cancel(task.uuid, terminate=terminate)
    assert (info.status, info.unique_key, info.attempt) == ("cancelled", None, 0)
    assert info.finished is not None


@pytest.mark.parametrize("terminate", [True, False])
def test_cancelled_task_has_no_error_of_an_attempt_before(terminate: bool) -> None:
    info = transitions.create(task="sum", inputs={}, max_attempts=2)
    transitions.fail(run(info), Failure("lost", "It was lost.", "Traceback", retry_in=timedelta(0)), Report())
    assert row(info.uuid).error_code == "lost"
    ended = control.cancel(info.uuid, terminate=terminate)
    assert (ended.error_code, ended.error_message, ended.traceback) == ("", "", "")


def test_running_task_is_asked_to_stop(task: TaskInfo) -> None:
    run(task)
    assert control.cancel(task.uuid).status == "running"
    # Again changes nothing, and is no error.
    asked = control.cancel(task.uuid)
    assert asked.cancel_requested_at is not None


@pytest.mark.parametrize("asked", [True, False])
def test_terminated_run_is_fenced_off(task: TaskInfo, asked: bool) -> None:
    claim = run(task)
    if asked:
        control.cancel(task.uuid)
    ended = control.cancel(task.uuid, terminate=True)
    assert (ended.status, ended.claim_token, ended.lease_expires, ended.unique_key) == ("cancelled", None, None, None)
    assert transitions.beat(claim, Report(progress=5)) is None
    assert transitions.succeed(claim, {"sum": 1}, Report()) is None
    assert row(task.uuid).version == ended.version


class Killing(RecordingBackend):
    killed: ClassVar[list[str]] = []

    def terminate(self, info: TaskInfo) -> None:
        self.killed.append(info.message_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("committed", [True, False])
def test_run_is_killed_when_its_end_is_committed(task: TaskInfo, settings: Any, committed: bool) -> None:
    settings.TASK_API_BACKEND = Killing
    Killing.killed.clear()
    transitions.claim(task.uuid, tasks=["sum"], message_id="m")
    with transaction.atomic():
        control.cancel(task.uuid, terminate=True)
        assert Killing.killed == []
        transaction.set_rollback(not committed)
    assert Killing.killed == (["m"] if committed else [])


@pytest.mark.parametrize("terminate", [True, False])
def test_ended_task_is_not_cancelled(task: TaskInfo, terminate: bool) -> None:
    transitions.succeed(run(task), {"sum": 1}, Report())
    with pytest.raises(TaskConflict, match="is succeeded; only a pending or running task can be cancelled"):
        control.cancel(task.uuid, terminate=terminate)


def test_task_that_is_not_there() -> None:
    for change in (control.cancel, control.retry):
        with pytest.raises(TaskInfo.DoesNotExist):
            change(uuid4())


def test_retry(task: TaskInfo, recorded: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    control.cancel(task.uuid)
    with django_capture_on_commit_callbacks(execute=True):
        assert control.retry(task.uuid).status == "pending"
    assert [uuid for uuid, _ in recorded] == [str(task.uuid)]


class UniqueByName(Task):
    name = "unique-by-name"
    unique = ("person",)

    def run(self, person: str) -> None:
        pass


def test_retry_of_inputs_that_were_stored_as_text(recorded: list[Any]) -> None:
    """Version 1's column was a text, and code written for it stores one."""
    with registered(UniqueByName):
        info = transitions.create(task=UniqueByName.name, inputs='{"person": "Ada"}')
        control.cancel(info.uuid)
        assert control.retry(info.uuid).unique_key == unique_key(UniqueByName, {"person": "Ada"})


def test_retry_of_a_task_that_is_not_registered_any_more() -> None:
    info = transitions.create(task="of-an-older-release", inputs={})
    control.cancel(info.uuid)
    with pytest.raises(TaskNotRegistered, match="of-an-older-release"):
        control.retry(info.uuid)


@pytest.mark.django_db(transaction=True)
def test_task_that_does_not_run_kills_nothing(task: TaskInfo, settings: Any) -> None:
    """Celery takes a message without an id for no message in particular."""
    settings.TASK_API_BACKEND = Killing
    Killing.killed.clear()
    assert control.cancel(task.uuid, terminate=True).status == "cancelled"
    assert Killing.killed == []


# By REST


def test_request_to_terminate(task: TaskInfo, user: User) -> None:
    run(task)
    path = f"/tasks/{task.uuid}/cancel/"
    assert client_of(user).post(path, {}, format="json").json()["status"] == "running"
    response = client_of(user).post(path, {"terminate": True}, format="json")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert client_of(user).post(path, {"terminate": True}, format="json").status_code == 409


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"terminate": "maybe"}, {"terminate": ["Must be a valid boolean."]}),
        ({"terminate": None}, {"terminate": ["This field may not be null."]}),
        ({"kill": True}, {"kill": ["Unknown key 'kill', must be terminate."]}),
    ],
)
def test_bad_body_of_a_cancel(task: TaskInfo, user: User, body: Any, errors: Any) -> None:
    response = client_of(user).post(f"/tasks/{task.uuid}/cancel/", body, format="json")
    assert (response.status_code, response.json()) == (400, errors)
    assert row(task.uuid).status == "pending"


def test_body_of_a_cancel_that_is_no_object(task: TaskInfo, user: User) -> None:
    assert client_of(user).post(f"/tasks/{task.uuid}/cancel/", [True], format="json").status_code == 400


# on_cancel()


def cancelled(task: type[Task]) -> TaskInfo:
    """Run a task for which a cancel is wanted from the start."""
    info = transitions.create(task=task.name, inputs={})
    claimed = transitions.claim(info.uuid, tasks=[task.name])
    assert claimed is not None
    transitions.cancel(info.uuid)
    claimed[0].refresh_from_db()
    execution.execute(task, *claimed, eager=True)
    return row(info.uuid)


class Cleaning(Task):
    name = "cleaning"

    def run(self) -> None:
        self.raise_if_cancelled()

    def on_cancel(self) -> Any:
        assert self.info is not None
        self.add_message(f"cleaned up, {row(self.info.uuid).status}")


def messages(info: TaskInfo) -> list[Any]:
    return list(info.messages.values_list("message", flat=True))


def test_on_cancel_cleans_up_before_the_row_ends() -> None:
    info = cancelled(Cleaning)
    assert (info.status, messages(info)) == ("cancelled", ["cleaned up, running"])


def test_on_cancel_may_be_async() -> None:
    class Later(Cleaning):
        async def on_cancel(self) -> None:
            self.add_message("cleaned up later")

    assert messages(cancelled(Later)) == ["cleaned up later"]


@pytest.mark.parametrize("error", [ValueError("no such file"), None])
def test_on_cancel_that_fails_is_logged(error: Exception | None, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Cleaning):
        def on_cancel(self) -> None:
            if error:
                raise error
            # Raises TaskCancelled.
            self.set_progress(1)

    assert cancelled(Failing).status == "cancelled"
    assert "on_cancel() failed" in caplog.text
