"""Checks of every registered task: its options, its parameters and its `run()`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from inspect import signature
from math import isfinite
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from rest_framework.settings import api_settings

from task_api import permissions, registry
from task_api.checks.project import error_of
from task_api.checks.run import faults_of_run, inputs_without_default
from task_api.conf import app_settings
from task_api.models import TaskInfo
from task_api.params import ParameterNotValidError, ensure_storable
from task_api.signatures import SignatureNotValidError
from task_api.submission import PRIORITY_MAX, QUEUE_MAX
from task_api.tasks import Task

INTEGER_MAX = 2**31 - 1
NAME_MAX = TaskInfo._meta.get_field("task").max_length or 0


@register("task_api")
def check_tasks(**kwargs: Any) -> list[CheckMessage]:
    """Look at every registered task."""
    if error_of(type(app_settings).BACKGROUND_TASKS) or error_of(type(app_settings).BACKGROUND_CLASSES):
        return []
    try:
        tasks = registry.known().values()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="task_api.E005")]
    return [message for task in tasks for message in _check_task(task)]


def _check_task(task: type[Task]) -> Iterator[CheckMessage]:
    try:
        signature(task).bind()
    except TypeError as error:
        message = f"{task.__qualname__} cannot be made without arguments, as a worker makes it: {error}."
        yield Error(message, obj=task, id="task_api.E011")
    yield from _check_options(task)
    yield from _check_throttle(task)
    try:
        inputs = task.interface().inputs
    except SignatureNotValidError as error:
        yield from (Error(fault, obj=task, id="task_api.E012") for fault in error.faults)
        return
    except TypeError as error:
        yield Error(str(error), obj=task, id="task_api.E006")
        return
    yield from _check_unique(task, inputs)
    yield from _check_run(task, inputs)


def _check_run(task: type[Task], inputs: Mapping[str, Any]) -> Iterator[CheckMessage]:
    faults = list(faults_of_run(task, inputs))
    hint = f"Write def run({', '.join(['self', *inputs])})."
    for fault in faults:
        yield Error(f"{task.__qualname__}.run() {fault}", hint=hint, obj=task, id="task_api.E007")
    for name in [] if faults else inputs_without_default(task, inputs):
        message = f"{task.__qualname__}.run() has no default for the optional input {name!r}."
        hint = f"Give it one, as in run(self, {name}=None), or give the parameter a default."
        yield Error(message, hint=hint, obj=task, id="task_api.E008")


def _is_storable_text(value: Any, size: int) -> bool:
    try:
        ensure_storable(value)
    except ParameterNotValidError:
        return False
    return isinstance(value, str) and 0 < len(value) <= size


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_time(value: Any) -> bool:
    return value > timedelta(0) if isinstance(value, timedelta) else _is_number(value) and value > 0


def _are_exceptions(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(kind, type) and issubclass(kind, BaseException) for kind in value
    )


def _are_classes(value: Any) -> bool:
    try:
        permissions.resolved(value)
    except (ImproperlyConfigured, TypeError):
        return False
    return not isinstance(value, str)


# What is allowed for each option of a task, and how to say it. `None` is the default of some and allowed for these.
OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (
        lambda value: _is_storable_text(value, NAME_MAX),
        f"a text of 1 to {NAME_MAX} characters that a database can store",
    ),
    "queue": (
        lambda value: _is_storable_text(value, QUEUE_MAX),
        f"a text of 1 to {QUEUE_MAX} characters, or None",
    ),
    "priority": (
        lambda value: _is_whole(value) and abs(value) <= PRIORITY_MAX,
        f"a whole number from -{PRIORITY_MAX} to {PRIORITY_MAX}, or None",
    ),
    "max_attempts": (lambda value: _is_whole(value) and 0 < value <= INTEGER_MAX, "a whole number above 0"),
    "retry_on": (_are_exceptions, "a tuple of exception classes"),
    "backoff": (lambda value: _is_number(value) and value >= 0, "a number of seconds from 0 up"),
    "time_limit": (_is_time, "a timedelta or a number of seconds above 0, or None"),
    "expires_after": (_is_time, "a timedelta or a number of seconds above 0, or None"),
    "retention": (_is_time, "a timedelta or a number of seconds above 0, or None"),
    "permission_classes": (_are_classes, "a list of permission classes or of dotted paths to them"),
}


def _check_options(task: type[Task]) -> Iterator[CheckMessage]:
    for option, (accepts, allowed) in OPTIONS.items():
        value = getattr(task, option)
        # The default stands for itself.
        if value is not getattr(Task, option) and not accepts(value):
            message = f"{task.__qualname__}.{option} is {value!r:.100}, must be {allowed}."
            yield Error(message, obj=task, id="task_api.E009")


def _check_unique(task: type[Task], inputs: Mapping[str, Any]) -> Iterator[CheckMessage]:
    unique: Any = task.unique
    allowed = f"True or a list of the task's inputs: {', '.join(inputs) or 'it has none'}"
    listed = isinstance(unique, list | tuple)
    if not isinstance(unique, bool) and not (listed and all(name in inputs for name in unique)):
        message = f"{task.__qualname__}.unique is {unique!r:.100}, must be {allowed}."
        yield Error(message, obj=task, id="task_api.E009")


def _check_throttle(task: type[Task]) -> Iterator[CheckMessage]:
    scope: Any = task.throttle_scope
    if scope is None:
        return
    rates: Mapping[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
    hint = 'Set it in REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], for example to "10/min".'
    if scope not in rates:
        message = f"{task.__qualname__}.throttle_scope is {scope!r}, and there is no such rate."
        yield Error(message, hint=hint, obj=task, id="task_api.E010")
        return
    try:
        permissions.TaskThrottle(task).parse_rate(rates[scope])
    except (ValueError, KeyError, IndexError, AttributeError):
        message = f"The rate of {task.__qualname__}.throttle_scope {scope!r} is {rates[scope]!r}, which is none."
        yield Error(message, hint=hint, obj=task, id="task_api.E010")
