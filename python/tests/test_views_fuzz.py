"""Whatever is sent to the REST API: never a 5xx, never a row unless it answers 201, and always JSON."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from task_api.models import TaskInfo
from task_api.params import (
    BooleanParameter,
    ChoiceParameter,
    DateParameter,
    DateTimeParameter,
    DecimalParameter,
    DictParameter,
    DurationParameter,
    EmailParameter,
    FloatParameter,
    IntParameter,
    ListParameter,
    NumberParameter,
    ObjectParameter,
    Parameter,
    StringParameter,
    URLParameter,
    UUIDParameter,
)
from task_api.tasks import Task
from task_api.testing import registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]

fuzz = settings(
    max_examples=100,
    deadline=None,
    # The rows of one example are counted before the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

PARAMETERS: dict[str, Parameter] = {
    "any": Parameter(required=False),
    "boolean": BooleanParameter(required=False),
    "choice": ChoiceParameter(["red", "blue", 3], required=False),
    "date": DateParameter(required=False),
    "datetime": DateTimeParameter(required=False),
    "decimal": DecimalParameter(required=False),
    "dict": DictParameter(required=False),
    "duration": DurationParameter(required=False),
    "email": EmailParameter(required=False),
    "float": FloatParameter(required=False),
    "int": IntParameter(required=False),
    "list": ListParameter(IntParameter(), required=False),
    "number": NumberParameter(required=False),
    "object": ObjectParameter({"a": StringParameter(), "b": IntParameter(required=False)}, required=False),
    "string": StringParameter(required=False),
    "url": URLParameter(required=False),
    "uuid": UUIDParameter(required=False),
}


class Everything(Task):
    name = "everything"
    inputs = PARAMETERS

    def run(self, **inputs: Any) -> None:
        pass


# Any code point, lone surrogates included.
texts = st.text(st.characters(), max_size=20)
odd_texts = st.sampled_from(
    ["1e400", "NaN", "-inf", "9" * 5000, "2026-02-30", "0001-01-01T00:00:00+14:00", "P999999999999D", "a@b", "\0", "١٢"]
)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(10**400), 10**400) | st.floats() | texts | odd_texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=15
)
names = st.sampled_from(sorted(PARAMETERS)) | texts
bodies = (
    values
    | st.fixed_dictionaries({"task": values, "inputs": values})
    | st.fixed_dictionaries(
        {"task": st.just("everything"), "inputs": st.dictionaries(names, values, max_size=4)},
    )
)


def is_sound(response: Any, rows: int) -> None:
    assert response.status_code < 500, response.content
    assert response["Content-Type"] == "application/json"
    # As a browser parses it, which knows no NaN.
    json.loads(response.content.decode(), parse_constant=pytest.fail)
    assert TaskInfo.objects.count() == rows + (response.status_code == 201)


@fuzz
@given(body=bodies)
def test_any_json_body(body: Any) -> None:
    rows = TaskInfo.objects.count()
    with registered(Everything):
        response = Client(raise_request_exception=False).post("/tasks/", json.dumps(body), "application/json")
    is_sound(response, rows)
    assert response.status_code in {201, 400}


@fuzz
@given(body=st.binary(max_size=60), content_type=st.sampled_from(["application/json", "text/plain", ""]))
def test_any_bytes(body: bytes, content_type: str) -> None:
    rows = TaskInfo.objects.count()
    response = Client(raise_request_exception=False).generic("POST", "/tasks/", body, content_type)
    is_sound(response, rows)
    assert response.status_code in {400, 415}


@fuzz
@given(
    query=st.dictionaries(
        st.sampled_from(["uuid", "task", "status", "cursor", "format", "page"]) | texts,
        texts | st.sampled_from([str(uuid4()), "sum", "pending", "cD0x", "json"]),
        max_size=4,
    )
)
def test_any_query(query: dict[str, str]) -> None:
    encoded = {
        name.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass") for name, value in query.items()
    }
    response = Client(raise_request_exception=False).get("/tasks/", encoded)
    is_sound(response, TaskInfo.objects.count())
    assert response.status_code in {200, 400, 404}


@fuzz
@given(query=st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_query_string(query: str) -> None:
    response = Client(raise_request_exception=False).generic("GET", "/tasks/", QUERY_STRING=query)
    is_sound(response, TaskInfo.objects.count())


@fuzz
@given(
    value=st.text(st.characters(max_codepoint=255), max_size=60),
    name=st.sampled_from(
        ["IF_NONE_MATCH", "IF_MATCH", "IF_MODIFIED_SINCE", "ACCEPT", "ACCEPT_LANGUAGE", "IDEMPOTENCY_KEY", "RANGE"]
    ),
)
def test_any_header(value: str, name: str) -> None:
    client = Client(raise_request_exception=False)
    rows = TaskInfo.objects.count()
    body = '{"task": "count"}'
    response = client.post("/tasks/", body, "application/json", **{f"HTTP_{name}": value})  # type: ignore[arg-type]
    # The same key may have come before.
    rows += response.status_code == 201
    is_sound(client.get("/tasks/", **{f"HTTP_{name}": value}), rows)  # type: ignore[arg-type]
    uuid = TaskInfo.objects.create(task="count").uuid
    response = client.get(f"/tasks/{uuid}/", **{f"HTTP_{name}": value})  # type: ignore[arg-type]
    assert response.status_code in {200, 304, 406}


@fuzz
@given(
    path=st.text(st.characters(max_codepoint=255, exclude_characters="?#"), max_size=40),
    end=st.sampled_from(["", "cancel/", "retry/"]),
)
def test_any_path(path: str, end: str) -> None:
    client = Client(raise_request_exception=False)
    response = client.generic("POST" if end else "GET", "/", PATH_INFO=f"/tasks/{path}/{end}")
    assert response.status_code < 500
