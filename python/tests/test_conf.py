"""Settings are stated once, read late, and say what is allowed."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pytest_django import Settings

from task_api.conf import AppSettings, app_settings
from task_api.utils import get_backend_cls, resolve_class
from tests.backends import RecordingBackend

VERSION_1 = {"AUTHENTICATION_CLASSES", "PERMISSIONS_CLASSES", "BACKEND", "BACKGROUND_TASKS", "BACKGROUND_CLASSES"}


def test_settings_of_version_1_are_there() -> None:
    assert {f"TASK_API_{name}" for name in VERSION_1} <= {setting.name for setting in app_settings}


def test_setting_is_read_at_each_access(settings: Settings) -> None:
    assert app_settings.LEASE == 30
    settings.TASK_API_LEASE = 5
    assert app_settings.LEASE == 5
    with override_settings(TASK_API_LEASE=7):
        assert app_settings.LEASE == 7
    assert app_settings.LEASE == 5


def test_setting_that_is_set_to_its_default_is_unset(settings: Settings) -> None:
    settings.TASK_API_RETENTION = None
    assert app_settings.RETENTION is None


def test_value_that_is_not_allowed_is_named(settings: Settings) -> None:
    settings.TASK_API_THREADS = 0
    with pytest.raises(ImproperlyConfigured, match=r"^TASK_API_THREADS is 0, must be a whole number above 0.$"):
        _ = app_settings.THREADS


def test_each_setting_says_what_it_is_and_has_a_default_that_is_allowed() -> None:
    for setting in app_settings:
        assert setting.name.startswith("TASK_API_")
        assert setting.description.endswith(".")
        assert setting.allowed
        assert setting.default is None or setting.accepts(setting.default)
        assert getattr(AppSettings, setting.name.removeprefix("TASK_API_")) is setting


# Dotted paths


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("tests.backends.RecordingBackend", RecordingBackend),
        (RecordingBackend, RecordingBackend),
        *((path, None) for path in ("tests.backends.No", "no.such", "x", "", ".x", "..x", "tests.", 5, None, ["x"])),
    ],
)
def test_resolve_class(path: Any, found: Any) -> None:
    """None where there is no such class, as in version 1."""
    assert resolve_class(path) is found


@pytest.mark.parametrize("value", ["tests.backends.RecordingBackend", RecordingBackend])
def test_backend_by_path_or_class(settings: Settings, value: Any) -> None:
    settings.TASK_API_BACKEND = value
    assert get_backend_cls() is RecordingBackend


def test_backend_is_celery_where_no_setting_names_another(settings: Settings) -> None:
    del settings.TASK_API_BACKEND
    assert get_backend_cls().__name__ == "CeleryBackend"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x.Y", "TASK_API_BACKEND is 'x.Y', and there is no such class: No module named 'x'"),
        ("json.loads", "TASK_API_BACKEND is 'json.loads', must be a backend class or a dotted path to one."),
        (5, "TASK_API_BACKEND is 5, must be a backend class or a dotted path to one."),
    ],
)
def test_backend_that_there_is_not(settings: Settings, value: Any, message: str) -> None:
    settings.TASK_API_BACKEND = value
    with pytest.raises(ImproperlyConfigured) as caught:
        get_backend_cls()
    assert str(caught.value) == message
