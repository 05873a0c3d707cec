"""The OpenAPI schema of the REST API, made by drf-spectacular."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.management.commands import spectacular
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.settings import patched_settings
from jsonschema import Draft202012Validator

from task_api import transitions
from task_api.openapi.components import Components
from task_api.params import ChoiceParameter, IntParameter, ListParameter, NumberParameter
from task_api.snapshots import Snapshot
from task_api.states import Status
from task_api.tasks import Task

ROOT = Path(__file__).parents[2]


class Add(Task):
    """Add numbers."""

    name = "add"
    inputs = {"numbers": ListParameter(NumberParameter()), "digits": IntParameter(default=2)}
    outputs = {"sum": NumberParameter()}

    def run(self, numbers, digits):
        return round(sum(numbers), digits)


class Paint(Task):
    name = "paint"
    inputs = {"color": ChoiceParameter(["red", "blue"], default="red")}

    def run(self, color):
        self.add_message(color)
        if color == "blue":
            raise ValueError("There is no blue.")


class Clash(Task):
    """Has a name that differs from another's in nothing that a component's name can hold."""

    name = "add!"

    def run(self):
        pass


class TaskTask(Task):
    name = "task"

    def run(self):
        pass


TASKS = [Add, Paint, Clash, TaskTask]


@contextmanager
def project(tasks, **spectacular_settings):
    """Settings of a project with drf-spectacular and these tasks."""
    framework = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
    settings = override_settings(TASK_API_BACKGROUND_TASKS=tasks, REST_FRAMEWORK=framework)
    with settings, patched_settings(spectacular_settings):
        yield


def make_schema(version="3.0.3"):
    with project(TASKS, OAS_VERSION=version):
        return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def schema():
    return make_schema()


@pytest.fixture(scope="module")
def components(schema):
    return schema["components"]["schemas"]


@pytest.mark.parametrize("urls", ["tests.urls", "tests.urls_in_namespace"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("tasks", [TASKS, ["tests.typed_tasks"], []], ids=["tasks", "every type", "no task"])
@pytest.mark.parametrize("split", [False, True])
def test_schema_is_valid_and_without_warnings(capsys, urls, version, tasks, split):
    """As `manage.py spectacular --validate --fail-on-warn` sees it."""
    with project(tasks, OAS_VERSION=version, COMPONENT_SPLIT_REQUEST=split):
        call_command(spectacular.Command(), validate=True, fail_on_warn=True, urlconf=urls)
    printed = capsys.readouterr()
    assert printed.err == ""
    for path in ("/", "/{uuid}/", "/{uuid}/cancel/", "/{uuid}/retry/", "/events/", "/catalog/"):
        assert f"/tasks{path}:\n" in printed.out


def test_command_of_a_project():
    """Nothing but the app in INSTALLED_APPS, and DRF's DEFAULT_SCHEMA_CLASS, is set."""
    command = [sys.executable, "-m", "django", "spectacular", "--settings", "tests.openapi_settings"]
    command += ["--pythonpath", "python", "--validate", "--fail-on-warn"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "#/components/schemas/ScalarsStart" in done.stdout


def test_schema_is_the_same_at_each_run():
    assert make_schema() == make_schema()


def test_start_is_one_of_the_tasks(schema, components):
    body = schema["paths"]["/tasks/"]["post"]["requestBody"]
    assert body == {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TaskStart"}}},
        "required": True,
    }
    names = ["Add", "Add2", "Paint", "Task2"]
    references = {name: f"#/components/schemas/{name}Start" for name in names}
    assert components["TaskStart"] == {
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {
            "propertyName": "task",
            "mapping": dict(zip(["add", "add!", "paint", "task"], references.values(), strict=True)),
        },
        "required": ["task"],
    }
    assert components["AddStart"] == {
        "type": "object",
        "description": "Add numbers.",
        "properties": {
            "task": {"$ref": "#/components/schemas/AddTaskEnum"},
            "inputs": {"$ref": "#/components/schemas/AddInputs"},
        },
        "required": ["task", "inputs"],
        "additionalProperties": False,
    }
    assert components["AddTaskEnum"] == {"type": "string", "enum": ["add"]}
    assert components["AddInputs"] == {
        "type": "object",
        "properties": {
            "numbers": {"type": "array", "items": {"type": "number"}},
            "digits": {"type": "integer", "default": 2},
        },
        "required": ["numbers"],
        "additionalProperties": False,
    }


def test_inputs_may_be_left_out_where_none_is_required(components):
    assert components["PaintStart"]["required"] == ["task"]
    assert components["PaintStart"]["properties"]["inputs"] == {
        "allOf": [{"$ref": "#/components/schemas/PaintInputs"}],
        "nullable": True,
    }


def test_snapshot_is_the_one_that_the_api_answers(components):
    assert components["TaskSnapshot"]["discriminator"]["mapping"]["add"] == "#/components/schemas/AddSnapshot"
    assert set(components["AddSnapshot"]["properties"]) == set(Snapshot.__annotations__)
    assert set(components["AddSnapshot"]["required"]) == set(Snapshot.__annotations__)
    assert components["TaskStatus"]["enum"] == list(Status)


ANSWERS = {
    ("/tasks/", "post"): {"200", "201", "400", "401", "403", "409", "413", "415", "422", "429"},
    ("/tasks/", "get"): {"200", "400", "401", "403", "404", "429"},
    ("/tasks/{uuid}/", "get"): {"200", "304", "401", "403", "404", "429"},
    ("/tasks/{uuid}/cancel/", "post"): {"200", "400", "401", "403", "404", "409", "413", "415", "429"},
    ("/tasks/{uuid}/retry/", "post"): {"200", "400", "401", "403", "404", "409", "413", "415", "429"},
    ("/tasks/catalog/", "get"): {"200", "401", "403", "429"},
    ("/tasks/events/", "get"): {"200", "400", "401", "403", "406", "429"},
}


def test_every_endpoint_and_answer_is_there(schema):
    found = {
        (path, method): set(operation["responses"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert found == ANSWERS


@pytest.mark.parametrize(
    ("path", "method", "code", "headers"),
    [
        ("/tasks/", "post", "201", {"Location"}),
        ("/tasks/", "post", "200", {"Location"}),
        ("/tasks/", "post", "429", {"Retry-After"}),
        ("/tasks/{uuid}/", "get", "200", {"ETag"}),
        ("/tasks/{uuid}/", "get", "304", {"ETag"}),
        ("/tasks/events/", "get", "429", {"Retry-After"}),
    ],
)
def test_headers_of_answers(schema, path, method, code, headers):
    assert set(schema["paths"][path][method]["responses"][code]["headers"]) == headers


@pytest.mark.parametrize(
    ("path", "method", "parameters"),
    [
        ("/tasks/", "post", {"Idempotency-Key"}),
        ("/tasks/", "get", {"uuid", "task", "status", "cursor"}),
        ("/tasks/{uuid}/", "get", {"uuid", "If-None-Match"}),
        ("/tasks/{uuid}/cancel/", "post", {"uuid"}),
        ("/tasks/events/", "get", {"uuid", "Last-Event-ID"}),
        ("/tasks/catalog/", "get", set()),
    ],
)
def test_parameters(schema, path, method, parameters):
    found = schema["paths"][path][method].get("parameters", [])
    assert {parameter["name"] for parameter in found} == parameters


def test_cancel_may_have_a_body_and_retry_has_none(schema):
    body = schema["paths"]["/tasks/{uuid}/cancel/"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/TaskCancel"}
    assert not body.get("required")
    assert "requestBody" not in schema["paths"]["/tasks/{uuid}/retry/"]["post"]


def test_list_has_pages_of_snapshots(schema, components):
    content = schema["paths"]["/tasks/"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/TaskPage"}
    page = components["TaskPage"]["properties"]
    assert page["next"] == page["previous"] == {"type": "string", "format": "uri", "nullable": True}
    assert page["results"] == {"type": "array", "items": {"$ref": "#/components/schemas/TaskSnapshot"}}


def test_stream_is_documented_with_its_events(schema, components):
    answer = schema["paths"]["/tasks/events/"]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["text/event-stream"]
    assert set(components["TaskStream"]["x-events"]) == {"task", "gone", "end"}
    whole, hint = components["TaskEvent"]["anyOf"]
    assert set(whole["properties"]) == set(Snapshot.__annotations__) - {"inputs"} | {"seq"}
    assert set(hint["properties"]) == {"uuid", "version"}


def test_tasks_without_a_description_have_none(components):
    assert "description" not in components["PaintStart"]


def test_component_of_the_project_keeps_its_name():
    registry = ComponentRegistry()
    registry.register(ResolvedComponent("AddInputs", ResolvedComponent.SCHEMA, {"type": "string"}, object()))
    assert Components(registry, lambda serializer: None).add("AddInputs", {"type": "object"}) == {
        "$ref": "#/components/schemas/AddInputs2"
    }


def validator(schema, name):
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": schema["components"]})


@pytest.fixture(scope="module")
def modern():
    """Of version 3.1, whose schemas are JSON Schema, by which answers can be checked."""
    return make_schema(version="3.1.0")


@pytest.mark.django_db
class TestAnswers:
    @pytest.fixture(autouse=True)
    def _registered(self, settings):
        settings.TASK_API_BACKGROUND_TASKS = TASKS

    @pytest.mark.parametrize(
        "body",
        [
            {"task": "add", "inputs": {"numbers": [1, 2.5]}},
            {"task": "paint"},
            {"task": "paint", "inputs": None},
            {"task": "paint", "inputs": {"color": "blue"}},
            {"task": "add!"},
        ],
        ids=str,
    )
    def test_start_and_snapshot_fit_their_schemas(self, client, modern, body):
        validator(modern, "TaskStart").validate(body)
        answer = client.post("/tasks/", body, content_type="application/json")
        assert answer.status_code == 201
        validator(modern, "TaskSnapshot").validate(answer.json())
        validator(modern, "TaskDetail").validate(client.get(answer["Location"]).json())

    def test_attempts_fit_their_schema(self, client, modern):
        body = {"task": "paint", "inputs": {"color": "blue"}}
        uuid = client.post("/tasks/", body, content_type="application/json").json()["uuid"]
        detail = client.get(f"/tasks/{uuid}/").json()
        assert len(detail["attempts"]) == 1
        validator(modern, "TaskDetail").validate(detail)
        del detail["attempts"][0]["number"]
        assert not validator(modern, "TaskDetail").is_valid(detail)

    @pytest.mark.parametrize("body", [{"terminate": True}, {}, {"terminate": "perhaps"}, {"kill": True}])
    def test_body_of_a_cancel_fits_its_schema_or_is_refused(self, client, modern, body):
        uuid = transitions.create(task="add", inputs={}).uuid
        answer = client.post(f"/tasks/{uuid}/cancel/", body, content_type="application/json")
        assert (answer.status_code == 200) == validator(modern, "TaskCancel").is_valid(body)

    @pytest.mark.parametrize(
        "body",
        [
            {"task": "add"},
            {"task": "add", "inputs": {}},
            {"task": "add", "inputs": {"numbers": ["a"]}},
            {"task": "add", "inputs": {"numbers": [], "more": 1}},
            {"task": "paint", "inputs": {"color": "green"}},
            {"task": "some"},
            {"inputs": {}},
            {"task": "paint", "input": {}},
        ],
        ids=str,
    )
    def test_what_the_schema_refuses_the_api_refuses(self, client, modern, body):
        assert not validator(modern, "TaskStart").is_valid(body)
        answer = client.post("/tasks/", body, content_type="application/json")
        assert answer.status_code == 400
        validator(modern, "TaskErrors").validate(answer.json())

    def test_list_fits_its_schema(self, admin_client, modern):
        for body in ({"task": "add", "inputs": {"numbers": [1]}}, {"task": "paint", "inputs": {"color": "blue"}}):
            admin_client.post("/tasks/", body, content_type="application/json")
        page = admin_client.get("/tasks/").json()
        assert len(page["results"]) == 2
        validator(modern, "TaskPage").validate(page)

    def test_catalog_and_problems_fit_their_schemas(self, client, modern):
        validator(modern, "TaskCatalog").validate(client.get("/tasks/catalog/").json())
        validator(modern, "TaskProblem").validate(client.get("/tasks/none/").json())


WITHOUT = """
import sys
sys.modules["drf_spectacular"] = None
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "task_api"],
    ROOT_URLCONF="task_api.urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.core.management import call_command
call_command("check")
import task_api.urls
assert "task_api.openapi" not in sys.modules
"""


def test_app_works_without_drf_spectacular():
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
