"""System checks: every misconfiguration that can be seen before a task runs into it."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from rest_framework.permissions import AllowAny
from rest_framework.settings import api_settings

from task_api import permissions, registry, transitions
from task_api.backends.base import TaskBackend
from task_api.backends.celery import CeleryBackend
from task_api.conf import PREFIX, app_settings
from task_api.tasks import Task
from task_api.utils import get_backend_cls, resolve_class

NO_VALUE = inspect.Parameter.empty


@register("task_api")
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Look at the values of the TASK_API settings, and at names that are none."""
    messages: list[CheckMessage] = []
    names = {setting.name for setting in app_settings}
    for name in dir(settings):
        if name.startswith(PREFIX) and name not in names:
            allowed = ", ".join(sorted(names))
            messages.append(
                Error(f"{name} is no setting of task_api.", hint=f"There are: {allowed}.", id="task_api.E001")
            )
    for setting in app_settings:
        try:
            setting.__get__(app_settings, type(app_settings))
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), id="task_api.E002"))
    return messages


@register("task_api")
def check_backend(**kwargs: Any) -> list[CheckMessage]:
    """Look for the backend's class."""
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
    for setting in ("AUTHENTICATION_CLASSES", "PERMISSIONS_CLASSES"):
        try:
            entries: Sequence[Any] = getattr(app_settings, setting) or ()
        except ImproperlyConfigured:
            continue
        messages += [
            Error(f"{PREFIX}{setting} names {entry!r}, and there is no such class.", id="task_api.E004")
            for entry in entries
            if not isinstance(resolve_class(entry), type)
        ]
    return messages


@register("task_api")
def check_tasks(**kwargs: Any) -> list[CheckMessage]:
    """Look at every registered task."""
    try:
        tasks = registry.known().values()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="task_api.E005")]
    return [message for task in tasks for message in _check_task(task)]


def _check_task(task: type[Task]) -> Iterator[CheckMessage]:
    try:
        inputs = task.interface().inputs
    except TypeError as error:
        yield Error(str(error), obj=task, id="task_api.E006")
        return
    yield from _check_run(task, inputs)
    yield from _check_options(task, inputs)


def _check_run(task: type[Task], inputs: Any) -> Iterator[CheckMessage]:
    arguments = inspect.signature(task.run).parameters
    takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in arguments.values())
    # The first one is self.
    own = dict(list(arguments.items())[1:])
    if not arguments:
        yield Error(f"{task.__qualname__}.run() lacks self.", obj=task, id="task_api.E007")
    for name, parameter in inputs.items():
        if name not in own:
            if not takes_any:
                yield Error(f"run() does not take the input {name!r}.", obj=task, id="task_api.E007")
        elif not parameter.required and not parameter.has_default and own[name].default is NO_VALUE:
            hint = f"Give it one, as in run(self, {name}=None), or give the parameter a default."
            yield Error(
                f"run() has no default for the optional input {name!r}.", hint=hint, obj=task, id="task_api.E008"
            )
    for name, argument in own.items():
        positional = argument.kind in {argument.POSITIONAL_OR_KEYWORD, argument.KEYWORD_ONLY}
        if positional and argument.default is NO_VALUE and name not in inputs:
            yield Error(f"run() needs {name!r}, which is no input.", obj=task, id="task_api.E007")


def _check_options(task: type[Task], inputs: Any) -> Iterator[CheckMessage]:
    attempts: Any = task.max_attempts
    if not isinstance(attempts, int) or attempts < 1:
        message = f"max_attempts is {attempts!r}, must be a whole number above 0."
        yield Error(message, obj=task, id="task_api.E009")
    kinds: Any = task.retry_on
    if not isinstance(kinds, tuple) or not all(inspect.isclass(kind) for kind in kinds):
        yield Error(f"retry_on is {kinds!r}, must be a tuple of exceptions.", obj=task, id="task_api.E009")
    if not isinstance(task.unique, bool):
        for name in task.unique if not isinstance(task.unique, str) else [f"{task.unique} (a str)"]:
            if name not in inputs:
                allowed = ", ".join(inputs) or "no inputs"
                message = f"unique names {name!r}, must be True or a list of the task's inputs: {allowed}."
                yield Error(message, obj=task, id="task_api.E009")
    rates = api_settings.DEFAULT_THROTTLE_RATES
    if task.throttle_scope and task.throttle_scope not in rates:
        message = f"throttle_scope is {task.throttle_scope!r}, and REST_FRAMEWORK has no such rate."
        hint = 'Add it to REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"].'
        yield Error(message, hint=hint, obj=task, id="task_api.E010")


@register("task_api", Tags.security, deploy=True)
def check_access(**kwargs: Any) -> list[CheckMessage]:
    """Warn of an API that anybody may use."""
    try:
        classes = permissions.permission_classes()
    except ImproperlyConfigured:
        return []
    if classes and AllowAny not in classes:
        return []
    hint = "Set TASK_API_PERMISSIONS_CLASSES, for example to ['rest_framework.permissions.IsAuthenticated']."
    return [checks.Warning("Anybody may start the tasks of the API without logging in.", hint=hint, id="task_api.W001")]


@register("task_api", Tags.database)
def check_database(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of an SQLite database that locks its users out of each other."""
    alias = transitions.database()
    connection = connections[alias]
    if alias not in (databases or ()) or connection.vendor != "sqlite":
        return []
    options = connection.settings_dict.get("OPTIONS", {})
    immediate = options.get("transaction_mode") == "IMMEDIATE"
    wal = "journal_mode=wal" in str(options.get("init_command", "")).replace(" ", "").lower()
    if immediate and wal:
        return []
    hint = (
        'Set OPTIONS = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}: '
        "then requests and running tasks wait for each other instead of failing."
    )
    return [checks.Warning("SQLite is not set up for several writers.", hint=hint, id="task_api.W002")]


@register("task_api")
def check_broker(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a Redis broker that can make requests wait for ever."""
    try:
        if not issubclass(get_backend_cls(), CeleryBackend):
            return []
    except ImproperlyConfigured:
        return []
    from celery import current_app

    url = str(current_app.conf.broker_write_url or current_app.conf.broker_url or "")
    options = current_app.conf.broker_transport_options or {}
    if not url.startswith(("redis", "sentinel", "valkey")) or "socket_timeout" in options:
        return []
    hint = 'Set CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1}.'
    return [checks.Warning("A Redis that does not answer makes requests wait for it.", hint=hint, id="task_api.W003")]
