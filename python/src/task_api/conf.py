"""Settings of the project that concern task_api, read when they are asked for.

Every setting is stated here once: its name, default, what is allowed and what it means. The reference in the
documentation and the system checks read the same objects.
"""

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, Generic, TypeVar, overload

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
PREFIX = "TASK_API_"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_positive(value: object) -> bool:
    return _is_number(value) and value > 0  # type: ignore[operator]  # a number by the first half


def _is_positive_integer(value: object) -> bool:
    return isinstance(value, int) and _is_positive(value)


def _is_path_or_class(value: object) -> bool:
    # Called to make an instance; what `&` and `|` make of DRF's permission classes is no class itself.
    return isinstance(value, str) or callable(value)


def _is_path_or_class_list(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_path_or_class, value))


class Setting(Generic[T]):
    """One setting: a descriptor that reads `TASK_API_<name>` at each access."""

    def __init__(self, default: T, accepts: Callable[[Any], bool], allowed: str, description: str) -> None:
        self.default = default
        self.accepts = accepts
        self.allowed = allowed
        self.description = description

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = PREFIX + name

    @overload
    def __get__(self, instance: None, owner: type) -> "Setting[T]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> "Setting[T] | T":
        if instance is None:
            return self
        value: T = getattr(settings, self.name, self.default)
        # The default stands for itself: None may mean "not set" where None is not allowed otherwise.
        if value is not self.default and not self.accepts(value):
            raise ImproperlyConfigured(f"{self.name} is {value!r}, must be {self.allowed}.")
        return value


class AppSettings:
    AUTHENTICATION_CLASSES = Setting[Any](
        None,
        _is_path_or_class_list,
        "a list of authentication classes or of dotted paths to them",
        "Authentication classes of the REST API. Unset: Django REST Framework's DEFAULT_AUTHENTICATION_CLASSES.",
    )
    PERMISSIONS_CLASSES = Setting[Any](
        None,
        _is_path_or_class_list,
        "a list of permission classes or of dotted paths to them",
        "Permission classes of the REST API. Unset: Django REST Framework's DEFAULT_PERMISSION_CLASSES.",
    )
    BACKEND = Setting[Any](
        "task_api.backends.celery.CeleryBackend",
        _is_path_or_class,
        "a backend class or a dotted path to one",
        "What runs tasks: the Celery, the thread or the immediate backend, or one of your own.",
    )
    BACKGROUND_TASKS = Setting[Any](
        None,
        _is_path_or_class_list,
        "a list of task classes, of dotted paths to them, or of modules' paths",
        "Tasks that the REST API offers. Unset: all tasks in the `background` modules of the installed apps.",
    )
    BACKGROUND_CLASSES = Setting[Any](
        None,
        _is_path_or_class_list,
        "a list of task classes, of dotted paths to them, or of modules' paths",
        "Another name for TASK_API_BACKGROUND_TASKS; where both are set, both count.",
    )
    EVENT_BUS = Setting[str | None](
        None,
        lambda value: value in ("redis", "memory", "database"),
        "'redis', 'memory' or 'database'",
        "How streams learn of changes. Unset: Redis where Celery's broker is one, memory with the thread backend, "
        "the database elsewhere.",
    )
    REDIS_URL = Setting[str | None](
        None,
        lambda value: isinstance(value, str),
        "the URL of a Redis server",
        "Redis of the event bus. Unset: Celery's broker.",
    )
    STREAMS_PER_USER = Setting[int](
        20,
        _is_positive_integer,
        "a whole number above 0",
        "Streams that one user, or one address without a user, may hold open on a server process.",
    )
    LEASE = Setting[float](
        30,
        _is_positive,
        "a number of seconds above 0",
        "Seconds after which a running task that gave no sign of life counts as lost. "
        "A run renews its lease three times in that time.",
    )
    PULSE = Setting[float](
        0.1,
        _is_positive,
        "a number of seconds above 0",
        "Seconds between two looks of a worker process at the progress of its running tasks.",
    )
    CONNECTION_IDLE = Setting[float](
        1,
        lambda value: _is_number(value) and value >= 0,
        "a number of seconds, 0 or above",
        "Seconds that a process of a Celery worker keeps its connection to the database for the next task. "
        "0: it is closed after each task.",
    )
    THREADS = Setting[int](
        4,
        _is_positive_integer,
        "a whole number above 0",
        "Tasks that one process runs at a time with the thread backend.",
    )
    SWEEP = Setting[float](
        5,
        _is_positive,
        "a number of seconds above 0",
        "Seconds between two sweeps of a worker process, which send due tasks again and rescue lost ones.",
    )
    RETENTION = Setting[float | None](
        None,
        _is_positive,
        "a number of seconds above 0, or None to keep tasks for ever",
        "Seconds after its end when a task is deleted. A task's own `retention` comes first.",
    )
    MAX_BODY_SIZE = Setting[int | None](
        None,
        _is_positive_integer,
        "a whole number of bytes above 0",
        "Bytes that the body of a request may have. Unset: Django's DATA_UPLOAD_MAX_MEMORY_SIZE.",
    )
    PAGE_SIZE = Setting[int](
        50,
        _is_positive_integer,
        "a whole number above 0",
        "Tasks on a page of the list of own tasks.",
    )

    def __iter__(self) -> Iterator[Setting[Any]]:
        return iter(value for value in vars(type(self)).values() if isinstance(value, Setting))


app_settings = AppSettings()
