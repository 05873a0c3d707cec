"""Callers of the REST API: nobody, or a user who is logged in."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.test import APIClient

from task_api.models import TaskInfo


def client_of(user: AbstractBaseUser | None = None) -> APIClient:
    """Return a client with a real session that spares its tests the CSRF token."""
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


def start(client: APIClient, task: str, inputs: Any = None, **headers: str) -> Any:
    return client.post("/tasks/", {"task": task, "inputs": inputs or {}}, format="json", headers=headers)


def row(response: Any) -> TaskInfo:
    """Return the row of the task in an answer."""
    return TaskInfo.objects.get(uuid=response.json()["uuid"])
