"""GET of the catalog: the tasks that the user may start, with their JSON Schemas."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework.permissions import IsAdminUser, IsAuthenticatedOrReadOnly

from task_api.params import ChoiceParameter, IntParameter, StringParameter
from task_api.tasks import Task
from task_api.testing import registered
from tests.clients import client_of

pytestmark = pytest.mark.django_db


class Paint(Task):
    """Paint a wall.

    With a brush.
    """

    name = "paint"
    inputs = {
        "colour": ChoiceParameter(["red", "blue"], help_text="Of the wall."),
        "coats": IntParameter(default=2, min=1),
        "note": StringParameter(required=False),
    }
    outputs = {"litres": IntParameter()}

    def run(self, colour: str, coats: int, note: str = "") -> int:
        return coats


class ForStaff(Task):
    name = "for-staff"
    permission_classes = (IsAdminUser,)

    def run(self) -> None:
        pass


class ForUsers(Task):
    name = "for-users"
    permission_classes = (IsAuthenticatedOrReadOnly,)

    def run(self) -> None:
        pass


def catalog(user: User | None = None) -> dict[str, Any]:
    response = client_of(user).get("/tasks/catalog/")
    assert response.status_code == 200
    return {entry["name"]: entry for entry in response.json()}


def test_entry_describes_its_task() -> None:
    with registered(Paint):
        assert catalog()["paint"] == {
            "name": "paint",
            "description": "Paint a wall.\n\nWith a brush.",
            "inputs": {
                "type": "object",
                "properties": {
                    "colour": {"type": "string", "enum": ["red", "blue"], "description": "Of the wall."},
                    "coats": {"type": "integer", "minimum": 1, "default": 2},
                    "note": {"type": "string"},
                },
                "required": ["colour"],
                "additionalProperties": False,
            },
            "outputs": {
                "type": "object",
                "properties": {"litres": {"type": "integer"}},
                "required": ["litres"],
                "additionalProperties": False,
            },
        }


def test_task_without_a_docstring_has_no_description() -> None:
    with registered(ForStaff):
        assert catalog(User.objects.create_superuser("root"))["for-staff"]["description"] == ""


def test_catalog_is_of_the_offered_tasks(settings: Settings) -> None:
    assert {"sum", "count"} <= set(catalog())
    settings.TASK_API_BACKGROUND_TASKS = ["tests.myapp.background.SumNumbers"]
    assert list(catalog()) == ["sum"]
    settings.TASK_API_BACKGROUND_TASKS = []
    assert catalog() == {}


def test_task_for_some_users_is_hidden_from_others(user: User, admin_user: User) -> None:
    with registered(ForStaff):
        assert "for-staff" not in catalog()
        assert "for-staff" not in catalog(user)
        assert "for-staff" in catalog(admin_user)


def test_permissions_are_asked_as_for_a_start(user: User) -> None:
    with registered(ForUsers):
        assert "for-users" not in catalog()
        assert "for-users" in catalog(user)


def test_catalog_is_empty_for_whom_the_api_lets_only_look(user: User, settings: Settings) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = ["rest_framework.permissions.IsAuthenticatedOrReadOnly"]
    assert catalog() == {}
    assert "sum" in catalog(user)


def test_catalog_is_refused_as_the_rest_of_the_api(settings: Settings) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = ["rest_framework.permissions.IsAuthenticated"]
    response = client_of().get("/tasks/catalog/")
    assert response.status_code == 403
    assert response.json() == {"detail": "Authentication credentials were not provided."}
