"""Who may see and change which task, and what the settings of the API say of who may come in."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings
from rest_framework.authentication import BasicAuthentication, SessionAuthentication, TokenAuthentication
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.test import APIClient

from task_api import transitions
from task_api.models import TaskInfo
from task_api.permissions import authentication_classes, may_change, permission_classes, visible_to
from tests.clients import client_of, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("recorded")]


@pytest.fixture
def path(user: User) -> str:
    """The path of a pending task of `user`."""
    return f"/tasks/{start(client_of(user), 'sum', {'numbers': [1]}).json()['uuid']}/"


def staff(*permissions: str, is_staff: bool = True) -> User:
    user = User.objects.create_user("cleo", password="cleo", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


# Staff


def test_staff_that_may_view_sees_tasks_of_others(path: str) -> None:
    client = client_of(staff("view_taskinfo"))
    response = client.get(path)
    assert response.status_code == 200
    (listed,) = client.get("/tasks/", {"uuid": response.json()["uuid"]}).json()["results"]
    assert {**listed, "attempts": []} == response.json()
    # The list is of one's own.
    assert client.get("/tasks/").json()["results"] == []


@pytest.mark.parametrize("edge", ["cancel", "retry"])
def test_staff_that_may_view_changes_no_tasks_of_others(path: str, edge: str) -> None:
    response = client_of(staff("view_taskinfo")).post(f"{path}{edge}/")
    assert response.status_code == 403
    assert response.json() == {"detail": "You may look at this task and not change it."}
    assert TaskInfo.objects.get().version == 1


def test_staff_that_may_change_cancels_and_retries_tasks_of_others(path: str, user: User) -> None:
    client = client_of(staff("view_taskinfo", "change_taskinfo"))
    assert client.post(f"{path}cancel/").json()["status"] == "cancelled"
    assert client.post(f"{path}retry/").json()["status"] == "pending"
    assert TaskInfo.objects.get().owner == str(user.pk)


@pytest.mark.parametrize(
    ("permissions", "is_staff"),
    [((), True), (("change_taskinfo",), True), (("view_taskinfo", "change_taskinfo"), False), (("view_user",), True)],
)
def test_neither_staff_nor_permission_alone_sees_tasks_of_others(
    path: str, permissions: tuple[str, ...], is_staff: bool
) -> None:
    client = client_of(staff(*permissions, is_staff=is_staff))
    assert client.get(path).status_code == 404
    assert client.post(f"{path}cancel/").status_code == 404
    assert client.get("/tasks/", {"uuid": path.split("/")[2]}).json()["results"] == []


def test_staff_that_is_not_active_is_logged_out(path: str) -> None:
    cleo = staff("view_taskinfo")
    client = client_of(cleo)
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    assert client.get(path).status_code == 404


def test_user_of_another_kind_of_key_sees_their_own() -> None:
    """Owners are texts: 1 is not 11, and not nobody."""
    for owner in ("1", "11", "", "None", "0", "x"):
        transitions.create(task="sum", owner=owner)

    class Someone:
        is_authenticated = True

        def __init__(self, pk: Any) -> None:
            self.pk = pk

    rows = TaskInfo.objects.all()
    assert {info.owner for info in visible_to(Someone(1), rows)} == {"1", ""}
    assert {info.owner for info in visible_to(Someone("x"), rows)} == {"x", ""}
    assert {info.owner for info in visible_to(Someone(0), rows)} == {"0", ""}
    assert {info.owner for info in visible_to(AnonymousUser(), rows)} == {""}
    assert {info.owner for info in visible_to(None, rows)} == {""}
    assert [may_change(Someone(1), info) for info in rows.order_by("id")] == [True, False, True, False, False, False]


# Settings


class NoBody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


def test_users_whose_keys_differ_in_case_alone_share_nothing() -> None:
    transitions.create(task="sum", owner="a3F")
    for key, seen in [("a3F", 1), ("A3f", 0), ("á3F", 0), ("a3F\0", 0)]:
        user: Any = SimpleNamespace(is_authenticated=True, pk=key)
        # PostgreSQL stores no NUL, and looks for none.
        if "\0" not in key or connection.vendor != "postgresql":
            assert visible_to(user, TaskInfo.objects.all()).count() == seen


def test_unset_classes_are_drfs_defaults(settings: Settings) -> None:
    assert list(authentication_classes()) == [SessionAuthentication, BasicAuthentication]
    assert list(permission_classes()) == [AllowAny]
    settings.REST_FRAMEWORK = {
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    }
    assert list(authentication_classes()) == [TokenAuthentication]
    assert list(permission_classes()) == [IsAuthenticated]


@pytest.mark.parametrize("name", ["rest_framework.permissions.IsAuthenticated", IsAuthenticated])
@pytest.mark.parametrize("kind", [list, tuple])
def test_permissions_by_path_or_class(settings: Settings, user: User, name: Any, kind: Any) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = kind([name])
    assert client_of().get("/tasks/").status_code == 403
    assert start(client_of(), "count").status_code == 403
    assert start(client_of(user), "count").status_code == 201
    settings.TASK_API_PERMISSIONS_CLASSES = kind([name, NoBody])
    assert start(client_of(user), "count").status_code == 403
    # None at all: as in version 1, anybody.
    settings.TASK_API_PERMISSIONS_CLASSES = kind()
    assert start(client_of(), "count").status_code == 201


def test_permissions_composed(settings: Settings, user: User) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = [IsAuthenticated & ~IsAdminUser]
    assert start(client_of(user), "count").status_code == 201
    assert start(client_of(staff()), "count").status_code == 403
    assert start(client_of(), "count").status_code == 403


@pytest.mark.parametrize("name", ["rest_framework.authentication.BasicAuthentication", BasicAuthentication])
def test_authentication_by_path_or_class(settings: Settings, user: User, name: Any) -> None:
    settings.TASK_API_AUTHENTICATION_CLASSES = [name]
    # The session does not count any more.
    assert TaskInfo.objects.get(uuid=start(client_of(user), "count").json()["uuid"]).owner == ""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic YWRhOmFkYQ==")
    assert TaskInfo.objects.get(uuid=start(client, "count").json()["uuid"]).owner == str(user.pk)
    settings.TASK_API_AUTHENTICATION_CLASSES = []
    assert TaskInfo.objects.get(uuid=start(client, "count").json()["uuid"]).owner == ""


def test_user_of_nobody_may_be_none(settings: Settings) -> None:
    settings.REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
    response = start(client_of(), "count")
    assert response.status_code == 201
    assert client_of().get(response["Location"]).status_code == 200
    assert client_of().get("/tasks/").json()["results"] == []
    assert client_of().post(f"{response['Location']}cancel/").status_code == 200


@pytest.mark.parametrize("entry", ["no.such.Class", "rest_framework.permissions.NoSuch", "x", ""])
def test_class_that_there_is_not_is_named(settings: Settings, entry: str) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = [entry]
    with pytest.raises(ImproperlyConfigured, match=f"^There is no class '{entry}': ."):
        permission_classes()
