"""Checks of the settings, and of what the project runs tasks with."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from rest_framework.permissions import AllowAny

from task_api import permissions, transitions
from task_api.backends.base import TaskBackend
from task_api.backends.celery import CeleryBackend
from task_api.conf import PREFIX, Setting, app_settings
from task_api.events import MemoryEventBus, get_bus
from task_api.utils import get_backend_cls

# Name of the app that Celery makes up where nobody made one.
CELERY_FALLBACK = "default"
# How like a setting's name another one is that must be meant for it: from 0 to 1, without the prefix that both have.
SLIP = 0.7


@register("task_api")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Look at the values of the TASK_API settings, and at names that are none."""
    names = sorted(setting.name for setting in app_settings)
    strangers = [name for name in dir(settings) if name.startswith(PREFIX) and name not in names]
    messages = [_stranger(name, names) for name in strangers]
    errors = [error_of(setting) for setting in app_settings]
    return messages + [Error(error, id="task_api.E002") for error in errors if error]


def _stranger(name: str, names: Sequence[str]) -> CheckMessage:
    """Return the complaint about a name that is no setting: a slip is an error, for what it should set is not set."""
    message = f"{name} is no setting of task_api."
    near = get_close_matches(name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in names], 1, SLIP)
    if near:
        return Error(message, hint=f"Write {PREFIX}{near[0]}.", id="task_api.E001")
    hint = f"If it is the project's own, give it another prefix. There are: {', '.join(names)}."
    return checks.Warning(message, hint=hint, id="task_api.W006")


def error_of(setting: Setting[Any]) -> str | None:
    """Return what is wrong with the value of a setting, if anything."""
    try:
        setting.__get__(app_settings, type(app_settings))
    except ImproperlyConfigured as error:
        return str(error)
    return None


@register("task_api")
def check_backend(**kwargs: Any) -> list[CheckMessage]:
    """Look for the backend's class."""
    if error_of(type(app_settings).BACKEND):
        return []
    try:
        backend_cls = get_backend_cls()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="task_api.E003")]
    if not issubclass(backend_cls, TaskBackend):
        hint = "Inherit from task_api.backends.base.TaskBackend."
        return [Error(f"TASK_API_BACKEND is {backend_cls!r}, must be a TaskBackend.", hint=hint, id="task_api.E003")]
    return []


@register("task_api")
def check_classes(**kwargs: Any) -> list[CheckMessage]:
    """Look for the authentication and permission classes."""
    messages: list[CheckMessage] = []
    for setting in (type(app_settings).AUTHENTICATION_CLASSES, type(app_settings).PERMISSIONS_CLASSES):
        if error_of(setting):
            continue
        for entry in setting.__get__(app_settings, type(app_settings)) or ():
            try:
                permissions.resolved([entry])
            except ImproperlyConfigured as error:
                messages.append(Error(f"In {setting.name}: {error}", id="task_api.E004"))
    return messages


@register("task_api", Tags.security, deploy=True)
def check_access(**kwargs: Any) -> list[CheckMessage]:
    """Warn of an API that anybody may use."""
    try:
        classes = permissions.permission_classes()
    except ImproperlyConfigured:
        return []
    if any(cls is not AllowAny for cls in classes):
        return []
    hint = "Set TASK_API_PERMISSIONS_CLASSES, for example to ['rest_framework.permissions.IsAuthenticated']."
    return [checks.Warning("Anybody may start the tasks of the API without logging in.", hint=hint, id="task_api.W001")]


@register("task_api", Tags.database)
def check_database(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of an SQLite database that locks its users out of each other."""
    alias = transitions.database()
    if alias not in (databases or ()):
        return []
    connection = connections[alias]
    if connection.vendor != "sqlite":
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    immediate = str(options.get("transaction_mode", "")).upper() == "IMMEDIATE"
    wal = "journal_mode=wal" in str(options.get("init_command", "")).replace(" ", "").lower()
    if immediate and wal:
        return []
    hint = (
        'Set OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}: '
        "then requests and running tasks wait for each other instead of failing."
    )
    return [checks.Warning("SQLite is not set up for several writers.", hint=hint, id="task_api.W002")]


@register("task_api")
def check_router(**kwargs: Any) -> list[CheckMessage]:
    """Warn of tasks in another database than the project's writes, where no transaction can hold both."""
    alias = transitions.database()
    if alias == DEFAULT_DB_ALIAS:
        return []
    message = (
        f"Tasks are in the database {alias!r}: one that is started in a transaction of {DEFAULT_DB_ALIAS!r} runs "
        f"even if that is rolled back, and atomic = True does not cover writes to {DEFAULT_DB_ALIAS!r}."
    )
    hint = (
        f"Start tasks in transaction.atomic(using={alias!r}), or leave task_api out of the router. "
        "Silence this check if neither matters to you."
    )
    return [checks.Warning(message, hint=hint, id="task_api.W005")]


@register("task_api")
def check_celery(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a Celery without an app of the project, and of a Redis that can make its users wait for ever."""
    try:
        if not issubclass(get_backend_cls(), CeleryBackend):
            return []
    except ImproperlyConfigured:
        return []
    from celery import current_app

    if current_app.main == CELERY_FALLBACK:
        hint = "Import it where the settings are, in __init__.py: from .celery import app as celery_app."
        return [checks.Warning("Celery has no app of the project to send tasks with.", hint=hint, id="task_api.W004")]
    url = str(current_app.conf.broker_write_url or current_app.conf.broker_url or "")
    options = current_app.conf.broker_transport_options or {}
    if not url.startswith(("redis", "sentinel", "valkey")) or "socket_timeout" in options:
        return []
    # The backend's own messages have a timeout in any case.
    message = (
        "A Redis that does not answer makes workers, and whoever sends the project's own Celery tasks, wait for it."
    )
    hint = 'Set CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1}.'
    return [checks.Warning(message, hint=hint, id="task_api.W003")]


@register("task_api")
def check_event_bus(**kwargs: Any) -> list[CheckMessage]:
    """Look for an event bus that would carry nothing: one that cannot be reached, or not from the workers."""
    if error_of(type(app_settings).EVENT_BUS) or error_of(type(app_settings).REDIS_URL):
        return []
    try:
        bus = get_bus()
        separate = issubclass(get_backend_cls(), CeleryBackend)
    except ImportError as error:
        hint = "Install django-task-api[redis], or choose another TASK_API_EVENT_BUS."
        return [Error(f"The event bus cannot use Redis: {error}.", hint=hint, id="task_api.E014")]
    except ImproperlyConfigured as error:
        # What is wrong with the backend is told by the check of the backend.
        return [Error(str(error), id="task_api.E014")] if "TASK_API_EVENT_BUS" in str(error) else []
    except ValueError as error:
        return [Error(f"The event bus cannot use its Redis: {error}.", id="task_api.E014")]
    if not (separate and isinstance(bus, MemoryEventBus)):
        return []
    message = "TASK_API_EVENT_BUS is 'memory', and Celery's workers are other processes, which it does not reach."
    hint = "Set TASK_API_EVENT_BUS to 'redis' or 'database', or leave it out."
    return [Error(message, hint=hint, id="task_api.E013")]
