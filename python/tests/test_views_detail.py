"""GET of a task, cancel and retry."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from task_api import transitions
from task_api.models import TaskInfo
from task_api.params import IntParameter
from task_api.permissions import visible_to
from task_api.states import Status
from task_api.tasks import Task
from task_api.testing import registered
from task_api.transitions import Claim, Failure, Report
from tests.clients import client_of, row, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]


@pytest.fixture
def path(user: User) -> str:
    """The path of a pending task of `user`."""
    return f"/tasks/{start(client_of(user), 'sum', {'numbers': [1]}).json()['uuid']}/"


def uuid_in(path: str) -> UUID:
    return UUID(path.split("/")[2])


def claimed(path: str) -> Claim:
    claim = transitions.claim(uuid_in(path), tasks=["sum"])
    assert claim is not None
    return claim[1]


def messages_of(path: str, *messages: Any) -> Claim:
    claim = claimed(path)
    transitions.beat(claim, Report(progress=1, target=2, messages=messages))
    return claim


# GET


def test_running_task_shows_its_progress_and_messages(user: User, path: str) -> None:
    messages_of(path, "first", {"n": 2})
    answer = client_of(user).get(path).json()
    assert (answer["status"], answer["progress"], answer["target"]) == ("running", 1, 2)
    assert answer["messages"] == ["first", {"n": 2}]
    assert (answer["attempt"], answer["version"], answer["outputs"]) == (1, 3, {})
    assert answer["started"].endswith("Z")
    assert answer["finished"] is None


def test_succeeded_task_shows_its_outputs(user: User, path: str) -> None:
    transitions.succeed(claimed(path), {"sum": 1}, Report())
    answer = client_of(user).get(path).json()
    assert (answer["status"], answer["outputs"], answer["error"]) == ("succeeded", {"sum": 1}, None)
    assert answer["finished"].endswith("Z")


def test_failed_task_shows_its_error_and_no_traceback(user: User, path: str) -> None:
    transitions.fail(claimed(path), Failure("bad_csv", "No header row.", "Traceback: a secret"), Report())
    response = client_of(user).get(path)
    assert response.json()["status"] == "failed"
    assert response.json()["error"] == {"code": "bad_csv", "message": "No header row."}
    assert "secret" not in response.text


def test_statements_of_a_get(user: User, path: str, django_assert_num_queries: Any) -> None:
    client = client_of(user)
    # Two of them are the session and the user.
    with django_assert_num_queries(2 + 1):
        client.get(path)
    messages_of(path, "first", "second")
    with django_assert_num_queries(2 + 2):
        client.get(path)


def test_a_get_looks_into_an_index(user: User) -> None:
    transitions.create(task="sum", inputs={}, owner=str(user.pk))
    TaskInfo.objects.bulk_create(TaskInfo(task="sum", owner=str(user.pk)) for _ in range(2_000))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE task_api_taskinfo")
    rows = visible_to(user, TaskInfo.objects.all()).filter(uuid=TaskInfo.objects.order_by("pk")[1_000].uuid)
    plan = rows.explain().lower()
    looks = {
        "postgresql": "index scan using task_api_taskinfo_uuid",
        "sqlite": "using index",
        # At the row of a unique key, before it even plans.
        "mysql": "const task_api_taskinfo_uuid",
    }
    assert looks[connection.vendor] in plan
    assert "seq scan" not in plan


def test_messages_are_those_of_the_version_shown(user: User, path: str) -> None:
    """A message that comes between the look at the row and the look at its messages is for the next look."""
    messages_of(path, "first", "second")
    TaskInfo.objects.filter(uuid=uuid_in(path)).update(message_count=1)
    assert client_of(user).get(path).json()["messages"] == ["first"]


@pytest.mark.parametrize("form", ["{0}", "{0.hex}", "{{{0}}}", "urn:uuid:{0}"])
def test_uuid_in_any_of_its_forms(user: User, path: str, form: str) -> None:
    assert client_of(user).get(f"/tasks/{form.format(uuid_in(path))}/").status_code == 200


def test_head_has_the_headers_of_a_get(user: User, path: str) -> None:
    response = client_of(user).head(path)
    assert (response.status_code, response["ETag"], response.content) == (200, '"1"', b"")


@pytest.mark.parametrize("at", ["/tasks/", "/tasks/catalog/", None])
def test_answers_are_not_for_caches(user: User, path: str, at: str | None) -> None:
    for response in (client_of(user).get(at or path), client_of().get("/tasks/nothing/")):
        assert {part.strip() for part in response["Cache-Control"].split(",")} == {"private", "no-cache"}


# ETag


@pytest.mark.parametrize("asked", ['"1"', 'W/"1"', "*", '"7", W/"1", "9"', '"7","1"'])
def test_unchanged_task_is_not_sent_again(user: User, path: str, asked: str) -> None:
    client = client_of(user)
    assert client.get(path)["ETag"] == '"1"'
    response = client.get(path, headers={"if-none-match": asked})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == '"1"'
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("asked", ['"0"', '"11"', "1", '"7", "8"', "", ",", '"', "W/", "ü", '"\x00"', '"1' * 5000])
def test_other_validators_get_the_task(user: User, path: str, asked: str) -> None:
    response = client_of(user).get(path, headers={"if-none-match": asked})
    assert response.status_code == 200
    assert response.json()["version"] == 1


def test_changed_task_is_sent_again(user: User, path: str) -> None:
    messages_of(path, "first")
    response = client_of(user).get(path, headers={"if-none-match": '"1"'})
    assert (response.status_code, response["ETag"]) == (200, '"3"')


@pytest.mark.parametrize(
    "headers",
    [
        {"if-match": '"7"'},
        {"if-modified-since": "Sun, 22 Nov 2099 00:00:00 GMT"},
        {"if-unmodified-since": "Sun, 22 Nov 2009 00:00:00 GMT"},
        {"if-modified-since": "yesterday"},
        {"range": "bytes=0-1"},
    ],
    ids=str,
)
def test_other_conditions_do_not_count(user: User, path: str, headers: dict[str, str]) -> None:
    assert client_of(user).get(path, headers=headers).status_code == 200


def test_unchanged_task_costs_one_statement(user: User, path: str, django_assert_num_queries: Any) -> None:
    messages_of(path, "first")
    client = client_of(user)
    with django_assert_num_queries(2 + 1):
        assert client.get(path, headers={"if-none-match": '"3"'}).status_code == 304


def test_validator_is_no_way_to_learn_of_others_tasks(other: User, path: str) -> None:
    for asked in ("*", '"1"'):
        assert client_of(other).get(path, headers={"if-none-match": asked}).status_code == 404


# Cancel


def test_pending_task_is_cancelled_at_once(user: User, path: str) -> None:
    response = client_of(user).post(f"{path}cancel/")
    answer = response.json()
    assert (response.status_code, answer["status"], answer["version"]) == (200, "cancelled", 2)
    assert answer["cancel_requested"] is True
    assert answer["error"] is None
    assert client_of(user).get(path).json() == {**answer, "attempts": []}


def test_running_task_is_asked_to_stop(user: User, path: str) -> None:
    claimed(path)
    client = client_of(user)
    for _ in range(2):
        response = client.post(f"{path}cancel/")
        assert response.status_code == 200
        assert (response.json()["status"], response.json()["cancel_requested"]) == ("running", True)
        assert response.json()["version"] == 3


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED])
def test_ended_task_cannot_be_cancelled(user: User, path: str, status: Status) -> None:
    TaskInfo.objects.update(status=status)
    response = client_of(user).post(f"{path}cancel/")
    assert response.status_code == 409
    assert response.json() == {"detail": f"The task is {status}; only a pending or running task can be cancelled."}
    assert TaskInfo.objects.get().version == 1


def test_cancel_of_a_task_that_goes_away_meanwhile(user: User, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def prune(uuid: UUID) -> None:
        TaskInfo.objects.all().delete()

    monkeypatch.setattr(transitions, "cancel", prune)
    assert client_of(user).post(f"{path}cancel/").status_code == 404


# Retry


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_retry_starts_an_ended_task_again(
    user: User, path: str, status: Status, recorded: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    claim = messages_of(path, "first")
    if status == Status.FAILED:
        transitions.fail(claim, Failure("error", "It failed."), Report(told=1))
    else:
        transitions.stop(claim, Report(told=1))
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(user).post(f"{path}retry/")
    answer = response.json()
    assert response.status_code == 200
    assert (answer["status"], answer["error"], answer["progress"]) == ("pending", None, None)
    assert (answer["attempt"], answer["max_attempts"], answer["version"]) == (1, 2, 5)
    assert (answer["started"], answer["finished"], answer["cancel_requested"]) == (None, None, False)
    assert answer["messages"] == ["first"]
    assert recorded == [(str(uuid_in(path)), "tests.myapp.background.SumNumbers")]


@pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING, Status.SUCCEEDED])
def test_retry_of_a_task_that_did_not_fail_is_refused(user: User, path: str, status: Status) -> None:
    TaskInfo.objects.update(status=status)
    response = client_of(user).post(f"{path}retry/")
    assert response.status_code == 409
    assert response.json() == {"detail": f"The task is {status}; only a cancelled or failed task can be started again."}
    assert TaskInfo.objects.get().version == 1


def test_retry_of_a_unique_task_while_another_is_active_is_refused(user: User) -> None:
    client = client_of(user)
    first = start(client, "unique").json()["uuid"]
    client.post(f"/tasks/{first}/cancel/")
    second = start(client, "unique").json()["uuid"]
    response = client.post(f"/tasks/{first}/retry/")
    assert response.status_code == 409
    assert response.json() == {"detail": "Another task 'unique' like this one is active."}
    assert second not in response.text


class Dice(Task):
    name = "dice"
    inputs = {"sides": IntParameter()}

    def run(self, sides: int) -> None:
        pass


def test_retry_of_a_task_that_is_not_offered_any_more_is_refused(user: User) -> None:
    client = client_of(user)
    with registered(Dice):
        info = row(start(client, "dice", {"sides": 6}))
    transitions.cancel(info.uuid)
    response = client.post(f"/tasks/{info.uuid}/retry/")
    assert response.status_code == 409
    assert response.json() == {"detail": "The task 'dice' is not offered any more."}


def test_retry_asks_the_tasks_permissions(user: User) -> None:
    class NowForStaff(Dice):
        permission_classes = ("rest_framework.permissions.IsAdminUser",)

    client = client_of(user)
    with registered(Dice):
        info = row(start(client, "dice", {"sides": 6}))
    transitions.cancel(info.uuid)
    with registered(NowForStaff):
        response = client.post(f"/tasks/{info.uuid}/retry/")
    assert response.status_code == 403
    assert response.json() == {"detail": "You may not start the task 'dice'."}


# Which tasks


@pytest.mark.parametrize("at", ["", "cancel/", "retry/"])
def test_task_of_somebody_else_does_not_exist(user: User, other: User, path: str, at: str) -> None:
    """The answer is to the letter that for a task which there is not."""
    nowhere = f"/tasks/{uuid4()}/"
    for client in (client_of(other), client_of()):
        answers = [client.get(p) if not at else client.post(f"{p}{at}") for p in (path, nowhere)]
        assert [response.status_code for response in answers] == [404, 404]
        details = [response.json() for response in answers]
        assert details == [{"detail": f"There is no task '{uuid_in(p)}'."} for p in (path, nowhere)]
        assert answers[0].headers.keys() == answers[1].headers.keys()
    assert TaskInfo.objects.get().version == 1


def test_task_of_a_deleted_user_is_nobodys(user: User, other: User, path: str) -> None:
    user.delete()
    for client in (client_of(other), client_of()):
        assert client.get(path).status_code == 404


def test_task_of_nobody_is_for_who_knows_its_uuid(user: User) -> None:
    uuid = start(client_of(), "sum", {"numbers": [1]}).json()["uuid"]
    for client in (client_of(), client_of(user)):
        assert client.get(f"/tasks/{uuid}/").status_code == 200
    assert client_of().post(f"/tasks/{uuid}/cancel/").status_code == 200
    assert client_of().post(f"/tasks/{uuid}/retry/").status_code == 200


@pytest.mark.parametrize("uuid", ["x", "1", "%00", "%EF%BF%BF", "%ED%A0%80", "%FF", "-" * 36, "a" * 5000, "0" * 31])
@pytest.mark.parametrize("at", ["", "cancel/", "retry/"])
def test_what_is_no_uuid_does_not_exist(settings: Settings, uuid: str, at: str) -> None:
    client = client_of()
    url = f"/tasks/{uuid}/{at}"
    response = client.post(url) if at else client.get(url)
    assert response.status_code == 404
    assert response.json()["detail"].startswith("There is no task '")
    assert len(response.json()["detail"]) < 500


class Replica:
    """A router that sends reads to a database that lags behind: one that is not even there."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "task_api" else None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"


@pytest.mark.parametrize("backend", ["tests.backends.RecordingBackend", "tests.backends.Inline"])
def test_task_is_read_where_it_is_written(user: User, settings: Settings, path: str, backend: str) -> None:
    """The uuid that a client has just got must not be a 404 because a replica does not know it yet."""
    messages_of(path, "first")
    settings.DATABASE_ROUTERS = [Replica()]
    settings.TASK_API_BACKEND = backend
    client = client_of(user)
    assert client.get(path).json()["messages"] == ["first"]
    assert client.get("/tasks/").json()["results"][0]["messages"] == ["first"]
    assert client.get("/tasks/", {"uuid": str(uuid_in(path))}).json()["results"]
    assert client.post(f"{path}cancel/").status_code == 200
    assert client.post(f"{path}retry/").status_code == 409
    for code in (201, 200):
        assert start(client, "unique", idempotency_key="k").status_code == code
