import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.backends import RecordingBackend


@pytest.fixture
def api() -> APIClient:
    """A client that checks CSRF tokens, as a browser's requests are checked."""
    return APIClient(enforce_csrf_checks=True)


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ada", password="ada")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("bob", password="bob")


@pytest.fixture
def recorded(settings: Settings) -> list[tuple[str, str]]:
    """What a backend that runs nothing was given to run."""
    settings.TASK_API_BACKEND = RecordingBackend
    RecordingBackend.taken.clear()
    return RecordingBackend.taken
