"""Messages are appended with few statements, and never twice."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task_api import transitions
from task_api.messages import append
from task_api.models import TaskInfo, TaskMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def info() -> TaskInfo:
    return transitions.create(task="a")


def stored() -> list[tuple[int, Any]]:
    return list(TaskMessage.objects.values_list("seq", "message"))


def test_messages_follow_those_before(info: TaskInfo) -> None:
    append(info, ["one", {"two": [2, None]}], after=0)
    append(info, (None, 4.5, "fünf % %s"), after=2)
    assert stored() == [(1, "one"), (2, {"two": [2, None]}), (3, None), (4, 4.5), (5, "fünf % %s")]
    assert all(message.created for message in TaskMessage.objects.all())


def test_message_that_is_there_is_left_alone(info: TaskInfo) -> None:
    append(info, ["one", "two"], after=0)
    append(info, ["other", "others", "three"], after=0)
    assert stored() == [(1, "one"), (2, "two"), (3, "three")]


def test_many_messages_take_few_statements(info: TaskInfo) -> None:
    with CaptureQueriesContext(connection) as queries:
        append(info, [f"Message {number}" for number in range(2_000)], after=0)
    # SQLite takes 999 parameters, or with Django 6.1 as many as it was built for.
    assert len(queries) <= {"postgresql": 1, "sqlite": 7}.get(connection.vendor, 2)
    assert [seq for seq, _ in stored()] == list(range(1, 2_001))
