from contextlib import suppress
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.utils.translation import gettext_lazy as _


class TaskApiConfig(AppConfig):
    name = "task_api"
    label = "task_api"
    verbose_name = _("Background tasks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from celery import signals

        from task_api import checks  # noqa: F401  registers the system checks

        # After the fork in a prefork worker, whose parent keeps no connection of ours.
        signals.worker_process_init.connect(_start_sweeper, dispatch_uid="task_api.sweeper")
        signals.worker_ready.connect(_start_sweeper_of_threads, dispatch_uid="task_api.sweeper")
        # The embedded backend has no worker: the server's process is it, as soon as it serves.
        request_started.connect(_start_embedded_sweeper, dispatch_uid="task_api.sweeper")


def _start_sweeper(**kwargs: Any) -> None:
    from task_api.maintenance import sweeper

    sweeper.start()


def _start_sweeper_of_threads(sender: Any, **kwargs: Any) -> None:
    from celery.concurrency.prefork import TaskPool

    if not isinstance(sender.pool, TaskPool):
        _start_sweeper()


def _start_embedded_sweeper(**kwargs: Any) -> None:
    from task_api.backends.thread import ThreadBackend
    from task_api.maintenance import sweeper
    from task_api.utils import get_backend_cls

    # The system checks tell of a setting that names no class; the site's other pages do not depend on it.
    with suppress(ImproperlyConfigured):
        if issubclass(get_backend_cls(), ThreadBackend):
            # What an earlier process had queued is lost with it.
            sweeper.start(afresh=True)
