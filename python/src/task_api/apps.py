import logging
from contextlib import suppress
from typing import Any

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.db import connections
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger("task_api")


class TaskApiConfig(AppConfig):
    name = "task_api"
    label = "task_api"
    verbose_name = _("Background tasks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from celery import signals

        from task_api import checks  # noqa: F401  registers the system checks

        if apps.is_installed("drf_spectacular"):
            from task_api import openapi  # noqa: F401  registers its extensions

        # After the fork in a prefork worker, whose parent keeps no connection of ours.
        signals.worker_process_init.connect(_start_sweeper, dispatch_uid="task_api.sweeper")
        signals.worker_ready.connect(_start_sweeper_of_threads, dispatch_uid="task_api.sweeper")
        signals.task_failure.connect(_rescue_of_dead_child, dispatch_uid="task_api.rescue")
        # The embedded backend has no worker: the server's process is it, as soon as it serves.
        request_started.connect(_start_embedded_sweeper, dispatch_uid="task_api.sweeper")


def _start_sweeper(**kwargs: Any) -> None:
    from task_api.maintenance import sweeper

    sweeper.start()


def _start_sweeper_of_threads(sender: Any, **kwargs: Any) -> None:
    from celery.concurrency.prefork import TaskPool

    if not isinstance(sender.pool, TaskPool):
        _start_sweeper()


def _rescue_of_dead_child(sender: Any, task_id: str, exception: BaseException, **kwargs: Any) -> None:
    """End what a prefork child ran when it died or was killed, in its parent, at once: its lease would do so later."""
    from billiard.exceptions import TimeLimitExceeded, WorkerLostError

    from task_api import maintenance
    from task_api.backends.celery import execute
    from task_api.states import ErrorCode

    if sender.name != execute.name or not isinstance(exception, TimeLimitExceeded | WorkerLostError):
        return
    late = isinstance(exception, TimeLimitExceeded)
    try:
        maintenance.rescue_now(task_id, ErrorCode.TIME_LIMIT if late else ErrorCode.LOST)
    except Exception:
        logger.exception("The task of a worker process that died is left to the end of its lease.")
    finally:
        _disconnect()


def _disconnect() -> None:
    """Leave the parent of worker processes no connection of ours, and no pool of them: the next child inherits it."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.settings_dict["OPTIONS"].get("pool"):
            connection.close_pool()  # type: ignore[attr-defined]  # where there may be a pool, there is this


def _start_embedded_sweeper(**kwargs: Any) -> None:
    from task_api.backends.thread import ThreadBackend
    from task_api.maintenance import sweeper
    from task_api.utils import get_backend_cls

    # The system checks tell of a setting that names no class; the site's other pages do not depend on it.
    with suppress(ImproperlyConfigured):
        if issubclass(get_backend_cls(), ThreadBackend) and not _in_a_test():
            # What an earlier process had queued is lost with it.
            sweeper.start(afresh=True)


def _in_a_test() -> bool:
    """Tell whether a request comes from a project's own test, beside whose transaction nothing may write."""
    from task_api import transitions

    connection = connections[transitions.database()]
    in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()  # type: ignore[attr-defined]
    return connection.in_atomic_block or in_memory
