"""System checks: each misconfiguration with its id and message, and none for a good project."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings
from rest_framework.permissions import AllowAny, IsAuthenticated

from task_api.checks.project import CELERY_FALLBACK
from task_api.params import IntParameter, StringParameter
from task_api.tasks import Task
from tests.myapp.background import SumNumbers


def found(databases: Sequence[str] = (), **options: Any) -> list[CheckMessage]:
    # Without a database unless one is named; Django 6.1 takes None for all of them.
    return run_checks(tags=["task_api"], databases=databases, **options)


def errors(**options: Any) -> list[tuple[str, str]]:
    """Return the ids, without their prefix, and the messages of what the checks find."""
    return [(str(message.id).removeprefix("task_api."), message.msg) for message in found(**options)]


def errors_of(settings: Settings, *tasks: Any) -> list[tuple[str, str]]:
    settings.TASK_API_BACKGROUND_TASKS = tasks
    return errors()


def task(**attributes: Any) -> type[Task]:
    """Return a task's class with some attributes, that is good otherwise."""
    return type("Sample", (Task,), {"name": "sample", "run": lambda self: None} | attributes)


def test_good_project_has_no_faults() -> None:
    assert errors() == []


def test_checks_run_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check", "--tag", "task_api")
    assert "no issues" in capsys.readouterr().out


# Settings


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("PERMISSION_CLASSES", "PERMISSIONS_CLASSES"),
        ("PERMISSIONS", "PERMISSIONS_CLASSES"),
        ("AUTHENTICATION_CLASS", "AUTHENTICATION_CLASSES"),
        ("BACKGROUND_TASK", "BACKGROUND_TASKS"),
        ("PAGESIZE", "PAGE_SIZE"),
    ],
)
def test_e001_slip_of_a_settings_name(settings: Settings, slip: str, meant: str) -> None:
    setattr(settings, f"TASK_API_{slip}", ["rest_framework.permissions.IsAuthenticated"])
    (message,) = found()
    assert (message.id, message.msg) == ("task_api.E001", f"TASK_API_{slip} is no setting of task_api.")
    assert message.hint == f"Write TASK_API_{meant}."
    assert message.is_serious()


@pytest.mark.parametrize("name", ["URL", "KEY", "TOKEN", "TIMEOUT", "BASE_URL"])
def test_w006_setting_of_somebody_else(settings: Settings, name: str) -> None:
    """A project may have a task API of its own, whose settings are none of our business."""
    setattr(settings, f"TASK_API_{name}", "x")
    (message,) = found()
    assert (message.id, message.msg) == ("task_api.W006", f"TASK_API_{name} is no setting of task_api.")
    assert message.hint is not None
    assert "There are: TASK_API_AUTHENTICATION_CLASSES, TASK_API_BACKEND, TASK_API_BACKGROUND_" in message.hint
    assert not message.is_serious()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("BACKEND", 5, "a backend class or a dotted path to one"),
        ("BACKEND", None, "a backend class or a dotted path to one"),
        ("AUTHENTICATION_CLASSES", "x.Y", "a list of authentication classes or of dotted paths to them"),
        ("PERMISSIONS_CLASSES", [None], "a list of permission classes or of dotted paths to them"),
        ("PERMISSIONS_CLASSES", [IsAuthenticated()], "a list of permission classes or of dotted paths to them"),
        ("BACKGROUND_TASKS", "x.Y", "a list of task classes, of dotted paths to them, or of modules' paths"),
        ("BACKGROUND_CLASSES", [5], "a list of task classes, of dotted paths to them, or of modules' paths"),
        ("LEASE", 0, "a number of seconds above 0"),
        ("LEASE", True, "a number of seconds above 0"),
        ("PULSE", "1", "a number of seconds above 0"),
        ("SWEEP", float("nan"), "a number of seconds above 0"),
        ("SWEEP", float("inf"), "a number of seconds above 0"),
        ("THREADS", 1.5, "a whole number above 0"),
        ("RETENTION", timedelta(days=1), "a number of seconds above 0, or None to keep tasks for ever"),
        ("MAX_BODY_SIZE", -1, "a whole number of bytes above 0"),
        ("PAGE_SIZE", 0, "a whole number above 0"),
    ],
)
def test_e002_value_of_a_setting(settings: Settings, name: str, value: Any, allowed: str) -> None:
    setattr(settings, f"TASK_API_{name}", value)
    assert errors() == [("E002", f"TASK_API_{name} is {value!r}, must be {allowed}.")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("tests.backends.NoSuch", 'Module "tests.backends" does not define a "NoSuch" attribute/class'),
        ("no_such.module.Backend", "No module named 'no_such'"),
        ("Backend", "Backend doesn't look like a module path"),
        ("", " doesn't look like a module path"),
        (".Backend", "Empty module name"),
    ],
)
def test_e003_backend_that_there_is_not(settings: Settings, value: str, reason: str) -> None:
    settings.TASK_API_BACKEND = value
    assert errors() == [("E003", f"TASK_API_BACKEND is {value!r}, and there is no such class: {reason}")]


def test_e003_backend_that_is_none(settings: Settings) -> None:
    settings.TASK_API_BACKEND = "task_api.tasks.Task"
    assert errors() == [("E003", "TASK_API_BACKEND is <class 'task_api.tasks.Task'>, must be a TaskBackend.")]
    settings.TASK_API_BACKEND = "task_api.utils.resolve_class"
    assert errors() == [
        ("E003", "TASK_API_BACKEND is 'task_api.utils.resolve_class', must be a backend class or a dotted path to one.")
    ]


@pytest.mark.parametrize("name", ["AUTHENTICATION_CLASSES", "PERMISSIONS_CLASSES"])
def test_e004_class_that_there_is_not(settings: Settings, name: str) -> None:
    reason = 'Module "rest_framework.permissions" does not define a "No" attribute/class'
    setattr(settings, f"TASK_API_{name}", ["x.Y", IsAuthenticated, "rest_framework.permissions.No"])
    assert errors() == [
        ("E004", f"In TASK_API_{name}: There is no class 'x.Y': No module named 'x'"),
        ("E004", f"In TASK_API_{name}: There is no class 'rest_framework.permissions.No': {reason}"),
    ]


# Tasks


TASKS_ALLOWED = "must be a Task class, its dotted path, or a module with tasks."


@pytest.mark.parametrize(
    "path", ["tests.myapp.background.NoSuch", "no_such", "x.y.Z", "", ".", ".x", "tests.settings.DATABASES"]
)
def test_e005_path_that_leads_to_no_task(settings: Settings, path: str) -> None:
    assert errors_of(settings, path) == [("E005", f"TASK_API_BACKGROUND_TASKS names {path!r}, {TASKS_ALLOWED}")]


def test_e005_class_that_is_no_task(settings: Settings) -> None:
    assert errors_of(settings, dict) == [("E005", f"TASK_API_BACKGROUND_TASKS names <class 'dict'>, {TASKS_ALLOWED}")]


def test_e005_name_of_two_tasks(settings: Settings) -> None:
    both = "tests.myapp.background.SumNumbers and tests.test_checks.Sample both have the name 'sum'"
    assert errors_of(settings, SumNumbers, task(name="sum")) == [("E005", f"{both}; a name must be a task's own.")]


def test_e005_task_without_a_name(settings: Settings) -> None:
    assert errors_of(settings, task(name="")) == [("E005", "tests.test_checks.Sample has no name; set `name` on it.")]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"inputs": ["a"]}, "Sample.inputs is a list, must be a dict of parameters by name."),
        ({"outputs": None}, "Sample.outputs is a NoneType, must be a dict of parameters by name."),
        ({"inputs": {5: IntParameter()}}, "Sample.inputs has the name 5, must be a text."),
        ({"outputs": {"": IntParameter()}}, "Sample.outputs has the name '', must be a text."),
        (
            {"inputs": {"a\0": IntParameter()}},
            r"Sample.inputs has the name 'a\x00'. The text 'a\x00' contains U+0000, which databases cannot store.",
        ),
        (
            {"inputs": {"a": IntParameter}},
            "IntParameter is a class; a parameter is an instance, such as IntParameter().",
        ),
        (
            {"inputs": {"a": int}},
            "the class int is not a parameter; give a Parameter, or a REST framework serializer or field.",
        ),
    ],
)
def test_e006_parameters_that_are_none(settings: Settings, attributes: dict[str, Any], message: str) -> None:
    assert errors_of(settings, task(**attributes)) == [("E006", message)]


class Runs:
    """Ways to write `run()`, good and bad."""

    def good(self, a: int, b: int = 0) -> None: ...
    def keywords(self, *, a: int, b: int = 0) -> None: ...
    def anything(self, **inputs: Any) -> None: ...
    def really_anything(*args: Any, **inputs: Any) -> None: ...
    def other_self(task, a: int, b: int = 0) -> None: ...  # noqa: N805
    def extra_default(self, a: int, b: int = 0, c: int = 0, *args: int) -> None: ...
    async def later(self, a: int, b: int = 0) -> None: ...
    @staticmethod
    def static(a: int, b: int = 0) -> None: ...
    @classmethod
    def of_class(cls, a: int, b: int = 0) -> None: ...
    def no_self(a: int, b: int = 0) -> None: ...  # noqa: N805  as in version 1's documentation
    def no_self_and_default(b: int = 0) -> None: ...  # noqa: N805
    def nothing() -> None: ...  # type: ignore[misc]
    def keyword_self(**inputs: Any) -> None: ...  # type: ignore[misc]
    def lacks_b(self, a: int) -> None: ...
    def by_position(self, a: int, b: int = 0, /) -> None: ...
    def needs_more(self, a: int, c: int, b: int = 0) -> None: ...
    def no_default(self, a: int, b: int) -> None: ...
    def yields(self, a: int, b: int = 0) -> Any:
        yield a

    async def yields_later(self, a: int, b: int = 0) -> Any:
        yield a


INPUTS = {"a": IntParameter(), "b": IntParameter(required=False)}
GOOD_RUNS = ["good", "keywords", "anything", "really_anything", "other_self", "extra_default", "later", "static"]


def task_of(run: str) -> type[Task]:
    return task(inputs=INPUTS, run=vars(Runs)[run])


@pytest.mark.parametrize("run", [*GOOD_RUNS, "of_class"])
def test_run_that_takes_its_inputs(settings: Settings, run: str) -> None:
    assert errors_of(settings, task_of(run)) == []


@pytest.mark.parametrize(
    ("run", "faults"),
    [
        ("no_self", ["lacks self: its first argument is 'a'."]),
        ("no_self_and_default", ["lacks self: its first argument is 'b'."]),
        ("nothing", ["lacks self: it takes nothing."]),
        ("keyword_self", ["lacks self: its first argument is 'inputs'."]),
        ("lacks_b", ["does not take the input 'b' by name."]),
        (
            "by_position",
            ["does not take the input 'a' by name.", "does not take the input 'b' by name."],
        ),
        ("needs_more", ["needs 'c', which is no input."]),
        ("yields", ["yields; it has to return its outputs, and `self.track()` tells how far it is."]),
        ("yields_later", ["yields; it has to return its outputs, and `self.track()` tells how far it is."]),
    ],
)
def test_e007_run_that_does_not_take_its_inputs(settings: Settings, run: str, faults: list[str]) -> None:
    assert errors_of(settings, task_of(run)) == [("E007", f"Sample.run() {fault}") for fault in faults]
    assert {message.hint for message in found()} == {"Write def run(self, a, b)."}


def test_e007_run_without_self_as_in_version_1s_documentation(settings: Settings) -> None:
    def run(seconds: int = 10) -> None: ...

    wait = task(inputs={"seconds": IntParameter(required=False)}, run=run)
    assert errors_of(settings, wait) == [("E007", "Sample.run() lacks self: its first argument is 'seconds'.")]


def test_e007_no_run(settings: Settings) -> None:
    assert errors_of(settings, type("NoRun", (Task,), {"name": "no-run"})) == [("E007", "NoRun.run() is not defined.")]
    assert errors_of(settings, task(run=5)) == [("E007", "Sample.run() is 5, must be a method.")]


def test_e007_input_named_self(settings: Settings) -> None:
    assert errors_of(settings, task(inputs={"self": IntParameter()})) == [
        ("E007", "Sample.run() has self for its task, so that no input may have that name.")
    ]


def test_e008_optional_input_without_a_default(settings: Settings) -> None:
    message = "Sample.run() has no default for the optional input 'b'."
    assert errors_of(settings, task_of("no_default")) == [("E008", message)]
    assert found()[0].hint == "Give it one, as in run(self, b=None), or give the parameter a default."
    with_default = {"a": IntParameter(), "b": IntParameter(default=5)}
    assert errors_of(settings, task(inputs=with_default, run=Runs.no_default)) == []


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("name", "x" * 257, "a text of 1 to 256 characters that a database can store"),
        ("name", "a\0b", "a text of 1 to 256 characters that a database can store"),
        ("name", "\ud800", "a text of 1 to 256 characters that a database can store"),
        ("name", 5, "a text of 1 to 256 characters that a database can store"),
        ("queue", "x" * 256, "a text of 1 to 255 characters, or None"),
        ("queue", 5, "a text of 1 to 255 characters, or None"),
        ("priority", "high", "a whole number from -32767 to 32767, or None"),
        ("priority", 2**15, "a whole number from -32767 to 32767, or None"),
        ("max_attempts", 0, "a whole number above 0"),
        ("max_attempts", 1.5, "a whole number above 0"),
        ("max_attempts", True, "a whole number above 0"),
        ("max_attempts", None, "a whole number above 0"),
        ("retry_on", ValueError, "a tuple of exception classes"),
        ("retry_on", [ValueError], "a tuple of exception classes"),
        ("retry_on", (ValueError, dict), "a tuple of exception classes"),
        ("backoff", -1, "a number of seconds from 0 up"),
        ("backoff", float("inf"), "a number of seconds from 0 up"),
        ("backoff", timedelta(1), "a number of seconds from 0 up"),
        ("expires_after", 0, "a timedelta or a number of seconds above 0, or None"),
        ("expires_after", timedelta(-1), "a timedelta or a number of seconds above 0, or None"),
        ("retention", "1 day", "a timedelta or a number of seconds above 0, or None"),
        ("permission_classes", IsAuthenticated, "a list of permission classes or of dotted paths to them"),
        ("permission_classes", ["x.Y"], "a list of permission classes or of dotted paths to them"),
        ("permission_classes", "x.Y", "a list of permission classes or of dotted paths to them"),
        ("permission_classes", [IsAuthenticated()], "a list of permission classes or of dotted paths to them"),
        ("unique", "text", "True or a list of the task's inputs: text"),
        ("unique", ["text", "other"], "True or a list of the task's inputs: text"),
        ("unique", 5, "True or a list of the task's inputs: text"),
        ("unique", None, "True or a list of the task's inputs: text"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_e009_options_of_a_task(settings: Settings, option: str, value: Any, allowed: str) -> None:
    attributes = {"inputs": {"text": StringParameter()}, "run": lambda self, text: None, option: value}
    assert errors_of(settings, task(**attributes)) == [
        ("E009", f"Sample.{option} is {value!r:.100}, must be {allowed}.")
    ]


def test_options_that_are_allowed(settings: Settings) -> None:
    good = task(
        name="x" * 256,
        inputs={"text": StringParameter()},
        run=lambda self, text: None,
        queue="q" * 255,
        priority=-(2**15) + 1,
        max_attempts=3,
        retry_on=(ConnectionError, TimeoutError),
        backoff=0,
        expires_after=timedelta(days=1),
        retention=0.5,
        permission_classes=[IsAuthenticated, "rest_framework.permissions.IsAdminUser", IsAuthenticated | AllowAny],
        unique=["text"],
    )
    assert errors_of(settings, good, task(unique=True)) == []


def test_e009_unique_task_without_inputs(settings: Settings) -> None:
    assert errors_of(settings, task(unique=("text",))) == [
        ("E009", "Sample.unique is ('text',), must be True or a list of the task's inputs: it has none.")
    ]


def test_e010_throttle_scope_without_a_rate(settings: Settings) -> None:
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"few": "5/min", "off": None, "bad": "often", "many": "x/min"}}
    assert errors_of(settings, task(throttle_scope="few"), task(name="other", throttle_scope="off")) == []
    assert errors_of(settings, task(throttle_scope="none")) == [
        ("E010", "Sample.throttle_scope is 'none', and there is no such rate.")
    ]
    assert found()[0].hint == 'Set it in REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], for example to "10/min".'
    for scope, rate in (("bad", "often"), ("many", "x/min")):
        assert errors_of(settings, task(throttle_scope=scope)) == [
            ("E010", f"The rate of Sample.throttle_scope {scope!r} is {rate!r}, which is none.")
        ]


def test_e011_task_that_cannot_be_made(settings: Settings) -> None:
    def init(self: Any, colour: str) -> None: ...

    assert errors_of(settings, task(__init__=init)) == [
        (
            "E011",
            "Sample cannot be made without arguments, as a worker makes it: missing a required argument: 'colour'.",
        )
    ]


def test_all_faults_of_all_tasks_are_told(settings: Settings) -> None:
    one = task(name="one", max_attempts=0, queue=5, inputs=[])
    two = task(name="two", inputs=INPUTS, run=Runs.lacks_b)
    assert [code for code, _ in errors_of(settings, one, two)] == ["E009", "E009", "E006", "E007"]


# Surroundings


OPEN = [("W001", "Anybody may start the tasks of the API without logging in.")]
deployed = partial(errors, include_deployment_checks=True)


def test_w001_api_for_anybody(settings: Settings) -> None:
    assert deployed() == OPEN
    settings.TASK_API_PERMISSIONS_CLASSES = []
    assert deployed() == OPEN
    settings.TASK_API_PERMISSIONS_CLASSES = ["rest_framework.permissions.AllowAny"]
    assert deployed() == OPEN
    settings.TASK_API_PERMISSIONS_CLASSES = [AllowAny, IsAuthenticated]
    assert deployed() == []
    settings.TASK_API_PERMISSIONS_CLASSES = None
    settings.REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
    assert deployed() == []


def test_w001_is_silent_where_the_class_is_missing(settings: Settings) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = ["x.Y"]
    assert [code for code, _ in deployed()] == ["E004"]


WAL = "PRAGMA foreign_keys=ON; PRAGMA journal_mode = WAL;"


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, True),
        ({"transaction_mode": "IMMEDIATE"}, True),
        ({"init_command": WAL}, True),
        ({"transaction_mode": "DEFERRED", "init_command": WAL}, True),
        ({"transaction_mode": None, "init_command": None}, True),
        ({"transaction_mode": "IMMEDIATE", "init_command": WAL}, False),
        ({"transaction_mode": "immediate", "init_command": WAL.lower()}, False),
    ],
)
def test_w002_sqlite_for_one_writer(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], warned: bool) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    monkeypatch.setitem(connections["default"].settings_dict, "OPTIONS", options)
    expected = [("W002", "SQLite is not set up for several writers.")] if warned else []
    assert errors(databases=["default"]) == expected
    assert errors() == []
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    assert errors(databases=["default"]) == []


@pytest.mark.parametrize(
    ("url", "options", "warned"),
    [
        ("redis://localhost/0", {}, True),
        ("rediss://localhost/0", {"visibility_timeout": 5}, True),
        ("redis+socket:///tmp/redis.sock", None, True),
        ("sentinel://localhost", {}, True),
        ("redis://localhost/0", {"socket_timeout": 1}, False),
        ("amqp://localhost", {}, False),
        (None, {}, False),
    ],
)
def test_w003_redis_broker_without_a_timeout(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str | None, options: Any, warned: bool
) -> None:
    monkeypatch.setattr(current_app._get_current_object(), "main", "project")
    monkeypatch.setitem(current_app.conf, "broker_url", url)
    monkeypatch.setitem(current_app.conf, "broker_transport_options", options)
    # Another backend has no broker.
    assert errors() == []
    settings.TASK_API_BACKEND = "task_api.backends.celery.CeleryBackend"
    silent = (
        "A Redis that does not answer makes workers, and whoever sends the project's own Celery tasks, wait for it."
    )
    expected = [("W003", silent)] if warned else []
    assert errors() == expected


def test_w003_is_silent_where_the_backend_is_missing(settings: Settings) -> None:
    settings.TASK_API_BACKEND = "x.Y"
    assert [code for code, _ in errors()] == ["E003"]


def test_w004_celery_without_an_app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app that Celery makes up has its own broker's address, and tasks would wait for ever."""
    monkeypatch.setattr(current_app._get_current_object(), "main", "default")
    assert errors() == []
    settings.TASK_API_BACKEND = "task_api.backends.celery.CeleryBackend"
    assert errors() == [("W004", "Celery has no app of the project to send tasks with.")]


def test_w004_tells_the_app_that_celery_makes_up(tmp_path: Path) -> None:
    name = subprocess.run(
        [sys.executable, "-c", "from celery import current_app; print(current_app.main)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert name.stdout.strip() == CELERY_FALLBACK


class OtherDatabase:
    """A router that keeps tasks apart from the rest of the project."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "tasks" if model._meta.app_label == "task_api" else None


def test_w005_tasks_in_another_database(settings: Settings) -> None:
    assert errors() == []
    settings.DATABASE_ROUTERS = [OtherDatabase()]
    ((code, message),) = errors()
    assert code == "W005"
    assert message == (
        "Tasks are in the database 'tasks': one that is started in a transaction of 'default' runs "
        "even if that is rolled back, and atomic = True does not cover writes to 'default'."
    )
    assert "transaction.atomic(using='tasks')" in (found()[0].hint or "")


# The event bus

CELERY = "task_api.backends.celery.CeleryBackend"


def test_memory_bus_does_not_reach_celery_workers(settings: Settings) -> None:
    settings.TASK_API_BACKEND = CELERY
    settings.TASK_API_EVENT_BUS = "memory"
    message = "TASK_API_EVENT_BUS is 'memory', and Celery's workers are other processes, which it does not reach."
    assert ("E013", message) in errors()


@pytest.mark.parametrize("bus", ["redis", "database", None])
def test_bus_that_reaches_celery_workers_is_no_fault(bus: str | None, settings: Settings) -> None:
    settings.TASK_API_BACKEND = CELERY
    settings.TASK_API_EVENT_BUS = bus
    settings.TASK_API_REDIS_URL = "redis://127.0.0.1:1/0"
    assert not {"E013", "E014"} & {code for code, _ in errors()}


@pytest.mark.parametrize(
    ("url", "part"),
    [("", "neither TASK_API_REDIS_URL nor Celery's broker_url is a Redis"), ("redis://host:port/0", "cannot use")],
)
def test_redis_bus_needs_a_redis(url: str, part: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, "broker_url", "amqp://127.0.0.1:1")
    settings.TASK_API_EVENT_BUS = "redis"
    settings.TASK_API_REDIS_URL = url
    (fault,) = [message for code, message in errors() if code == "E014"]
    assert part in fault


def test_redis_bus_needs_the_package(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "task_api.events.redis", None)
    settings.TASK_API_EVENT_BUS = "redis"
    settings.TASK_API_REDIS_URL = "redis://127.0.0.1:1/0"
    assert [code for code, message in errors() if "cannot use Redis" in message] == ["E014"]


@pytest.mark.parametrize(("name", "value"), [("EVENT_BUS", "kafka"), ("STREAMS_PER_USER", "20"), ("REDIS_URL", 6379)])
def test_value_that_no_stream_setting_may_have(name: str, value: Any, settings: Settings) -> None:
    setattr(settings, f"TASK_API_{name}", value)
    assert [(code, message.split(",")[0]) for code, message in errors()] == [("E002", f"TASK_API_{name} is {value!r}")]
