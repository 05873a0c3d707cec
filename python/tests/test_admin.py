"""Tasks in the admin: to look at, to cancel and to start again, and nothing else."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils.html import escape

from task_api import transitions
from task_api.models import TaskInfo
from task_api.states import Status
from task_api.transitions import Failure, Report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]

LIST = "/admin/task_api/taskinfo/"


@pytest.fixture
def client(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def info() -> TaskInfo:
    """A failed task with a message, a traceback and markup."""
    row = transitions.create(task="sum", inputs={"numbers": ["<b>"]}, owner="ada")
    claimed = transitions.claim(row.uuid, tasks=["sum"])
    assert claimed is not None
    report = Report(progress=1, target=2, messages=("<script>first</script>",))
    transitions.fail(claimed[1], Failure("error", "It failed.", "Traceback: <the secret>"), report)
    row.refresh_from_db()
    return row


def change(info: TaskInfo) -> str:
    return f"{LIST}{info.pk}/change/"


def act(client: Client, action: str, *infos: TaskInfo) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [info.pk for info in infos]}, follow=True)


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("cleo", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_list_shows_tasks(client: Client, info: TaskInfo, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        transitions.create(task="count")
    with django_assert_max_num_queries(8):
        response = client.get(LIST)
    assert response.status_code == 200
    assert str(info.uuid) in response.text
    assert "21 tasks" in response.text


@pytest.mark.parametrize("query", ["q={uuid}", "q={hex}", "q=sum", "q=ada", "status__exact=failed", "task=sum"])
def test_list_finds_tasks(client: Client, info: TaskInfo, query: str) -> None:
    other = transitions.create(task="count", owner="x")
    response = client.get(f"{LIST}?{query.format(uuid=info.uuid, hex=str(info.uuid)[:13])}")
    assert str(info.uuid) in response.text
    assert str(other.uuid) not in response.text


@pytest.mark.parametrize("query", ["q=%00", "q=%FF", "q=%F0%9F%91%8D", "status__exact=x", "q=" + "x" * 5000])
def test_search_for_garbage_is_no_error(client: Client, info: TaskInfo, query: str) -> None:
    assert client.get(f"{LIST}?{query}").status_code in {200, 302}


def test_page_of_a_task_shows_what_callers_do_not_see(client: Client, info: TaskInfo) -> None:
    response = client.get(change(info))
    assert response.status_code == 200
    for text in ("It failed.", "Traceback: <the secret>", "<script>first</script>", "<b>"):
        assert escape(text) in response.text
    assert "<the secret>" not in response.text
    assert "<script>first" not in response.text


def test_page_of_a_task_cannot_be_saved(client: Client, info: TaskInfo) -> None:
    """A form that saves a whole row would undo what a worker wrote since."""
    page = client.get(change(info)).text
    for button in ("_save", "_continue", "_addanother"):
        assert f'name="{button}"' not in page
    assert "deletelink" not in page
    assert client.post(change(info), {"status": "succeeded", "_save": "Save"}).status_code == 403
    info.refresh_from_db()
    assert info.status == Status.FAILED


@pytest.mark.parametrize("path", [f"{LIST}add/", "{pk}/delete/"])
def test_tasks_are_neither_added_nor_deleted(client: Client, info: TaskInfo, path: str) -> None:
    url = path if path.startswith("/") else f"{LIST}{path.format(pk=info.pk)}"
    assert client.get(url).status_code == 403
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert TaskInfo.objects.count() == 1
    assert 'value="delete_selected"' not in client.get(LIST).text


def test_cancel_of_selected_tasks(client: Client, info: TaskInfo) -> None:
    pending, running = transitions.create(task="sum"), transitions.create(task="sum")
    transitions.claim(running.uuid, tasks=["sum"])
    response = act(client, "cancel", pending, running, info)
    assert "Asked 2 tasks to stop." in response.text
    for row in (pending, running, info):
        row.refresh_from_db()
    assert [row.status for row in (pending, running, info)] == ["cancelled", "running", "failed"]
    assert running.cancel_requested_at is not None


def test_selected_tasks_are_started_again(
    client: Client, info: TaskInfo, recorded: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    pending = transitions.create(task="sum")
    gone = transitions.create(task="gone", status=Status.FAILED)
    with django_capture_on_commit_callbacks(execute=True):
        response = act(client, "start_again", info, pending, gone)
    assert "Started 1 task again." in response.text
    assert (
        f"{pending.uuid}: The task is pending; only a cancelled or failed task can be started again." in response.text
    )
    assert escape(f"{gone.uuid}: There is no task 'gone'.") in response.text
    info.refresh_from_db()
    assert (info.status, info.max_attempts) == ("pending", 2)
    assert [uuid for uuid, _ in recorded] == [str(info.uuid)]


def test_who_may_look_only_has_no_actions(info: TaskInfo) -> None:
    client = staff("view_taskinfo")
    assert client.get(change(info)).status_code == 200
    page = client.get(LIST)
    assert page.status_code == 200
    assert 'value="cancel"' not in page.text
    assert 'value="start_again"' not in page.text
    act(client, "start_again", info)
    info.refresh_from_db()
    assert info.status == Status.FAILED


def test_who_may_change_acts(info: TaskInfo) -> None:
    client = staff("view_taskinfo", "change_taskinfo")
    assert 'value="cancel"' in client.get(LIST).text
    assert client.get(change(info)).status_code == 200
    act(client, "start_again", info)
    info.refresh_from_db()
    assert info.status == Status.PENDING


def test_who_may_neither_sees_nothing(info: TaskInfo) -> None:
    client = staff()
    assert client.get(LIST).status_code == 403
    assert client.get(change(info)).status_code == 403
