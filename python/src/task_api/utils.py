"""Dotted paths to classes, and the backend that the settings name."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from task_api.conf import app_settings

if TYPE_CHECKING:
    from task_api.backends.base import TaskBackend


def resolve_class(path: str | type) -> Any:
    """Return the class at a dotted path, the class itself if it is one already, or None if there is no such class."""
    if isinstance(path, type):
        return path
    try:
        return import_string(path)
    except (ImportError, ValueError, AttributeError):
        return None


def get_backend_cls() -> "type[TaskBackend]":
    """Return the class that TASK_API_BACKEND names.

    Raises:
        ImproperlyConfigured: The setting names no class.
    """
    value = app_settings.BACKEND
    backend_cls = resolve_class(value)
    if not isinstance(backend_cls, type):
        raise ImproperlyConfigured(f"TASK_API_BACKEND is {value!r}, must be the dotted path of a backend class.")
    return backend_cls
