"""Dotted paths to classes, and the backend that the settings name."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from task_api.conf import app_settings

if TYPE_CHECKING:
    from task_api.backends.base import TaskBackend


def import_class(path: str | type) -> Any:
    """Return what a dotted path leads to, or what is given as such.

    Raises:
        ImportError: It leads nowhere; the error says why.
    """
    if not isinstance(path, str):
        return path
    try:
        return import_string(path)
    except (ValueError, TypeError, AttributeError) as error:
        # A path like ".name".
        raise ImportError(str(error)) from error


def resolve_class(path: Any) -> Any:
    """Return the class at a dotted path, the class itself if it is one already, or None if there is no such class."""
    try:
        return import_class(path) if isinstance(path, str | type) else None
    except ImportError:
        return None


def get_backend_cls() -> "type[TaskBackend]":
    """Return the class that TASK_API_BACKEND names.

    Raises:
        ImproperlyConfigured: The setting names no class.
    """
    value = app_settings.BACKEND
    try:
        backend_cls = import_class(value)
    except ImportError as error:
        raise ImproperlyConfigured(f"TASK_API_BACKEND is {value!r}, and there is no such class: {error}") from error
    if not isinstance(backend_cls, type):
        raise ImproperlyConfigured(f"TASK_API_BACKEND is {value!r}, must be a backend class or a dotted path to one.")
    return backend_cls
