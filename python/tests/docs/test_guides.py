"""What the guides say of the tasks that they show is true of them."""

import sys

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from task_api.exceptions import InputsNotValidError
from task_api.models import TaskInfo
from task_api.testing import run_task
from tests.docs.pages import DOCS
from tests.docs.reader import WaitingBackend, new_reader, tasks

pytestmark = pytest.mark.django_db

GUIDES = DOCS / "how-to"


@pytest.fixture
def guide(request):
    """Return `myapp.background` as the guide that the test names in a marker's place has it."""
    with new_reader() as reader:
        reader.read(GUIDES / f"{request.param}.md")
        yield sys.modules["myapp.background"]


write_a_task = pytest.mark.parametrize("guide", ["write-a-task"], indirect=True)


@write_a_task
@pytest.mark.parametrize(
    ("task", "inputs", "outputs"),
    [
        ("MyTask", {"name": "Ada", "count": "2"}, {"output": "Hello Ada! Hello Ada! "}),
        ("MyTask", {"name": "Ada", "count": 1, "style": "loud"}, {"output": "HELLO ADA! "}),
        ("CountWords", {"text": "two words"}, {"words": 2, "longest": "words"}),
        ("CountWords", {"text": ""}, {"words": 0, "longest": ""}),
        ("ImportCsv", {"text": "name,email\nAda,ada@example.com"}, {"rows": 1}),
        ("Ship", {"address": {"street": "Long Lane 1", "postcode": "1234"}}, {}),
        ("SendLetters", {}, {}),
        ("Race", {}, {"winner": "hedgehog"}),
    ],
)
def test_outputs(guide, task, inputs, outputs):
    info = run_task(getattr(guide, task), inputs)

    assert (info.status, info.outputs) == ("succeeded", outputs), info.traceback


@write_a_task
def test_two_slips_have_a_message_each(guide):
    with pytest.raises(InputsNotValidError) as caught:
        run_task(guide.MyTask, {"name": "", "cuont": 2})

    assert set(caught.value.errors) == {"name", "cuont"}


@write_a_task
def test_progress_of_a_file(guide, tmp_path):
    file = tmp_path / "lines.txt"
    file.write_text("one\ntwo\n")

    info = run_task(guide.ImportLines, file=str(file))

    assert (info.status, info.progress, info.target) == ("succeeded", 8, 8), info.traceback


@write_a_task
def test_failing_with_a_reason(guide):
    info = run_task(guide.ImportCsv, text="name,age")

    assert (info.error_code, info.error_message) == ("bad_csv", "No header row in the file.")


@write_a_task
def test_attempts(guide, monkeypatch):
    """An OSError is tried again, up to three times; any other error is final."""

    def run(self, error):
        raise error

    for error, attempts in ((OSError(), 3), (ValueError(), 1)):
        monkeypatch.setattr(guide.FetchRates, "run", lambda self, error=error: run(self, error))
        assert run_task(guide.FetchRates).attempt == attempts


@write_a_task
def test_unique(guide):
    with override_settings(TASK_API_BACKEND=WaitingBackend, TASK_API_BACKGROUND_TASKS=tasks()):
        first = guide.RebuildIndex.start(shop=7, note="a")

        assert guide.RebuildIndex.start(shop=7, note="b").uuid == first.uuid
        assert guide.RebuildIndex.start(shop=8).uuid != first.uuid


@pytest.mark.parametrize("guide", ["decide-who-may-do-what"], indirect=True)
def test_permissions_of_a_task(guide, user, settings):
    settings.TASK_API_BACKGROUND_TASKS = tasks()
    settings.TASK_API_BACKEND = WaitingBackend
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"reindex": "5/hour"}}
    client = APIClient()
    client.force_login(user)

    def start():
        return client.post("/tasks/", {"task": "reindex"}, format="json")

    assert start().status_code == 403
    user.is_staff = True
    user.save()
    assert [start().status_code for _ in range(6)] == [201] * 5 + [429]
    assert int(start().headers["Retry-After"]) > 0


@pytest.mark.parametrize("guide", ["write-a-parameter"], indirect=True)
def test_parameter_of_ones_own(guide):
    info = run_task(guide.Invert, colour="#ff8800")

    assert (info.inputs, info.outputs) == ({"colour": "#ff8800"}, {"colour": "#0077ff"})
    assert run_task(guide.Invert, colour=(255, 136, 0)).outputs == info.outputs
    with pytest.raises(InputsNotValidError, match="'red' is not a colour"):
        run_task(guide.Invert, colour="red")


# The command closes old connections, and a transaction with them.
@pytest.mark.django_db(transaction=True)
def test_backend_of_ones_own():
    """The backend leaves tasks where they are, and the command runs them."""
    with new_reader() as reader:
        reader.read(DOCS / "index.md")
        reader.read(GUIDES / "write-a-backend.md")
        backend = sys.modules["myapp.backend"].DatabaseBackend
        with override_settings(TASK_API_BACKEND=backend, TASK_API_BACKGROUND_TASKS=tasks()):
            info = sys.modules["myapp.background"].SumNumbers.start(numbers=[1, 2])
            assert TaskInfo.objects.get().status == "pending"

            sys.modules["myapp.management.commands.run_tasks"].Command().handle(once=True)

    info.refresh_from_db()
    assert info.outputs == {"sum": 3}
