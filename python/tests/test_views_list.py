"""GET of several tasks: the pages of one's own, and a batch by uuid."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.test import APIClient

from task_api import transitions
from task_api.models import TaskInfo
from task_api.transitions import Report
from tests.clients import client_of, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]


def create(owner: User | None = None, task: str = "sum", **values: Any) -> str:
    return str(transitions.create(task=task, owner="" if owner is None else str(owner.pk), **values).uuid)


def listed(client: APIClient, **query: str) -> Any:
    response = client.get(f"/tasks/?{urlencode(query)}")
    assert response.status_code == 200, response.text
    assert set(response.json()) == {"next", "previous", "results"}
    return response.json()


def uuids(answer: Any) -> list[str]:
    return [result["uuid"] for result in answer["results"]]


def pages(client: APIClient, url: str, link: str) -> Iterator[Any]:
    while url:
        answer = client.get(url).json()
        yield answer
        url = answer[link]


# Own tasks


def test_list_is_of_own_tasks_the_newest_first(user: User, other: User) -> None:
    own = [create(user) for _ in range(3)]
    create(other)
    create()
    answer = listed(client_of(user))
    assert uuids(answer) == own[::-1]
    assert (answer["next"], answer["previous"]) == (None, None)


def test_list_holds_snapshots(user: User) -> None:
    client = client_of(user)
    snapshot = start(client, "sum", {"numbers": [1]}).json()
    assert listed(client)["results"] == [snapshot]


def test_list_of_nobody_is_empty() -> None:
    create()
    assert listed(client_of()) == {"next": None, "previous": None, "results": []}


def test_list_of_staff_is_of_own_tasks(admin_user: User, user: User) -> None:
    create(user)
    own = create(admin_user)
    assert uuids(listed(client_of(admin_user))) == [own]


def test_list_after_a_user_is_deleted_is_nobodys(user: User, other: User) -> None:
    create(user)
    user.delete()
    for client in (client_of(other), client_of()):
        assert uuids(listed(client)) == []


def test_pages_hold_each_task_once(user: User, settings: Settings) -> None:
    settings.TASK_API_PAGE_SIZE = 3
    own = [create(user) for _ in range(10)]
    client = client_of(user)
    forward = list(pages(client, "/tasks/", "next"))
    assert [len(page["results"]) for page in forward] == [3, 3, 3, 1]
    assert [uuid for page in forward for uuid in uuids(page)] == own[::-1]
    back = list(pages(client, forward[-1]["previous"], "previous"))
    assert [uuid for page in back for uuid in uuids(page)[::-1]] == own[1:]


def test_pages_stay_whole_while_tasks_are_started(user: User, settings: Settings) -> None:
    settings.TASK_API_PAGE_SIZE = 2
    own = [create(user) for _ in range(4)]
    client = client_of(user)
    first = listed(client)
    create(user)
    assert uuids(first) + uuids(client.get(first["next"]).json()) == own[::-1]


def test_pages_keep_their_filters(user: User, settings: Settings) -> None:
    settings.TASK_API_PAGE_SIZE = 1
    own = [create(user, "count") for _ in range(2)]
    create(user)
    found = list(pages(client_of(user), "/tasks/?task=count&status=pending", "next"))
    assert [uuid for page in found for uuid in uuids(page)] == own[::-1]


def cursor(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        *("garbage", "ü", "a" * 5000),
        *(
            cursor(f"p={position}")
            for position in ("", "x", "1.5", "-", "\x00", "ü", "9" * 5000, "1 OR 1=1", "NaN", "1e3")
        ),
        *(cursor(text) for text in ("r=x&p=1", "o=x&p=1", "o=-1&p=1")),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_cursor_that_is_none_is_refused(user: User, value: str) -> None:
    create(user)
    response = client_of(user).get("/tasks/", {"cursor": value})
    assert (response.status_code, response.json()) == (404, {"detail": "Invalid cursor"})


@pytest.mark.parametrize(
    "value",
    [
        *("", "\x00", "%", "=" * 10),
        *(cursor(text) for text in ("p=9223372036854775808", "p=" + "9" * 19, "r=1&p=0", "o=1000000000000&p=5")),
        *(cursor(text) for text in ("x=1", "p=1&p=x")),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_cursor_of_no_page_is_no_error(user: User, value: str) -> None:
    create(user)
    assert client_of(user).get("/tasks/", {"cursor": value}).status_code == 200


# By uuid


def test_batch_is_of_the_tasks_that_are_named(user: User) -> None:
    wanted = {create(user), create(user), create()}
    create(user)
    answer = listed(client_of(user), uuid=",".join(wanted))
    assert set(uuids(answer)) == wanted
    assert (answer["next"], answer["previous"]) == (None, None)


def test_batch_leaves_out_what_there_is_not_and_what_is_others(user: User, other: User) -> None:
    own, foreign, missing = create(user), create(other), str(uuid4())
    query = ",".join([own, foreign, missing, own])
    assert uuids(listed(client_of(user), uuid=query)) == [own]
    assert uuids(listed(client_of(other), uuid=query)) == [foreign]
    assert uuids(listed(client_of(), uuid=query)) == []


def test_batch_of_staff_is_of_all_tasks(admin_user: User, user: User) -> None:
    assert uuids(listed(client_of(admin_user), uuid=create(user)))


def test_batch_of_nobody_is_of_nobodys_tasks() -> None:
    wanted = create()
    assert uuids(listed(client_of(), uuid=wanted)) == [wanted]


def test_batch_may_be_filtered(user: User) -> None:
    one, two = create(user), create(user, "count")
    assert uuids(listed(client_of(user), uuid=f"{one},{two}", task="count", status="pending")) == [two]
    assert uuids(listed(client_of(user), uuid=f"{one},{two}", status="failed")) == []


def test_batch_takes_100_uuids_on_one_page(user: User, settings: Settings) -> None:
    settings.TASK_API_PAGE_SIZE = 1
    wanted = [create(user) for _ in range(3)]
    asked = ",".join([*wanted, *(str(uuid4()) for _ in range(97))])
    assert set(uuids(listed(client_of(user), uuid=asked))) == set(wanted)


def test_batch_of_more_than_100_uuids_is_refused(user: User) -> None:
    response = client_of(user).get("/tasks/", {"uuid": ",".join(str(uuid4()) for _ in range(101))})
    assert response.status_code == 400
    assert response.json() == {"uuid": ["101 uuids are asked for, at most 100 are allowed."]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "'x' is not a uuid."),
        ("{good},x", "'x' is not a uuid."),
        ("{good};{good}", "' is not a uuid."),
        ("{good} {good}", "' is not a uuid."),
        ("*", "'*' is not a uuid."),
        ("y" * 500, f"'{'y' * 80}' is not a uuid."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
def test_garbage_among_the_uuids_is_named(user: User, value: str, message: str) -> None:
    good = create(user)
    response = client_of(user).get("/tasks/", {"uuid": value.replace("{good}", good)})
    assert response.status_code == 400
    assert response.json()["uuid"][0].endswith(message)


@pytest.mark.parametrize("value", ["", ",", " , ,"])
def test_batch_of_no_uuids_is_empty(user: User, value: str) -> None:
    create(user)
    assert uuids(listed(client_of(user), uuid=value)) == []


def test_blanks_and_empty_ones_among_the_uuids_do_not_matter(user: User) -> None:
    own = create(user)
    assert uuids(listed(client_of(user), uuid=f" {own} ,,")) == [own]


@pytest.mark.parametrize("query", ["", "uuid"])
def test_statements_do_not_grow_with_the_tasks(user: User, query: str) -> None:
    client = client_of(user)

    def grow(count: int) -> None:
        for _ in range(count):
            claim = transitions.claim(TaskInfo.objects.get(uuid=create(user)).uuid, tasks=["sum"])
            assert claim is not None
            transitions.beat(claim[1], Report(messages=("one", "two")))

    def statements() -> int:
        wanted = {"uuid": ",".join(str(uuid) for uuid in TaskInfo.objects.values_list("uuid", flat=True))}
        with CaptureQueriesContext(connection) as queries:
            answer = listed(client, **(wanted if query else {}))
        assert all(result["messages"] == ["one", "two"] for result in answer["results"])
        return len(queries)

    grow(1)
    before = statements()
    grow(9)
    # The session, the user, the tasks and their messages.
    assert before == statements() == 4


# Filters


def test_list_by_task_and_status(user: User) -> None:
    client = client_of(user)
    create(user)
    pending, cancelled = create(user, "count"), create(user, "count")
    transitions.cancel(TaskInfo.objects.get(uuid=cancelled).uuid)
    assert uuids(listed(client, task="count")) == [cancelled, pending]
    assert uuids(listed(client, task="count", status="cancelled")) == [cancelled]
    assert uuids(listed(client, status="succeeded")) == []


def test_empty_filter_is_none(user: User) -> None:
    own = create(user)
    assert uuids(listed(client_of(user), task="", status="")) == [own]


STATUSES = "pending, running, succeeded, failed, cancelled"


@pytest.mark.parametrize("value", ["done", "PENDING", "pending ", "pending,running", "\x00", "a\x00b", "0", "é"])
def test_status_that_is_none_is_refused(user: User, value: str) -> None:
    response = client_of(user).get("/tasks/", {"status": value})
    assert response.status_code == 400
    assert response.json() == {"status": [f"There is no status {value!r}, must be one of: {STATUSES}."]}


def test_status_of_any_length_is_answered_shortly() -> None:
    response = client_of().get("/tasks/", {"status": "x" * 10_000})
    assert response.status_code == 400
    assert len(response.text) < 250


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nothing", "There is no task 'nothing'."),
        ("SUM", "There is no task 'SUM'."),
        (" sum", "There is no task ' sum'."),
        ("a\x00b", "Null characters are not allowed."),
        ("x" * 10_000, f"There is no task '{'x' * 80}'."),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_task_that_is_none_is_refused(user: User, value: str, message: str) -> None:
    response = client_of(user).get("/tasks/", {"task": value})
    assert response.status_code == 400
    assert response.json() == {"task": [message]}


def test_unknown_query_parameters_do_not_matter(user: User) -> None:
    own = create(user)
    assert uuids(listed(client_of(user), owner="2", page="7", ordering="status", format="json")) == [own]
