"""Bad input over REST: each a clear 4xx that names what is wrong, no row made, and never a 500."""

import codecs
import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from task_api import transitions
from task_api.models import TaskInfo
from task_api.params import ObjectParameter, StringParameter
from task_api.tasks import Task
from task_api.testing import registered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]

JSON = "application/json"
GOOD = b'{"task": "sum", "inputs": {"numbers": [1]}}'


@pytest.fixture(params=[APIClient, Client])
def client(request: pytest.FixtureRequest) -> Any:
    """A client that raises no exception of the server's: an unexpected one is a 500 as for a user."""
    return request.param(raise_request_exception=False)


@pytest.fixture(autouse=True)
def no_row() -> Iterator[None]:
    """Bad input makes no row."""
    yield
    assert not TaskInfo.objects.exists()


def post(client: Any, body: bytes | str, content_type: str = JSON, path: str = "/tasks/", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return client.generic("POST", path, data, content_type, **headers)


def start(task: str, inputs: str) -> str:
    return f'{{"task": "{task}", "inputs": {inputs}}}'


def is_clear(response: Any, status: int) -> None:
    """Assert that an answer is JSON of a reader's size, and tells nothing of the server."""
    assert response.status_code == status, response.text
    assert response["Content-Type"] == JSON
    assert isinstance(response.json(), dict)
    assert len(response.content) < 2000
    for word in ("Traceback", "site-packages", ".py", "sys.", "DoesNotExist", "Error("):
        assert word not in response.text


NOT_JSON = "The body is not valid JSON: "
REQUIRED = {"task": ["This field is required."]}
TOO_DEEP = "The JSON is nested too deep."
TOO_LONG = "A number has too many digits; a number must stay under 1.8e308."
DIGITS_5000 = "9" * 5000

BODIES: dict[str, tuple[bytes | str, Any]] = {
    "unfinished object": (
        "{",
        f"{NOT_JSON}Expecting property name enclosed in double quotes: line 1 column 2 (char 1).",
    ),
    "unfinished list": ("[1,", f"{NOT_JSON}Expecting value: line 1 column 4 (char 3)."),
    "unfinished text": ('{"task": "su', f"{NOT_JSON}Unterminated string starting at: line 1 column 10 (char 9)."),
    "word": ("undefined", f"{NOT_JSON}Expecting value: line 1 column 1 (char 0)."),
    "Python": (
        "{'task': 'sum'}",
        f"{NOT_JSON}Expecting property name enclosed in double quotes: line 1 column 2 (char 1).",
    ),
    "two": ("{} {}", f"{NOT_JSON}Extra data: line 1 column 4 (char 3)."),
    "form in JSON's clothes": ("task=sum&inputs=", f"{NOT_JSON}Expecting value: line 1 column 1 (char 0)."),
    "blank": (" ", f"{NOT_JSON}Expecting value: line 1 column 2 (char 1)."),
    "empty": ("", REQUIRED),
    "control character": (
        start("anything", '{"value": "a\nb"}'),
        f"{NOT_JSON}Invalid control character at: line 1 column 44 (char 43).",
    ),
    "wrong escape": (
        start("anything", r'{"value": "\x00"}'),
        f"{NOT_JSON}Invalid \\escape: line 1 column 43 (char 42).",
    ),
    # Encodings
    "byte order mark": (
        codecs.BOM_UTF8 + GOOD,
        f"{NOT_JSON}Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0).",
    ),
    "UTF-16": (GOOD.decode().encode("utf-16"), "The body is not UTF-8: invalid start byte at byte 0."),
    "Latin-1": (
        start("ü", "{}").encode("latin-1"),
        "The body is not UTF-8: invalid start byte at byte 10.",
    ),
    "surrogate in UTF-8": (
        start("\ud800", "{}"),
        "The body is not UTF-8: invalid continuation byte at byte 10.",
    ),
    "NUL bytes": (b"\x00" * 10, f"{NOT_JSON}Expecting value: line 1 column 1 (char 0)."),
    # Numbers
    "NaN": (start("sum", '{"numbers": [NaN]}'), f"{NOT_JSON}there is no NaN in JSON."),
    "Infinity": (start("sum", '{"numbers": [Infinity]}'), f"{NOT_JSON}there is no Infinity in JSON."),
    "-Infinity": (start("sum", '{"numbers": -Infinity}'), f"{NOT_JSON}there is no -Infinity in JSON."),
    "NaN alone": ("NaN", f"{NOT_JSON}there is no NaN in JSON."),
    "1e400": (start("sum", '{"numbers": [1e400]}'), "The number 1e400 is too large; a number must stay under 1.8e308."),
    "-1e400": (
        start("sum", '{"numbers": -1e400}'),
        "The number -1e400 is too large; a number must stay under 1.8e308.",
    ),
    "long float": (
        start("sum", f'{{"numbers": {DIGITS_5000}.0}}'),
        f"The number {'9' * 40} is too large; a number must stay under 1.8e308.",
    ),
    "5,000 digits": (start("sum", f'{{"numbers": {DIGITS_5000}}}'), TOO_LONG),
    "-5,000 digits as the task": (f'{{"task": -{DIGITS_5000}}}', TOO_LONG),
    "400 digits": (
        start("sum", f'{{"numbers": {"9" * 400}}}'),
        {"inputs": {"numbers": ["a number of about 401 digits is too large; a number must stay under 1.8e308."]}},
    ),
    "1e400 as text": (
        start("sum", '{"numbers": "1e400"}'),
        {"inputs": {"numbers": ["Item 1: '1e400' is not a finite number."]}},
    ),
    "NaN as text": (
        start("sum", '{"numbers": "NaN"}'),
        {"inputs": {"numbers": ["Item 1: 'NaN' is not a finite number."]}},
    ),
    # Depth
    "deep list": ("[" * 20_000 + "]" * 20_000, TOO_DEEP),
    "deep dict": ('{"a":' * 20_000 + "1" + "}" * 20_000, TOO_DEEP),
    "deep unfinished list": ("[" * 20_000, TOO_DEEP),
    "deep inputs": (start("anything", '{"value": ' + "[" * 20_000 + "]" * 20_000 + "}"), TOO_DEEP),
    "500 deep in a dict": (
        start("anything", '{"data": ' + '{"a":' * 500 + "1" + "}" * 500 + "}"),
        {"inputs": {"data": [f"The value at {'a.' * 40}... is nested deeper than 64 levels, or contains itself."]}},
    ),
    "500 deep in a list": (
        start("anything", '{"data": ' + "[" * 500 + "]" * 500 + "}"),
        {"inputs": {"data": [f"The value at {'[0]' * 26}[0... is nested deeper than 64 levels, or contains itself."]}},
    ),
    "500 deep in an unknown input": (
        start("sum", '{"numbers": 1, "x": ' + "[" * 500 + "]" * 500 + "}"),
        {"inputs": {"x": ["Unknown input 'x'. The task 'sum' takes: numbers."]}},
    ),
    "500 deep in the task": ('{"task": ' + "[" * 500 + "]" * 500 + "}", {"task": ["Not a valid string."]}),
    "500 deep for a number": (
        start("sum", '{"numbers": ' + "[" * 500 + "]" * 500 + "}"),
        {
            "inputs": {
                "numbers": [f"The value at {'[0]' * 26}[0... is nested deeper than 64 levels, or contains itself."]
            }
        },
    ),
    # Shapes
    "list": ("[]", {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    "list of tasks": (b"[" + GOOD + b"]", {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    "text": ('"sum"', {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}),
    "number": ("1", {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}),
    "true": ("true", {"non_field_errors": ["Invalid data. Expected a dictionary, but got bool."]}),
    "null": ("null", {"non_field_errors": ["No data provided"]}),
    "no task": ("{}", REQUIRED),
    "task in capitals": ('{"Task": "sum"}', {"Task": ["Unknown key 'Task', must be task or inputs."], **REQUIRED}),
    "null task": ('{"task": null}', {"task": ["This field may not be null."]}),
    "empty task": ('{"task": ""}', {"task": ["This field may not be blank."]}),
    "list for a task": ('{"task": ["sum"]}', {"task": ["Not a valid string."]}),
    "dict for a task": ('{"task": {"name": "sum"}}', {"task": ["Not a valid string."]}),
    "true for a task": ('{"task": true}', {"task": ["Not a valid string."]}),
    "number for a task": ('{"task": 5}', {"task": ["There is no task '5'."]}),
    "unknown task": ('{"task": "nothing"}', {"task": ["There is no task 'nothing'."]}),
    "task with a blank": ('{"task": " sum"}', {"task": ["There is no task ' sum'."]}),
    "name of a class": (
        '{"task": "tests.myapp.background.SumNumbers"}',
        {"task": ["There is no task 'tests.myapp.background.SumNumbers'."]},
    ),
    "long task": (f'{{"task": "{"x" * 100_000}"}}', {"task": [f"There is no task '{'x' * 80}'."]}),
    "list for inputs": (
        start("sum", "[1, 2]"),
        {"inputs": ["Inputs must be an object by name of the input, not an array."]},
    ),
    "text for inputs": (
        start("sum", '"1"'),
        {"inputs": ["Inputs must be an object by name of the input, not a string."]},
    ),
    "JSON text for inputs": (
        start("sum", r'"{\"numbers\": [1]}"'),
        {"inputs": ["Inputs must be an object by name of the input, not a string."]},
    ),
    "number for inputs": (
        start("sum", "1.5"),
        {"inputs": ["Inputs must be an object by name of the input, not a number."]},
    ),
    "zero for inputs": (
        start("sum", "0"),
        {"inputs": ["Inputs must be an object by name of the input, not a number."]},
    ),
    "true for inputs": (
        start("sum", "true"),
        {"inputs": ["Inputs must be an object by name of the input, not a boolean."]},
    ),
    "null for inputs": (start("sum", "null"), {"inputs": {"numbers": ["This input is required."]}}),
    "missing input": (start("sum", "{}"), {"inputs": {"numbers": ["This input is required."]}}),
    "null for an input": (start("sum", '{"numbers": null}'), {"inputs": {"numbers": ["null is not a list."]}}),
    "extra input": (
        start("sum", '{"numbers": [1], "more": 2}'),
        {"inputs": {"more": ["Unknown input 'more'. The task 'sum' takes: numbers."]}},
    ),
    "extra input of a task without any": (
        start("unique", '{"self": 2}'),
        {"inputs": {"self": ["Unknown input 'self'. The task 'unique' takes: no inputs."]}},
    ),
    "missing and extra input": (
        start("sum", '{"Numbers": [1]}'),
        {
            "inputs": {
                "Numbers": ["Unknown input 'Numbers'. The task 'sum' takes: numbers."],
                "numbers": ["This input is required."],
            }
        },
    ),
    "text for a number": (
        start("sum", '{"numbers": [1, "x"]}'),
        {"inputs": {"numbers": ["Item 2: 'x' is not a number."]}},
    ),
    "dict for a number": (start("divide", '{"a": {}, "b": 1}'), {"inputs": {"a": ["{} is not a number."]}}),
    "two wrong inputs": (
        start("divide", '{"a": "x", "b": []}'),
        {"inputs": {"a": ["'x' is not a number."], "b": ["[] is not a number."]}},
    ),
    "list for text": (start("later", '{"text": ["x"]}'), {"inputs": {"text": ["['x'] is not text."]}}),
    "text for a dict": (start("anything", '{"data": "x"}'), {"inputs": {"data": ["'x' is not an object or a list."]}}),
    # What a database cannot store
    "NUL in the task": (r'{"task": "s\u0000um"}', {"task": ["Null characters are not allowed."]}),
    "surrogate in the task": (
        r'{"task": "\ud83d"}',
        {"task": ["Surrogate characters are not allowed: U+D83D."]},
    ),
    "NUL in text": (
        start("later", r'{"text": "a\u0000b"}'),
        {"inputs": {"text": [r"The text 'a\x00b' contains U+0000, which databases cannot store."]}},
    ),
    "surrogate in text": (
        start("later", r'{"text": "\udfff"}'),
        {"inputs": {"text": [r"The text '\udfff' contains a lone surrogate, which is no character."]}},
    ),
    "NUL in any value": (
        start("anything", r'{"value": [{"a": "\u0000"}]}'),
        {"inputs": {"value": [r"The text '\x00' at [0].a contains U+0000, which databases cannot store."]}},
    ),
    "NUL in a nested key": (
        start("anything", r'{"data": {"a": {"k\u0000": 1}}}'),
        {"inputs": {"data": [r"The key 'k\x00' at a contains U+0000, which databases cannot store."]}},
    ),
    "surrogate in a nested key": (
        start("anything", r'{"data": [{"\ud800": 1}]}'),
        {"inputs": {"data": [r"The key '\ud800' at [0] contains a lone surrogate, which is no character."]}},
    ),
    "NUL in a number's text": (
        start("sum", r'{"numbers": "1\u0000"}'),
        {"inputs": {"numbers": [r"The text '1\x00' contains U+0000, which databases cannot store."]}},
    ),
    "NUL in an input's name": (
        start("count", r'{"t\u0000o": 1}'),
        {"inputs": {"t\0o": [r"Unknown input 't\x00o'. The task 'count' takes: to."]}},
    ),
    "surrogate in an input's name": (
        start("count", r'{"\ud800": 1}'),
        {"inputs": {r"\ud800": [r"Unknown input '\\ud800'. The task 'count' takes: to."]}},
    ),
    "surrogate in a body's key": (
        r'{"\ud800": 1}',
        {r"\ud800": [r"Unknown key '\\ud800', must be task or inputs."], **REQUIRED},
    ),
    "long name of an input": (
        start("count", f'{{"{"x" * 100_000}": 1}}'),
        {"inputs": {"x" * 80: [f"Unknown input '{'x' * 80}'. The task 'count' takes: to."]}},
    ),
}


@pytest.mark.parametrize(("body", "answer"), BODIES.values(), ids=BODIES)
def test_bad_body_is_refused(client: Any, body: bytes | str, answer: Any) -> None:
    response = post(client, body)
    is_clear(response, 400)
    assert response.json() == ({"detail": answer} if isinstance(answer, str) else answer)


def test_thousands_of_unknown_inputs_are_answered_by_a_few(client: Any) -> None:
    response = post(client, json.dumps({"task": "count", "inputs": {f"x{n}": n for n in range(100_000)}}))
    is_clear(response, 400)
    assert list(response.json()["inputs"]) == [f"x{n}" for n in range(10)]


@pytest.mark.parametrize("shape", ["[{}]", '{{"a":{}}}'])
def test_json_around_the_recursion_limit_is_refused(client: Any, shape: str) -> None:
    """Parsed with little of the stack in use, and looked at with more of it."""
    for depth in (*range(700, 1010, 3), 2000, 5000, 9000):
        opening, closing = shape.format(" ").replace("{{", "{").replace("}}", "}").split(" ")
        deep = opening * depth + "1" + closing * depth
        for body in (start("anything", f'{{"value": {deep}}}'), start("sum", f'{{"x": {deep}}}'), start("sum", deep)):
            is_clear(post(client, body), 400)


class Addressed(Task):
    name = "addressed"
    inputs = {"to": ObjectParameter({"street": StringParameter()})}

    def run(self, to: dict[str, str]) -> None:
        pass


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (r'{"street": "x", "\ud800": 1}', r"\ud800"),
        (r'{"street": "x", "a\u0000": 1}', "U+0000"),
        (r'{"street": ["\ud800"]}', r"\ud800"),
    ],
)
def test_bad_keys_of_an_object(client: Any, value: str, answer: str) -> None:
    with registered(Addressed):
        response = post(client, start("addressed", f'{{"to": {value}}}'))
    is_clear(response, 400)
    assert answer in str(response.json()["inputs"]["to"])


# Size


@pytest.mark.parametrize("body", [b" " * 10_000_000, GOOD + b" " * 10_000_000, b"[" * 10_000_000])
def test_body_over_the_limit_is_refused(client: Any, body: bytes) -> None:
    response = post(client, body)
    is_clear(response, 413)
    assert response.json() == {"detail": "The body is larger than 2621440 bytes."}


def test_limit_of_the_body_is_a_setting(client: Any, settings: Settings) -> None:
    settings.TASK_API_MAX_BODY_SIZE = len(GOOD)
    response = post(client, GOOD + b" ")
    is_clear(response, 413)
    assert response.json() == {"detail": f"The body is larger than {len(GOOD)} bytes."}
    assert post(client, GOOD).status_code == 201
    TaskInfo.objects.all().delete()


def test_limit_may_be_above_djangos(client: Any, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(GOOD) - 1
    settings.TASK_API_MAX_BODY_SIZE = len(GOOD)
    assert post(client, GOOD).status_code == 201
    TaskInfo.objects.all().delete()


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3"])
def test_wrong_content_length_is_no_error(client: Any, length: str) -> None:
    response = post(client, b"{}", CONTENT_LENGTH=length)
    is_clear(response, 400)


# Content types


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain"),
        *("application/xml", "application/vnd.api+json", "text/json", "application/jsonp", "json", "application"),
        *("x/y; charset=", "ü", "*", "application/json, text/plain", "text/plain; application/json", ";", "a" * 1000),
    ],
)
@pytest.mark.parametrize("body", [GOOD, b"task=sum", b"--x\r\n\r\n--x--", b"\xff"])
def test_body_that_is_not_json_is_refused(client: Any, content_type: str, body: bytes) -> None:
    response = post(client, body, content_type)
    is_clear(response, 415)
    assert response.json() == {"detail": f'Unsupported media type "{content_type}" in request.'}


def test_body_without_a_type_is_refused(client: Any) -> None:
    response = post(client, GOOD, "")
    is_clear(response, 415)
    assert response.json() == {"detail": 'Unsupported media type "" in request.'}


@pytest.mark.parametrize("edge", ["cancel", "retry"])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
def test_form_can_neither_cancel_nor_retry(client: Any, edge: str, content_type: str) -> None:
    """Any site could make a visitor's browser send one."""
    uuid = transitions.create(task="sum").uuid
    if edge == "retry":
        transitions.cancel(uuid)
    version = TaskInfo.objects.get().version
    is_clear(post(client, b"a=b", content_type, f"/tasks/{uuid}/{edge}/"), 415)
    assert TaskInfo.objects.get().version == version
    TaskInfo.objects.all().delete()


def test_form_of_a_logged_in_user_is_refused(user: User) -> None:
    """SessionAuthentication looks for the CSRF token in a form, and so reads the body before its type is refused."""
    client = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    client.cookies["csrftoken"] = token = get_token(RequestFactory().get("/"))
    for content_type, body in (
        ("application/x-www-form-urlencoded", f"task=sum&csrfmiddlewaretoken={token}"),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="task"\r\n\r\nsum\r\n--x--\r\n',
        ),
    ):
        response = post(client, body, content_type, HTTP_X_CSRFTOKEN=token)
        is_clear(response, 415)


@pytest.mark.parametrize("charset", ["utf-16", "base64", "bogus", "rot13", "idna", "utf-8-sig", "hex", "", "ü"])
def test_charset_that_is_claimed_does_not_count(client: Any, charset: str) -> None:
    """RFC 8259: JSON is UTF-8, and its media type has no parameter for another encoding."""
    content_type = f"application/json; charset={charset}"
    is_clear(post(client, start("later", '{"text": 1, "ü": 2}'), content_type), 400)
    is_clear(post(client, GOOD.decode().encode("utf-16"), content_type), 400)
    is_clear(post(client, GOOD, "text/plain; charset=" + charset), 415)
    assert post(client, GOOD, content_type).status_code == 201
    TaskInfo.objects.all().delete()


# Queries and paths


@pytest.mark.parametrize(
    "query",
    [
        *("uuid=%00", "uuid=%FF", "uuid=%ED%A0%80", "uuid=x,%00", "task=%00", "task=%FF", "task=%ED%A0%80"),
        *(
            "status=%00",
            "status=%FF",
            "status=%ED%A0%80",
            "status=a%00b",
            "uuid=" + "x," * 5000,
            "task=" + "x" * 50_000,
        ),
    ],
    ids=lambda query: query[:20],
)
def test_bad_query_is_refused(client: Any, query: str) -> None:
    response = client.generic("GET", f"/tasks/?{query}")
    is_clear(response, 400)
    assert list(response.json()) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "query", ["%00=%00", "\x00", "%", "&&&", "=", "a" * 50_000, "x=" + "%FF" * 5000, "format=json", "page=-1", "uuid"]
)
def test_odd_query_is_no_error(client: Any, query: str) -> None:
    assert client.generic("GET", f"/tasks/?{query}").status_code == 200


def test_thousands_of_query_parameters_are_refused(client: Any) -> None:
    assert client.generic("GET", "/tasks/?" + "x=1&" * 5000).status_code == 400


def test_format_that_there_is_not(client: Any) -> None:
    is_clear(client.generic("GET", "/tasks/?format=html"), 404)


@pytest.mark.parametrize(
    "uuid", ["x", "%00", "%FF", "%ED%A0%80", "a" * 50_000, "'; DROP TABLE", "%0A", "..", str(uuid4())]
)
@pytest.mark.parametrize("end", ["", "cancel/", "retry/"])
def test_task_that_there_is_not(client: Any, uuid: str, end: str) -> None:
    response = client.generic("POST" if end else "GET", f"/tasks/{uuid}/{end}")
    is_clear(response, 404)
    assert response.json()["detail"].startswith("There is no task ")


# Methods


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, "/tasks/") for method in ("PUT", "PATCH", "DELETE", "TRACE", "QUERY")),
        *((method, "/tasks/catalog/") for method in ("POST", "PUT", "DELETE")),
        *((method, f"/tasks/{uuid4()}/") for method in ("POST", "PUT", "PATCH", "DELETE")),
        *((method, f"/tasks/{uuid4()}/{edge}/") for method in ("GET", "PUT", "DELETE") for edge in ("cancel", "retry")),
    ],
)
@pytest.mark.parametrize("body", [b"", GOOD])
def test_wrong_method_is_refused(client: Any, method: str, path: str, body: bytes) -> None:
    response = client.generic(method, path, body, JSON)
    is_clear(response, 405)
    assert response.json() == {"detail": f'Method "{method}" not allowed.'}
    assert method not in response["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/tasks/", "/tasks/catalog/", f"/tasks/{uuid4()}/", f"/tasks/{uuid4()}/cancel/"])
def test_options_are_no_error(client: Any, path: str) -> None:
    for accept in ("*/*", "text/html", ""):
        response = client.generic("OPTIONS", path, b"", JSON, HTTP_ACCEPT=accept)
        assert response.status_code in {200, 406}
        assert response["Content-Type"] == JSON
    assert client.generic("OPTIONS", path).status_code == 200


# Accept


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/xml", "image/*", "text/html, application/xml;q=0.9", "x", ";;;", "/", "ü", "a" * 50_000],
)
def test_answer_that_is_not_json_is_not_acceptable(client: Any, accept: str) -> None:
    is_clear(client.generic("POST", "/tasks/", GOOD, JSON, HTTP_ACCEPT=accept), 406)
    is_clear(client.generic("GET", "/tasks/", HTTP_ACCEPT=accept), 406)


@pytest.mark.parametrize(
    "accept",
    [
        *("*/*", "application/*", "text/html, */*;q=0.8", "application/json; indent=4", "application/json; indent=x"),
        *("*/*; indent=" + "9" * 200, "*/*; q=x", '*/*; a="', "*/*;" * 60),
    ],
)
def test_acceptable_answers_are_json(client: Any, accept: str) -> None:
    response = client.generic("GET", "/tasks/", HTTP_ACCEPT=accept)
    assert (response.status_code, response["Content-Type"]) == (200, JSON)


# Who asks


@pytest.fixture
def browser(user: User) -> APIClient:
    """A browser with the session of a user who is logged in."""
    client = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", ["/tasks/", f"/tasks/{uuid4()}/cancel/", f"/tasks/{uuid4()}/retry/"])
@pytest.mark.parametrize("body", [GOOD, b""])
def test_session_without_its_csrf_token_is_refused(browser: APIClient, path: str, body: bytes) -> None:
    response = post(browser, body, path=path)
    is_clear(response, 403)
    assert response.json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    browser.cookies["csrftoken"] = get_token(RequestFactory().get("/"))
    response = post(browser, body, path=path)
    is_clear(response, 403)
    assert response.json() == {"detail": "CSRF Failed: CSRF token missing."}


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"x" * 10_000_000, 413), (b"[" * 20_000, 400)])
def test_bad_body_of_a_session_without_its_csrf_token_is_refused(browser: APIClient, body: bytes, status: int) -> None:
    """The token could be in a form, so DRF looks at the body first."""
    browser.cookies["csrftoken"] = get_token(RequestFactory().get("/"))
    is_clear(post(browser, body), status)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("x" * 32, "CSRF token from the 'X-Csrftoken' HTTP header incorrect."),
        ("x", "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length."),
        ("!" * 32, "CSRF token from the 'X-Csrftoken' HTTP header has invalid characters."),
        ("\x00" * 64, "CSRF token from the 'X-Csrftoken' HTTP header has invalid characters."),
    ],
)
def test_session_with_a_wrong_csrf_token_is_refused(browser: APIClient, token: str, message: str) -> None:
    browser.cookies["csrftoken"] = get_token(RequestFactory().get("/"))
    response = post(browser, GOOD, HTTP_X_CSRFTOKEN=token)
    is_clear(response, 403)
    assert response.json() == {"detail": f"CSRF Failed: {message}"}


def test_session_with_its_csrf_token_may_start(browser: APIClient) -> None:
    browser.cookies["csrftoken"] = token = get_token(RequestFactory().get("/"))
    assert post(browser, GOOD, HTTP_X_CSRFTOKEN=token).status_code == 201
    TaskInfo.objects.all().delete()


def basic(credentials: bytes) -> str:
    return f"Basic {b64encode(credentials).decode()}"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (basic(b"ada:wrong"), "Invalid username/password."),
        (basic(b"nobody:ada"), "Invalid username/password."),
        (basic(b"ada"), "Invalid basic header. Credentials not correctly base64 encoded."),
        (basic(b"\xff\xfe:x"), "Invalid username/password."),
        ("Basic ada", "Invalid basic header. Credentials not correctly base64 encoded."),
        ("Basic", "Invalid basic header. No credentials provided."),
        ("Basic a b", "Invalid basic header. Credentials string should not contain spaces."),
    ],
)
@pytest.mark.parametrize("path", ["/tasks/", "/tasks/catalog/"])
def test_wrong_credentials_are_refused(
    client: Any, user: User, settings: Settings, header: str, message: str, path: str
) -> None:
    settings.TASK_API_AUTHENTICATION_CLASSES = ["rest_framework.authentication.BasicAuthentication"]
    for response in (
        post(client, GOOD, HTTP_AUTHORIZATION=header),
        client.generic("GET", path, HTTP_AUTHORIZATION=header),
    ):
        is_clear(response, 401)
        assert response.json() == {"detail": message}
        assert response["WWW-Authenticate"] == 'Basic realm="api"'


@pytest.mark.skipif(connection.vendor == "mysql", reason="The collation of its user names does not count NUL")
def test_credentials_with_nul_are_refused(client: Any, user: User, settings: Settings) -> None:
    settings.TASK_API_AUTHENTICATION_CLASSES = ["rest_framework.authentication.BasicAuthentication"]
    is_clear(post(client, GOOD, HTTP_AUTHORIZATION=basic(b"a\x00da:ada")), 401)
