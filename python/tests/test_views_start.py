"""POST of a task: the answer, repeats of it, and what it costs."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.permissions import BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.test import APIClient
from rest_framework.throttling import AnonRateThrottle

from task_api import transitions
from task_api.models import TaskInfo
from task_api.params import DateTimeParameter, IntParameter, Parameter
from task_api.tasks import Task
from task_api.testing import registered
from task_api.views import TaskInfoViewSet
from tests.clients import client_of, row, start
from tests.myapp.background import SumNumbers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]

SNAPSHOT_KEYS = {
    *("uuid", "task", "status", "progress", "target", "inputs", "outputs", "messages", "created", "started"),
    *("finished", "version", "attempt", "max_attempts", "error", "cancel_requested"),
}
SUM = {"task": "sum", "inputs": {"numbers": [1, 2]}}


def post(client: APIClient, body: Any = SUM, **headers: str) -> Any:
    return client.post("/tasks/", body, format="json", headers=headers)


def test_start_answers_with_the_snapshot_and_its_place(user: User, recorded: list[tuple[str, str]]) -> None:
    response = post(client_of(user))
    assert response.status_code == 201
    assert response["Content-Type"] == "application/json"
    answer = response.json()
    assert response["Location"] == f"http://testserver/tasks/{answer['uuid']}/"
    assert client_of(user).get(response["Location"]).json() == {**answer, "attempts": []}
    assert set(answer) == SNAPSHOT_KEYS
    assert uuid.UUID(answer["uuid"]).version == 4
    assert answer["created"].endswith("Z")
    assert {name: answer[name] for name in SNAPSHOT_KEYS - {"uuid", "created"}} == {
        "task": "sum",
        "status": "pending",
        "progress": None,
        "target": None,
        "inputs": {"numbers": [1, 2]},
        "outputs": {},
        "messages": [],
        "started": None,
        "finished": None,
        "version": 1,
        "attempt": 0,
        "max_attempts": 1,
        "error": None,
        "cancel_requested": False,
    }
    assert recorded == []


def test_start_stores_inputs_as_converted(user: User) -> None:
    response = start(client_of(user), "sum", {"numbers": "6"})
    assert response.json()["inputs"] == {"numbers": [6]}
    assert row(response).inputs == {"numbers": [6]}


def test_start_belongs_to_who_started_it(user: User) -> None:
    assert row(post(client_of(user))).owner == str(user.pk)
    assert row(post(client_of())).owner == ""


@pytest.mark.parametrize(
    "body", [{"task": "count"}, {"task": "count", "inputs": None}, {"task": "count", "inputs": {}}]
)
def test_start_without_inputs(body: dict[str, Any]) -> None:
    """Null stands for no inputs, as in version 1."""
    response = post(client_of(), body)
    assert (response.status_code, response.json()["inputs"]) == (201, {})


def test_start_finds_its_place_in_a_namespace(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.urls_in_namespace"
    response = client_of().post("/api/v2/tasks/", SUM, format="json")
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver/api/v2/tasks/{response.json()['uuid']}/"


@pytest.mark.parametrize("prefix", ["tenant/acme", "places/5/named", "extra", "versions/v2"])
def test_api_below_a_path_with_arguments_of_the_project(settings: Settings, user: User, prefix: str) -> None:
    settings.ROOT_URLCONF = "tests.urls_with_arguments"
    if prefix.startswith("versions"):
        versioning = "rest_framework.versioning.URLPathVersioning"
        settings.REST_FRAMEWORK = {"DEFAULT_VERSIONING_CLASS": versioning, "ALLOWED_VERSIONS": ["v2"]}
    client, tasks = client_of(user), f"/{prefix}/tasks/"
    response = client.post(tasks, SUM, format="json")
    assert response.status_code == 201
    place = f"{tasks}{response.json()['uuid']}/"
    assert response["Location"] == f"http://testserver{place}"
    assert client.get(place).json() == {**response.json(), "attempts": []}
    assert [shape["uuid"] for shape in client.get(tasks).json()["results"]] == [response.json()["uuid"]]
    assert client.get(f"{tasks}catalog/").status_code == 200
    assert [client.post(f"{place}{name}/").status_code for name in ("cancel", "retry")] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_start_is_one_statement_beside_authentication(user: User) -> None:
    client = client_of(user)
    with CaptureQueriesContext(connection) as queries:
        assert post(client).status_code == 201
    ours = [query["sql"] for query in queries if "task_api" in query["sql"]]
    assert len(ours) == 1
    assert ours[0].startswith("INSERT")
    # The session and the user.
    assert len(queries) == 3


@pytest.mark.django_db(transaction=True)
def test_start_is_one_statement_for_nobody(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert post(client_of()).status_code == 201


def test_task_that_is_not_offered_is_unknown(settings: Settings) -> None:
    """Python code may start it all the same, and workers run it."""
    settings.TASK_API_BACKGROUND_TASKS = ["tests.myapp.background.Count"]
    response = post(client_of())
    assert (response.status_code, response.json()) == (400, {"task": ["There is no task 'sum'."]})
    assert client_of().get("/tasks/?task=sum").status_code == 400
    assert SumNumbers.start(numbers=[1]).status == "pending"


def test_user_without_a_key_cannot_start() -> None:
    client = APIClient()
    client.force_authenticate(User(username="unsaved"))
    response = post(client)
    assert response.status_code == 403
    assert response.json() == {"detail": "<User: unsaved> has no primary key and cannot own a task."}
    assert not TaskInfo.objects.exists()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"task": "count", "input": {"to": 1}}, {"input": ["Unknown key 'input', must be task or inputs."]}),
        (
            {"tsk": "count", "inputs": []},
            {
                "tsk": ["Unknown key 'tsk', must be task or inputs."],
                "task": ["This field is required."],
                "inputs": ["Inputs must be an object by name of the input, not an array."],
            },
        ),
        ({**SUM, "": 1}, {"": ["Unknown key '', must be task or inputs."]}),
    ],
)
def test_unknown_key_is_refused(body: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """A slip would start the task without what the caller gave it."""
    response = post(client_of(), body)
    assert (response.status_code, response.json()) == (400, errors)
    assert not TaskInfo.objects.exists()


def test_unknown_keys_are_answered_in_short() -> None:
    response = post(client_of(), {**SUM, **{f"{number}{'k' * 1000}": 1 for number in range(100)}})
    assert response.status_code == 400
    assert len(response.json()) == 10
    assert len(response.content) < 5000


def test_unknown_task_where_there_is_none_at_all_tells_where_to_name_them(settings: Settings) -> None:
    settings.TASK_API_BACKGROUND_TASKS = []
    response = post(client_of())
    message = (
        "There is no task 'sum'. No task is registered. Name its class in TASK_API_BACKGROUND_TASKS, "
        "or put it into the `background` module of an installed app."
    )
    assert (response.status_code, response.json()) == (400, {"task": [message]})


def test_options_name_and_describe_what_is_there(user: User) -> None:
    client = client_of(user)
    place = f"/tasks/{post(client).json()['uuid']}/"
    told = [client.options(path).json() for path in ("/tasks/", place, f"{place}cancel/", "/tasks/catalog/")]
    general = "Start tasks, and look at them. A task that the user may not see does not exist for them."
    assert [(answer["name"], answer["description"]) for answer in told] == [
        ("Tasks", general),
        ("Task", general),
        ("Cancel", "Cancel a pending or running task."),
        ("Catalog", "List the tasks that the user may start, with the JSON Schemas of their inputs and outputs."),
    ]


def test_filters_of_the_project_are_not_for_tasks() -> None:
    assert TaskInfoViewSet.filter_backends == ()


# Idempotency


def test_same_key_and_body_give_the_same_task(user: User) -> None:
    client = client_of(user)
    first, again = (post(client, idempotency_key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert TaskInfo.objects.count() == 1


def test_same_key_finds_the_task_as_it_is_now(user: User) -> None:
    client = client_of(user)
    first = post(client, idempotency_key="k1")
    transitions.cancel(row(first).uuid)
    again = post(client, idempotency_key="k1")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize(
    "body", [{"task": "sum", "inputs": {"numbers": [1, 3]}}, {"task": "count", "inputs": {}}], ids=["inputs", "task"]
)
def test_same_key_with_another_body_is_refused(user: User, body: dict[str, Any]) -> None:
    client = client_of(user)
    first = post(client, idempotency_key="k1")
    response = post(client, body, idempotency_key="k1")
    assert response.status_code == 422
    assert response.json() == {"detail": "This idempotency key was used before with another task or other inputs."}
    assert first.json()["uuid"] not in response.text
    assert TaskInfo.objects.count() == 1


def test_same_key_of_another_user_is_another_task(user: User, other: User) -> None:
    clients = client_of(user), client_of(other), client_of()
    answers = [post(client, idempotency_key="k1") for client in clients]
    assert [response.status_code for response in answers] == [201, 201, 201]
    assert len({response.json()["uuid"] for response in answers}) == 3


def test_same_key_of_nobody_gives_the_same_task() -> None:
    answers = [post(client_of(), idempotency_key="k1") for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 200]


def test_no_key_gives_a_task_each_time(user: User) -> None:
    client = client_of(user)
    assert [post(client).status_code for _ in range(2)] == [201, 201]


def test_default_that_moves_does_not_make_it_another_body() -> None:
    moments = iter(["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"])

    class Moment(Task):
        name = "moment"
        inputs = {"at": DateTimeParameter(default=lambda: next(moments))}

        def run(self, at: Any) -> None:
            pass

    with registered(Moment):
        answers = [post(client_of(), {"task": "moment"}, idempotency_key="k1") for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 200]


@pytest.mark.parametrize(("key", "size"), [("", 0), ("k" * 256, 256)])
def test_key_of_a_wrong_size_is_refused(key: str, size: int) -> None:
    response = post(client_of(), idempotency_key=key)
    assert response.status_code == 400
    assert response.json() == {"Idempotency-Key": [f"The key has {size} characters, must have 1 to 255."]}
    assert not TaskInfo.objects.exists()


@pytest.mark.parametrize("key", ["\x00", "a\x00b", "\ud800", "ü" * 255, "👍", '"quoted"', "k" * 255], ids=ascii)
def test_any_other_key_is_a_key(key: str) -> None:
    answers = [client_of().post("/tasks/", SUM, format="json", HTTP_IDEMPOTENCY_KEY=key) for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 200]


def test_repeat_in_a_transaction_leaves_it_usable(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    client = client_of(user)
    answers = [post(client, idempotency_key="k1") for _ in range(2)]
    assert [response.status_code for response in answers] == [201, 200]


# Unique tasks


class Report(Task):
    name = "report"
    unique = ("year",)
    inputs = {"year": IntParameter(), "note": Parameter(required=False)}

    def run(self, year: int, note: Any = None) -> None:
        pass


def test_duplicate_of_an_active_task_is_that_task_for_its_owner(user: User) -> None:
    client = client_of(user)
    first, again = start(client, "unique"), start(client, "unique")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["uuid"] == first.json()["uuid"]
    assert again["Location"] == first["Location"]
    assert TaskInfo.objects.count() == 1


def test_duplicate_of_an_active_task_of_somebody_else_is_refused(user: User, other: User) -> None:
    uuid_ = start(client_of(user), "unique").json()["uuid"]
    for client in (client_of(other), client_of()):
        response = start(client, "unique")
        assert response.status_code == 409
        assert response.json() == {"detail": "A task 'unique' like this one is active already."}
        assert "Location" not in response
        assert uuid_ not in response.text + str(response.headers)
    assert TaskInfo.objects.count() == 1


def test_duplicate_of_nobodys_active_task_is_refused() -> None:
    """Nobody's task is as secret as its uuid, so that another visitor does not get it."""
    uuid_ = start(client_of(), "unique").json()["uuid"]
    response = start(client_of(), "unique")
    assert response.status_code == 409
    assert uuid_ not in response.text


def test_unique_inputs_make_a_task_one_of_a_kind(user: User) -> None:
    client = client_of(user)
    with registered(Report):
        first = start(client, "report", {"year": 2025})
        same = start(client, "report", {"year": "2025", "note": "other"})
        another = start(client, "report", {"year": 2026})
    assert [response.status_code for response in (first, same, another)] == [201, 200, 201]
    assert same.json()["uuid"] == first.json()["uuid"]


def test_unique_task_may_start_again_after_its_end(user: User) -> None:
    client = client_of(user)
    first = start(client, "unique")
    client.post(f"/tasks/{first.json()['uuid']}/cancel/")
    assert start(client, "unique").status_code == 201


# Permissions and throttles of a task


class MayNot(BasePermission):
    message = "Only on weekdays."
    code = "weekend"

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class ForStaff(Task):
    """For the staff."""

    name = "for-staff"
    permission_classes = (IsAdminUser,)

    def run(self) -> None:
        pass


class Refused(Task):
    name = "refused"
    permission_classes = (IsAuthenticated & MayNot,)

    def run(self) -> None:
        pass


class RefusedWithAMessage(Task):
    name = "refused-with-a-message"
    permission_classes = ("tests.test_views_start.MayNot",)

    def run(self) -> None:
        pass


def test_task_for_some_users_is_refused_to_others(user: User) -> None:
    with registered(ForStaff):
        response = start(client_of(user), "for-staff")
        assert response.status_code == 403
        assert response.json() == {"detail": "You may not start the task 'for-staff'."}
        assert not TaskInfo.objects.exists()
        user.is_staff = True
        user.save()
        assert start(client_of(user), "for-staff").status_code == 201


def test_task_for_some_users_asks_nobody_to_log_in(settings: Settings) -> None:
    settings.TASK_API_AUTHENTICATION_CLASSES = ["rest_framework.authentication.BasicAuthentication"]
    with registered(ForStaff):
        response = start(client_of(), "for-staff")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic")


def test_composed_permission_of_a_task(user: User) -> None:
    with registered(Refused):
        assert start(client_of(user), "refused").status_code == 403


def test_refusal_tells_the_permissions_own_message(user: User) -> None:
    with registered(RefusedWithAMessage):
        response = start(client_of(user), "refused-with-a-message")
    assert (response.status_code, response.json()) == (403, {"detail": "Only on weekdays."})


def test_permission_is_asked_before_the_inputs_are_told(user: User) -> None:
    with registered(ForStaff):
        response = start(client_of(user), "for-staff", {"no": "such"})
    assert response.status_code == 403


class Throttled(Task):
    name = "throttled"
    throttle_scope = "few"

    def run(self) -> None:
        pass


class OneAHour(AnonRateThrottle):
    rate = "1/hour"


def test_throttled_task_is_refused_after_its_rate(user: User, other: User, settings: Settings) -> None:
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"few": "2/hour"}}
    cache.clear()
    with registered(Throttled):
        codes = [start(client_of(user), "throttled").status_code for _ in range(2)]
        response = start(client_of(user), "throttled")
        assert [*codes, response.status_code] == [201, 201, 429]
        assert 0 < int(response["Retry-After"]) <= 3600
        assert response.json()["detail"].startswith("Request was throttled. Expected available in")
        # The scope is the task's, and the count the user's.
        assert start(client_of(user), "count").status_code == 201
        assert start(client_of(other), "throttled").status_code == 201
    assert TaskInfo.objects.filter(owner=user.pk, task="throttled").count() == 2


def test_throttle_of_the_project_counts_too(settings: Settings) -> None:
    settings.REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_CLASSES": ["tests.test_views_start.OneAHour"],
        "DEFAULT_THROTTLE_RATES": {"few": "2/hour"},
    }
    cache.clear()
    codes = [post(client_of()).status_code for _ in range(2)]
    assert codes == [201, 429]


def test_inputs_may_hold_any_json() -> None:
    value = {"a": [1, 2.5, None, True, "ü👍\u2028", {"": {}}], "b" * 1000: -(10**300)}
    response = start(client_of(), "anything", {"value": value, "data": value})
    assert response.status_code == 201
    assert row(response).inputs == {"value": value, "data": value}
