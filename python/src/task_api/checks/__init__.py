"""System checks: every misconfiguration that can be seen before a task runs into it."""

from task_api.checks.project import (
    check_access,
    check_backend,
    check_celery,
    check_classes,
    check_database,
    check_event_bus,
    check_router,
    check_settings,
)
from task_api.checks.tasks import check_tasks

__all__ = [
    "check_access",
    "check_backend",
    "check_celery",
    "check_classes",
    "check_database",
    "check_event_bus",
    "check_router",
    "check_settings",
    "check_tasks",
]
