"""What code written for version 1 relies on, besides its documentation."""

import json
from importlib import import_module
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import now

from task_api.backends.base import TaskBackend
from task_api.backends.celery import CeleryBackend, execute
from task_api.models import TaskInfo
from task_api.params import DictParameter, IntParameter, ListParameter, NumberParameter, Parameter, StringParameter
from task_api.tasks import Task
from task_api.testing import registered
from task_api.utils import get_backend_cls, resolve_class

# The snapshot's keys and their types: before the start, while running, after success, after failure.
NONE = type(None)
SNAPSHOTS = {
    "uuid": (str, str, str, str),
    "task": (str, str, str, str),
    "status": (str, str, str, str),
    "progress": (NONE, int, int, NONE),
    "target": (NONE, int, int, NONE),
    "outputs": (dict, dict, dict, dict),
    "messages": (list, list, list, list),
    "created": (str, str, str, str),
    "started": (NONE, str, str, str),
    "finished": (NONE, NONE, str, str),
}


class SumNumbers(Task):
    name = "sum"
    inputs = {"numbers": ListParameter(NumberParameter())}
    outputs = {"sum": NumberParameter()}

    def run(self, numbers):
        return sum(numbers)


class Report(Task):
    name = "report"
    inputs = {"lines": IntParameter(required=False)}

    def run(self, lines=3):
        self.set_target(lines)
        self.set_progress(0)
        for _ in range(lines):
            self.inc_progress()
        self.inc_progress(increment=2)
        self.add_message("Done.")
        self.add_message({"lines": lines})


class Crash(Task):
    name = "crash"

    def run(self):
        raise KeyError("secret")


class Waiting(TaskBackend):
    """Takes tasks and runs none."""

    def run_task(self, info, class_str):
        pass


class OnTheSpot(TaskBackend):
    """A project's own backend, as version 1's interface lets it be."""

    def run_task(self, info, class_str):
        info.backend_data = json.dumps({"class": class_str})
        self.resolve_class(class_str)().execute(info)


@pytest.fixture(autouse=True)
def tasks():
    with registered(SumNumbers, Report, Crash):
        yield


def waiting(task, inputs):
    """Make a task's row as tests of version 1 did."""
    return TaskInfo.objects.create(task=task.name, inputs=json.dumps(inputs), created=now())


def start(client, task, inputs):
    return client.post("/tasks/", {"task": task, "inputs": inputs}, content_type="application/json")


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("tasks", ["Task"]),
        (
            "params",
            [
                *("Parameter", "StringParameter", "NumberParameter", "IntParameter", "FloatParameter"),
                *("BooleanParameter", "ListParameter", "DictParameter", "ParameterNotValidError"),
            ],
        ),
        ("models", ["TaskInfo"]),
        ("urls", ["router", "urlpatterns"]),
        ("utils", ["resolve_class", "get_backend_cls"]),
        ("backends.base", ["TaskBackend"]),
        ("backends.celery", ["CeleryBackend", "execute"]),
    ],
)
def test_names_are_importable(module, names):
    found = vars(import_module(f"task_api.{module}"))

    assert [name for name in names if name not in found] == []


def test_celery_task_has_its_name():
    assert execute.name == "task_api.backends.celery.execute"
    assert callable(execute.delay)


def test_app_label():
    assert apps.get_app_config("task_api").name == "task_api"
    assert TaskInfo._meta.db_table == "task_api_taskinfo"


def test_paths():
    uuid = uuid4()

    assert reverse("taskinfo-list") == "/tasks/"
    assert reverse("taskinfo-detail", args=[uuid]) == reverse("taskinfo-detail", kwargs={"uuid": uuid})
    assert reverse("taskinfo-detail", args=[uuid]) == f"/tasks/{uuid}/"


def test_statuses():
    assert {"pending", "running", "succeeded", "failed"} < dict(TaskInfo._meta.get_field("status").choices).keys()


@pytest.mark.django_db
def test_new_row():
    info = waiting(SumNumbers, {"numbers": [1]})

    assert isinstance(info.uuid, UUID)
    assert (info.status, info.progress, info.target, info.backend_data) == ("pending", None, None, None)
    assert (info.started, info.finished) == (None, None)


@pytest.mark.django_db
def test_snapshot_of_each_status(client, settings):
    settings.TASK_API_BACKEND = Waiting
    pending = start(client, "sum", {"numbers": [1]}).json()
    settings.TASK_API_BACKEND = "task_api.backends.immediate.ImmediateBackend"
    running = []

    class Look(Task):
        name = "look"

        def run(self):
            self.set_target(2)
            self.set_progress(1)
            running.append(client.get(f"/tasks/{self.info.uuid}/").json())

    with registered(Look):
        succeeded = start(client, "look", {}).json()
    failed = start(client, "crash", {}).json()
    snapshots = [pending, *running, succeeded, failed]

    assert [snapshot["status"] for snapshot in snapshots] == ["pending", "running", "succeeded", "failed"]
    for key, types in SNAPSHOTS.items():
        assert tuple(type(snapshot[key]) for snapshot in snapshots) == types, key
    for snapshot in snapshots:
        assert str(UUID(snapshot["uuid"])) == snapshot["uuid"]
        times = [parse_datetime(snapshot[key]) for key in ("created", "started", "finished") if snapshot[key]]
        assert times == sorted(times)


@pytest.mark.django_db
def test_post_and_get(client):
    posted = start(client, "sum", {"numbers": [1, "2", 3.5]})
    got = client.get(f"/tasks/{posted.json()['uuid']}/")

    assert (posted.status_code, got.status_code) == (201, 200)
    # What version 1 did not have is there as well.
    assert posted.json().items() <= got.json().items()
    assert (got.json()["task"], got.json()["outputs"]) == ("sum", {"sum": 6.5})


@pytest.mark.django_db
def test_progress_and_messages(client):
    snapshot = start(client, "report", {}).json()

    assert (snapshot["target"], snapshot["progress"]) == (3, 5)
    assert snapshot["messages"] == ["Done.", {"lines": 3}]
    assert snapshot["outputs"] == {}


@pytest.mark.django_db
def test_post_without_inputs(client):
    """Null, with which version 1 failed although its serializer allowed it, stands for no inputs."""
    assert start(client, "report", None).json()["inputs"] == {}
    assert start(client, "sum", None).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"task": "sum", "inputs": {}}, "numbers"),
        ({"task": "sum", "inputs": {"numbers": ["x"]}}, "numbers"),
        ({"task": "no-such-task", "inputs": {}}, "task"),
        ({"inputs": {}}, "task"),
        ({"task": "report", "inputs": [1]}, "inputs"),
    ],
    ids=["missing input", "invalid input", "unknown task", "no task", "a list"],
)
def test_bad_request(client, body, named):
    answer = client.post("/tasks/", body, content_type="application/json")

    assert answer.status_code == 400
    assert f'"{named}":' in answer.content.decode()
    assert not TaskInfo.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("uuid", [str(uuid4()), "nonsense"])
def test_unknown_uuid(client, uuid):
    assert client.get(f"/tasks/{uuid}/").status_code == 404


@pytest.mark.django_db
def test_start_of_an_instance():
    info = SumNumbers().start({"numbers": [1, 2]})

    assert isinstance(info, TaskInfo)
    info.refresh_from_db()
    assert (info.task, info.status, info.outputs) == ("sum", "succeeded", {"sum": 3})
    assert Report().start(None).status == "succeeded"


@pytest.mark.django_db
def test_execute_of_a_row():
    info = waiting(SumNumbers, {"numbers": [1, "2"]})

    SumNumbers().execute(info)

    assert info.status == "pending"
    info.refresh_from_db()
    assert (info.status, info.outputs) == ("succeeded", {"sum": 3})
    assert info.created <= info.started <= info.finished


@pytest.mark.django_db
def test_execute_of_a_task_that_crashes(caplog):
    info = waiting(Crash, {})

    Crash().execute(info)

    info.refresh_from_db()
    assert info.status == "failed"
    assert "KeyError: 'secret'" in caplog.text


@pytest.mark.django_db
def test_info_of_a_running_task():
    seen = []

    class Look(Task):
        name = "look"
        inputs = {"step": IntParameter()}

        def run(self, step):
            self.set_progress(step)
            self.inc_progress(step)
            seen.append((self.info, self.info.progress))

    task = Look()
    assert task.info is None
    with registered(Look):
        info = waiting(Look, {"step": 2})
        task.execute(info)

    assert seen == [(info, 4)]
    assert task.info is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("returned", "outputs"),
    [
        ({"count": 1, "text": 2, "other": 3}, {"count": 1, "text": "2"}),
        ({"count": 1}, {"count": 1}),
    ],
    ids=["names without a parameter are left out", "an optional output may be missing"],
)
def test_several_outputs(returned, outputs):
    class Several(Task):
        name = "several"
        outputs = {"count": IntParameter(), "text": StringParameter(required=False)}

        def run(self):
            return returned

    with registered(Several):
        assert Several().start({}).outputs == outputs


@pytest.mark.django_db
@pytest.mark.parametrize("returned", [{"d": 1}, [1], {"data": {"d": 1}}], ids=repr)
def test_one_output_that_is_a_dict(returned):
    class One(Task):
        name = "one"
        outputs = {"data": DictParameter()}

        def run(self):
            return {"data": returned}

    with registered(One):
        assert One().start({}).outputs == {"data": returned}


@pytest.mark.django_db
def test_parameter_of_a_project_s_own():
    class Reversed(Parameter):
        def to_python(self, value):
            return value[::-1]

        def to_json(self, value):
            return value[::-1]

    class Echo(Task):
        name = "echo"
        inputs = {"text": Reversed(False)}
        outputs = {"seen": StringParameter(), "text": Reversed(required=False)}

        def run(self, text):
            return {"seen": text, "text": text}

    with registered(Echo):
        assert Echo().start({"text": "abc"}).outputs == {"seen": "cba", "text": "abc"}


def test_required_by_position():
    assert Parameter().required
    assert not Parameter(False).required
    assert not ListParameter(StringParameter(), False).required


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("setting", [OnTheSpot, f"{__name__}.OnTheSpot"], ids=["class", "path"])
def test_backend_of_a_project_s_own(settings, setting):
    settings.TASK_API_BACKEND = setting
    assert get_backend_cls() is OnTheSpot

    info = SumNumbers().start({"numbers": [1, 2]})

    info.refresh_from_db()
    assert (info.status, info.outputs) == ("succeeded", {"sum": 3})
    assert json.loads(info.backend_data) == {"class": f"{__name__}.SumNumbers"}


def test_backend_that_is_not_there(settings):
    settings.TASK_API_BACKEND = "myapp.backends.Missing"

    with pytest.raises(ImproperlyConfigured, match="TASK_API_BACKEND"):
        get_backend_cls()


def test_resolve_class():
    assert resolve_class("task_api.backends.celery.CeleryBackend") is CeleryBackend
    assert resolve_class(SumNumbers) is SumNumbers
    assert resolve_class("task_api.backends.celery.Missing") is None
    assert resolve_class("missing.module.Class") is None
    assert resolve_class("nothing") is None


def test_resolve_class_of_a_backend():
    assert CeleryBackend().resolve_class(f"{__name__}.SumNumbers") is SumNumbers
    with pytest.raises(ImportError, match=r"missing\.module\.Class"):
        CeleryBackend().resolve_class("missing.module.Class")
