"""The REST API: start, see, list, cancel and retry tasks."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.cache import get_conditional_response, patch_cache_control
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import (
    APIException,
    NotFound,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request, clone_request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from task_api import control, registry, submission, transitions
from task_api.api_view import TaskAPIView
from task_api.conf import app_settings
from task_api.exceptions import IdempotencyConflict, InputsNotValidError, TaskConflict
from task_api.models import TaskInfo
from task_api.parsers import BoundedJSONParser
from task_api.permissions import (
    TaskThrottle,
    may_change,
    refusal,
    visible_to,
)
from task_api.serializers import CancelSerializer, ListSerializer, StartSerializer
from task_api.snapshots import detail, snapshot, snapshots
from task_api.tasks import Task

IDEMPOTENCY_KEY_MAX = 255
# A primary key, in the cursor of a page.
POSITION = re.compile(r"[0-9]{1,19}")


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class IdempotencyKeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


class TaskPagination(CursorPagination):
    # Keys rise with time, and unlike times no two are equal.
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        return app_settings.PAGE_SIZE

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        # DRF leaves the position as it came, for the query to stumble over.
        if cursor and cursor.position is not None and not POSITION.fullmatch(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class TaskInfoViewSet(TaskAPIView, GenericViewSet[TaskInfo]):
    """Start tasks, and look at them. A task that the user may not see does not exist for them."""

    # Actions take further keywords: those of the project's own path around `include("task_api.urls")`.

    queryset = TaskInfo._default_manager.all()
    serializer_class = StartSerializer
    lookup_field = "uuid"
    lookup_value_regex = "[^/]+"
    parser_classes = (BoundedJSONParser,)
    pagination_class = TaskPagination
    # The query has a serializer of its own; filters of the project are meant for its own models.
    filter_backends = ()

    def get_view_name(self) -> str:
        # What OPTIONS tells. The name of the class is no caller's business.
        return {"List": "Tasks", "Instance": "Task"}.get(self.suffix or "", "") or super().get_view_name()

    def get_queryset(self) -> QuerySet[TaskInfo]:
        # Not of a replica: there the task whose uuid a client has just got may not exist yet.
        return super().get_queryset().using(transitions.database())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        # A task changes by itself: no cache may answer for it without asking.
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def create(self, request: Request, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        task: type[Task] = serializer.validated_data["task"]
        self._check_may_start(task, request)
        # Null stands for no inputs, as in version 1.
        submitted = self._submit(task, serializer.validated_data.get("inputs") or {}, request)
        if not (submitted.created or submitted.same_key or self._owns(submitted.info)):
            raise Conflict(f"A task {task.name!r} like this one is active already.")
        location = self.reverse_action("detail", kwargs={**self.kwargs, "uuid": submitted.info.uuid})
        code = status.HTTP_201_CREATED if submitted.created else status.HTTP_200_OK
        return Response(snapshot(submitted.info), code, headers={"Location": location})

    def _owns(self, info: TaskInfo) -> bool:
        # Nobody's tasks are not everybody's.
        return bool(self.owner) and info.owner == self.owner

    def _check_may_start(self, task: type[Task], request: Request) -> None:
        permission = refusal(task, request, self)
        if permission is not None:
            message = getattr(permission, "message", None) or f"You may not start the task {task.name!r}."
            self.permission_denied(request, message, getattr(permission, "code", None))
        throttle = TaskThrottle(task)
        if not throttle.allow_request(request, self):
            raise Throttled(throttle.wait())

    def _submit(self, task: type[Task], inputs: dict[str, Any], request: Request) -> submission.Submission:
        starter = task.using(owner=request.user, idempotency_key=_idempotency_key(request))
        try:
            return starter.submit(inputs)
        except InputsNotValidError as error:
            raise ValidationError({"inputs": error.errors}) from error
        except IdempotencyConflict as error:
            raise IdempotencyKeyReused(str(error)) from error
        except TaskConflict as error:
            raise Conflict(str(error)) from error

    def list(self, request: Request, **kwargs: Any) -> Response:
        query = ListSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        rows = self._rows(request, asked.get("uuid"))
        filters = {name: asked[name] for name in ("task", "status") if name in asked}
        rows = rows.filter(**filters)
        if "uuid" in asked:
            return Response({"next": None, "previous": None, "results": snapshots(rows)})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(snapshots(page or ()))

    def _rows(self, request: Request, uuids: Sequence[UUID] | None) -> QuerySet[TaskInfo]:
        if uuids is not None:
            return visible_to(request.user, self.get_queryset()).filter(uuid__in=uuids)
        # Nobody's tasks are for those who know their uuids.
        return self.get_queryset().filter(owner=self.owner) if self.owner else self.get_queryset().none()

    def retrieve(self, request: Request, uuid: str, **kwargs: Any) -> Any:
        info = self._visible(request, uuid)
        etag = f'"{info.version}"'
        response = get_conditional_response(request._request, etag=etag)
        if response is None or response.status_code != status.HTTP_304_NOT_MODIFIED:
            response = Response(detail(info))
        response["ETag"] = etag
        return response

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, uuid: str, **kwargs: Any) -> Response:
        """Cancel a pending or running task."""
        info = self._changeable(request, uuid)
        options = CancelSerializer(data=request.data)
        options.is_valid(raise_exception=True)
        try:
            return Response(snapshot(control.cancel(info.uuid, **options.validated_data)))
        except TaskConflict as error:
            raise Conflict(str(error)) from error
        except TaskInfo.DoesNotExist:
            raise _not_found(uuid) from None

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, uuid: str, **kwargs: Any) -> Response:
        """Start a failed or cancelled task again."""
        info = self._changeable(request, uuid)
        task = registry.offered().get(info.task)
        if task is None:
            raise Conflict(f"The task {info.task!r} is not offered any more.")
        self._check_may_start(task, request)
        try:
            return Response(snapshot(submission.retry(task, info)))
        except TaskConflict as error:
            raise Conflict(str(error)) from error

    @action(detail=False, methods=["get"])
    def catalog(self, request: Request, **kwargs: Any) -> Response:
        """List the tasks that the user may start, with the JSON Schemas of their inputs and outputs."""
        # Permissions may let everybody look and only some start.
        post = clone_request(request, "POST")
        if not all(permission.has_permission(post, self) for permission in self.get_permissions()):
            return Response([])
        return Response([_entry(task) for task in registry.offered().values() if refusal(task, post, self) is None])

    def _visible(self, request: Request, uuid: str) -> TaskInfo:
        try:
            return visible_to(request.user, self.get_queryset()).get(uuid=UUID(uuid))
        except (ValueError, TaskInfo.DoesNotExist):
            raise _not_found(uuid) from None

    def _changeable(self, request: Request, uuid: str) -> TaskInfo:
        info = self._visible(request, uuid)
        if not may_change(request.user, info):
            raise PermissionDenied("You may look at this task and not change it.")
        return info


def _not_found(uuid: str) -> NotFound:
    return NotFound(f"There is no task {uuid[:80]!r}.")


def _idempotency_key(request: Request) -> str | None:
    key: str | None = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= IDEMPOTENCY_KEY_MAX:
        raise ValidationError(
            {"Idempotency-Key": [f"The key has {len(key)} characters, must have 1 to {IDEMPOTENCY_KEY_MAX}."]}
        )
    return key


def _entry(task: type[Task]) -> dict[str, Any]:
    interface = task.interface()
    return {
        "name": task.name,
        "description": task.description(),
        "inputs": interface.inputs_schema(),
        "outputs": interface.outputs_schema(),
    }
