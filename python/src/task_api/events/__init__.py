"""The event bus that the settings choose."""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from task_api.conf import PREFIX, app_settings
from task_api.events.base import Event, EventBus, Listener
from task_api.events.database import DatabaseEventBus
from task_api.events.memory import MemoryEventBus

__all__ = ["DatabaseEventBus", "Event", "EventBus", "Listener", "MemoryEventBus", "get_bus", "publish"]

logger = logging.getLogger("task_api")

REDIS_SCHEMES = ("redis://", "rediss://", "redis+socket://", "unix://")


@cache
def get_bus() -> EventBus:
    """Return the process's event bus.

    Raises:
        ImproperlyConfigured: TASK_API_EVENT_BUS asks for Redis, and no setting says where it is.
    """
    kind = app_settings.EVENT_BUS or _default_kind()
    if kind == "memory":
        return MemoryEventBus()
    if kind == "database":
        return DatabaseEventBus()
    # The adapter alone needs redis-py, which other buses' users may not have.
    from task_api.events.redis import RedisEventBus

    return RedisEventBus(redis_url())


def redis_url() -> str:
    """Return where the bus's Redis is: TASK_API_REDIS_URL, else Celery's broker.

    Raises:
        ImproperlyConfigured: Neither is a Redis.
    """
    url = app_settings.REDIS_URL or _broker_url()
    if not url.startswith(REDIS_SCHEMES):
        raise ImproperlyConfigured(
            "TASK_API_EVENT_BUS is 'redis', and neither TASK_API_REDIS_URL nor Celery's broker_url is a Redis: "
            f"{url!r}, must begin with one of {', '.join(REDIS_SCHEMES)}."
        )
    return url


def _default_kind() -> str:
    if str(app_settings.BACKEND).endswith("ThreadBackend"):
        return "memory"
    return "redis" if app_settings.REDIS_URL or _broker_url().startswith(REDIS_SCHEMES) else "database"


def _broker_url() -> str:
    from celery import current_app

    urls: Any = current_app.conf.broker_read_url or current_app.conf.broker_url or ""
    # Several brokers stand in one text, or in a list.
    return urls.split(";")[0] if isinstance(urls, str) else str(next(iter(urls), ""))


def publish(make_event: Callable[[], Event]) -> None:
    """Send an event if the bus carries any; a bus that fails is logged and fails nothing else."""
    try:
        bus = get_bus()
        if bus.publishes:
            bus.publish(make_event())
    except Exception as error:
        logger.warning("The event bus could not send; watchers learn of the change later: %s", error)


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting.startswith(PREFIX):
        get_bus.cache_clear()


setting_changed.connect(_forget, dispatch_uid="task_api.events")
