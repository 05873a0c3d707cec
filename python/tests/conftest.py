from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connections
from rest_framework.test import APIClient


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
