"""Which tasks there are: those that the settings name, and those in the `background` modules of installed apps."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import module_has_submodule

from task_api.conf import PREFIX, app_settings
from task_api.exceptions import TaskNotRegistered
from task_api.tasks import Task
from task_api.utils import resolve_class

logger = logging.getLogger("task_api")

MODULE = "background"
ADVICE = "Name its class in TASK_API_BACKGROUND_TASKS, or put it into the `background` module of an installed app."


@cache
def offered() -> Mapping[str, type[Task]]:
    """Return the tasks that the REST API offers, by name.

    Those that the settings name, all discovered ones where the settings name none; without those whose inputs and
    outputs have a fault, for one of them must not take the others with it.

    Raises:
        ImproperlyConfigured: A path leads to no task, or two tasks share a name.
    """
    return MappingProxyType({name: task for name, task in _named().items() if name not in faulty()})


@cache
def faulty() -> Mapping[str, str]:
    """Return what is wrong with the inputs and outputs of the tasks that are not offered for it, by name."""
    faults: dict[str, str] = {}
    for name, task in _named().items():
        try:
            task.interface()
        except TypeError as error:
            logger.error("The task %r is not offered: %s", name, error)
            faults[name] = str(error)
    return MappingProxyType(faults)


@cache
def _named() -> Mapping[str, type[Task]]:
    entries = _entries()
    if entries is None:
        return _by_name(discovered())
    return _by_name(task for entry in entries for task in _resolve(entry))


@cache
def known() -> Mapping[str, type[Task]]:
    """Return the tasks that a worker can run, by name: the offered and the discovered ones.

    Raises:
        ImproperlyConfigured: A path leads to no task, or two tasks share a name.
    """
    return _by_name([*_named().values(), *discovered()])


def get(name: str) -> type[Task]:
    """Return the task of a name.

    Raises:
        TaskNotRegistered: There is none.
    """
    try:
        return known()[name]
    except KeyError:
        names = ", ".join(sorted(known())) or "none"
        raise TaskNotRegistered(f"There is no task {name!r}. Registered are: {names}. {ADVICE}") from None


def check(task: type[Task]) -> None:
    """Refuse a task that workers would not find by its name.

    Raises:
        TaskNotRegistered: Nothing registers it, or another class has its name and would run in its place.
    """
    found = get(task.name)
    if found is not task:
        raise TaskNotRegistered(
            f"{_path(task)} is not registered, and a worker would run {_path(found)} instead, "
            f"whose name is {task.name!r}, too. Give it a name of its own. {ADVICE}"
        )


def _path(task: type[Task]) -> str:
    return f"{task.__module__}.{task.__qualname__}"


def discovered() -> Iterator[type[Task]]:
    """Yield the tasks in the `background` modules of the installed apps."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, MODULE):
            yield from _tasks_in(import_module(f"{config.name}.{MODULE}"))


def _entries() -> list[Any] | None:
    settings = [app_settings.BACKGROUND_TASKS, app_settings.BACKGROUND_CLASSES]
    if settings == [None, None]:
        return None
    return [entry for setting in settings for entry in setting or ()]


def _resolve(entry: Any) -> list[type[Task]]:
    found = resolve_class(entry)
    if isinstance(found, type) and issubclass(found, Task):
        return [found]
    if found is None or isinstance(found, ModuleType):
        module = _module(entry)
        if module is not None:
            return list(_tasks_in(module))
    raise ImproperlyConfigured(
        f"TASK_API_BACKGROUND_TASKS names {entry!r}, must be a Task class, its dotted path, or a module with tasks."
    )


def _module(path: str) -> ModuleType | None:
    if not path.strip(".") or path.startswith("."):
        return None
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        # Only the path itself may be missing; what the module imports in vain is its own error.
        if error.name and (path == error.name or path.startswith(f"{error.name}.")):
            return None
        raise


def _tasks_in(module: ModuleType) -> Iterator[type[Task]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Task) and value.name and value.__module__ == module.__name__:
            yield value


def _by_name(tasks: Iterable[type[Task]]) -> Mapping[str, type[Task]]:
    by_name: dict[str, type[Task]] = {}
    for task in tasks:
        if not task.name:
            raise ImproperlyConfigured(f"{_path(task)} has no name; set `name` on it.")
        other = by_name.setdefault(task.name, task)
        if other is not task:
            raise ImproperlyConfigured(
                f"{_path(other)} and {_path(task)} both have the name {task.name!r}; a name must be a task's own."
            )
    return MappingProxyType(by_name)


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting.startswith(PREFIX) or setting == "INSTALLED_APPS":
        for cached in (_named, offered, faulty, known):
            cached.cache_clear()


setting_changed.connect(_forget, dispatch_uid="task_api.registry")
