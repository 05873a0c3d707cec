"""Who may start, see and change which task."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from task_api.conf import app_settings
from task_api.models import TaskInfo
from task_api.submission import owner_of
from task_api.tasks import Task
from task_api.utils import import_class

VIEW_PERMISSION = "task_api.view_taskinfo"
CHANGE_PERMISSION = "task_api.change_taskinfo"


def authentication_classes() -> Sequence[Any]:
    """Return the authentication classes of the settings, or DRF's defaults."""
    classes = app_settings.AUTHENTICATION_CLASSES
    return api_settings.DEFAULT_AUTHENTICATION_CLASSES if classes is None else resolved(classes)


def permission_classes() -> Sequence[Any]:
    """Return the permission classes of the settings, or DRF's defaults."""
    classes = app_settings.PERMISSIONS_CLASSES
    return api_settings.DEFAULT_PERMISSION_CLASSES if classes is None else resolved(classes)


def resolved(entries: Sequence[Any]) -> list[Any]:
    """Return the classes that a list names: paths to them, themselves, or what `&`, `|` and `~` make of them.

    Raises:
        ImproperlyConfigured: There is no such class.
    """
    return [_resolved(entry) for entry in entries]


def _resolved(entry: Any) -> Any:
    try:
        found = import_class(entry)
    except ImportError as error:
        raise ImproperlyConfigured(f"There is no class {entry!r}: {error}") from error
    if not callable(found):
        raise ImproperlyConfigured(f"{entry!r} is no class.")
    return found


def has_staff_permission(user: Any, permission: str) -> bool:
    return bool(user and user.is_authenticated and getattr(user, "is_staff", False) and user.has_perm(permission))


def visible_to(user: Any, rows: QuerySet[TaskInfo]) -> QuerySet[TaskInfo]:
    """Return those rows that a user may see if they name them: their own, nobody's, and all for staff.

    Nobody's tasks are as secret as their random uuid.
    """
    if has_staff_permission(user, VIEW_PERMISSION):
        return rows
    return rows.filter(owner__in={owner_of(user), ""})


def may_change(user: Any, info: TaskInfo) -> bool:
    return info.owner in {owner_of(user), ""} or has_staff_permission(user, CHANGE_PERMISSION)


def refusal(task: type[Task], request: Request, view: APIView) -> BasePermission | None:
    """Return which of the task's own permissions does not let the user start it, if any."""
    permissions: list[BasePermission] = [permission() for permission in resolved(task.permission_classes)]
    return next((permission for permission in permissions if not permission.has_permission(request, view)), None)


class TaskThrottle(ScopedRateThrottle):
    """DRF's scoped throttle, with the scope of the task instead of the view's."""

    def __init__(self, task: type[Task]) -> None:
        super().__init__()
        self.task = task
        # Read now: DRF's class keeps the rates that were in force when it was imported.
        rates: Any = api_settings.DEFAULT_THROTTLE_RATES
        self.THROTTLE_RATES = rates

    def allow_request(self, request: Request, view: Any) -> bool:
        # All that DRF wants of the view is its `throttle_scope`.
        return super().allow_request(request, self.task)  # type: ignore[arg-type]
