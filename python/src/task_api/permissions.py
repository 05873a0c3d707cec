"""Who may start, see and change which task."""

from collections.abc import Sequence
from typing import Any

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
from task_api.utils import resolve_class

VIEW_PERMISSION = "task_api.view_taskinfo"
CHANGE_PERMISSION = "task_api.change_taskinfo"


def authentication_classes() -> Sequence[Any]:
    """Return the authentication classes of the settings, or DRF's defaults."""
    return _classes(app_settings.AUTHENTICATION_CLASSES, api_settings.DEFAULT_AUTHENTICATION_CLASSES)


def permission_classes() -> Sequence[Any]:
    """Return the permission classes of the settings, or DRF's defaults."""
    return _classes(app_settings.PERMISSIONS_CLASSES, api_settings.DEFAULT_PERMISSION_CLASSES)


def _classes(configured: Sequence[Any] | None, default: Sequence[Any]) -> Sequence[Any]:
    return default if configured is None else [resolve_class(entry) for entry in configured]


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


def may_start(task: type[Task], request: Request, view: APIView) -> bool:
    """Return whether the task's own permissions let the user start it."""
    permissions: list[BasePermission] = [permission() for permission in task.permission_classes]
    return all(permission.has_permission(request, view) for permission in permissions)


class TaskThrottle(ScopedRateThrottle):
    """DRF's scoped throttle, with the scope of the task instead of the view's."""

    def __init__(self, task: type[Task]) -> None:
        super().__init__()
        self.task = task

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.scope = self.task.throttle_scope
        if not self.scope:
            return True
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super(ScopedRateThrottle, self).allow_request(request, view)
