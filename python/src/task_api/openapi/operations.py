"""What each endpoint takes and answers."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema

from task_api import registry
from task_api.openapi.shapes import Cancel, Catalog, Errors, Problem, Start, Stream, TaskDetail, TaskPage, TaskSnapshot
from task_api.serializers import UUIDS_MAX
from task_api.states import Status

Documented = Callable[[Any], Any]
Responses = dict[Any, Any]

PROBLEMS = {
    401: "The user is not logged in.",
    403: "The user lacks a permission, or the request its CSRF token.",
    404: "There is no such task, or the user may not see it.",
    406: "The server is WSGI, and streams need ASGI: poll instead.",
    409: "The state of the task does not allow it, or one like it is active.",
    413: "The body is larger than it may be.",
    415: "The body is not declared as `application/json`.",
    422: "The `Idempotency-Key` was used for another request.",
    429: "Too many requests, or streams. `Retry-After` has the seconds to wait.",
}
TAGS = ["tasks"]
UUID = OpenApiParameter("uuid", OpenApiTypes.UUID, OpenApiParameter.PATH)
RETRY_AFTER = OpenApiParameter(
    "Retry-After", int, OpenApiParameter.HEADER, response=[429], description="Seconds to wait."
)


def operations() -> dict[str, Documented]:
    """Return the decorators of the viewset's methods, by their names."""
    return {
        "create": _create(),
        "list": _list(),
        "retrieve": _retrieve(),
        "cancel": _change("Cancel a task", "A pending one is cancelled at once, a running one when it stops.", Cancel),
        "retry": _change("Retry a task", "A failed or cancelled task is pending again, and has the same uuid."),
        "catalog": extend_schema(
            tags=TAGS,
            summary="List the tasks that the user may start",
            description="With the JSON Schemas of their inputs and outputs.",
            parameters=[RETRY_AFTER],
            responses={200: OpenApiResponse(Catalog, "The tasks."), **_problems()},
        ),
    }


def stream() -> Documented:
    """Return the decorator of the stream."""
    versions = "Uuids, each with the version that is known already if there is one: `a:12,b`."
    return extend_schema(
        tags=TAGS,
        summary="Follow tasks",
        description="The changes of tasks as they happen, until all have ended.",
        parameters=[
            _uuids({"type": "string"}, versions, required=True),
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="What `EventSource` sends."),
            RETRY_AFTER,
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(Stream, "The events."),
            400: _errors("Something in the query is wrong."),
            **_problems(406),
        },
    )


def _create() -> Documented:
    key = OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "minLength": 1, "maxLength": 255},
        OpenApiParameter.HEADER,
        description="Starts one task, however often the request is sent.",
    )
    location = OpenApiParameter(
        "Location",
        {"type": "string", "format": "uri"},
        OpenApiParameter.HEADER,
        response=[200, 201],
        description="The address of the task.",
    )
    return extend_schema(
        tags=TAGS,
        summary="Start a task",
        description="A row is stored, and a worker will run it.",
        parameters=[key, location, RETRY_AFTER],
        request=Start,
        responses={
            201: OpenApiResponse(TaskSnapshot, "The task was started."),
            200: OpenApiResponse(TaskSnapshot, "The task was there already: by its key, or because it is unique."),
            400: _errors("Something in the body is wrong, and nothing was stored."),
            **_problems(409, 413, 415, 422),
        },
    )


def _list() -> Documented:
    return extend_schema(
        tags=TAGS,
        summary="List tasks",
        description=(
            "The user's own tasks, newest first; with `uuid`, those tasks in one page. Uuids that do not exist, or "
            "that the user may not see, are not among the results."
        ),
        parameters=[
            _uuids({"type": "string", "format": "uuid"}, "Only these."),
            OpenApiParameter("task", str, enum=sorted(registry.offered()) or None, description="Only of this name."),
            OpenApiParameter("status", str, enum=list(Status), description="Only in this state."),
            RETRY_AFTER,
        ],
        responses={
            200: OpenApiResponse(TaskPage, "A page."),
            400: _errors("Something in the query is wrong."),
            **_problems(),
            404: OpenApiResponse(Problem, "There is no such page."),
        },
    )


def _retrieve() -> Documented:
    known = OpenApiParameter(
        "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of the snapshot that is known."
    )
    etag = OpenApiParameter(
        "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="The version, in quotes."
    )
    return extend_schema(
        tags=TAGS,
        summary="Look at a task",
        description="Its snapshot, or only that it is the one which is known already.",
        parameters=[UUID, known, etag, RETRY_AFTER],
        responses={
            200: OpenApiResponse(TaskDetail, "The snapshot, with all attempts."),
            304: OpenApiResponse(description="Nothing has changed."),
            **_problems(404),
        },
    )


def _change(summary: str, description: str, body: type[Cancel] | None = None) -> Documented:
    return extend_schema(
        tags=TAGS,
        summary=summary,
        description=description,
        parameters=[UUID, RETRY_AFTER],
        # It may be left out.
        request=body and OpenApiRequest(body, examples=[]),
        responses={
            200: OpenApiResponse(TaskSnapshot, "The snapshot after it."),
            400: _errors("There is a body, and something in it is wrong."),
            **_problems(404, 409, 413, 415),
        },
    )


def _uuids(item: dict[str, str], description: str, *, required: bool = False) -> OpenApiParameter:
    schema = {"type": "array", "items": item, "maxItems": UUIDS_MAX}
    return OpenApiParameter("uuid", schema, required=required, explode=False, style="form", description=description)


def _errors(description: str) -> OpenApiResponse:
    return OpenApiResponse(Errors, description)


def _problems(*codes: int) -> Responses:
    return {code: OpenApiResponse(Problem, PROBLEMS[code]) for code in sorted({401, 403, 429, *codes})}
