"""The stream of watched tasks: Server-Sent Events from an async view, which holds nothing while it waits.

The format is that of the HTML standard, section "Server-sent events".
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from time import monotonic
from typing import Any
from uuid import UUID

from asgiref.sync import SyncToAsync, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from task_api.api_view import TaskAPIView
from task_api.conf import app_settings
from task_api.events import Event
from task_api.hub import Watcher, get_hub, rows
from task_api.permissions import visible_to
from task_api.serializers import StreamSerializer
from task_api.snapshots import events_of

# Seconds between two signs of life on a silent stream.
HEARTBEAT = 15.0
# Seconds after which a stream ends, so that its client comes again with the rights that it has then.
LIFETIME = 600.0
# What a client waits before it comes again, in milliseconds, unless it knows better.
RETRY = 1000
NOT_ACCEPTABLE = (
    "Streams need an ASGI server, and this one is WSGI. Poll instead: GET tasks/?uuid=… answers for many tasks at once."
)

_open: Counter[str] = Counter()


class StreamGate(TaskAPIView):
    """Decides, as any view of the API, whether a request may have its stream; answers the versions asked for."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[JSONRenderer, str]:
        # An `EventSource` accepts `text/event-stream` alone; what the gate itself renders is its refusals.
        return JSONRenderer(), JSONRenderer.media_type

    def get(self, request: Request, **kwargs: Any) -> Response:
        query = StreamSerializer(
            data={**request.query_params.dict(), "last_event_id": request.headers.get("Last-Event-ID", "")}
        )
        query.is_valid(raise_exception=True)
        holder = self.owner or f"address {request.META.get('REMOTE_ADDR', '')}"
        if _open[holder] >= app_settings.STREAMS_PER_USER:
            raise Throttled(HEARTBEAT, f"{_open[holder]} streams are open already, no more are allowed.")
        return Response({"holder": holder, "versions": query.versions()})


async def events(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """Stream the changes of the tasks that `?uuid=a,b:12` names, each from a known version on."""
    if not isinstance(request, ASGIRequest):
        return JsonResponse({"detail": NOT_ACCEPTABLE}, status=406)
    gate = await sync_to_async(_pass_gate)(request, **kwargs)
    if gate.status_code != 200:
        refusal: HttpResponseBase = gate
        return refusal
    response = StreamingHttpResponse(
        _stream(request.user, gate.data["holder"], gate.data["versions"]), content_type="text/event-stream"
    )
    # For nginx, and for whatever else would compress or keep it back.
    response["X-Accel-Buffering"] = "no"
    response["Cache-Control"] = "no-cache, no-transform"
    return response


for alias in connections:
    # With ATOMIC_REQUESTS Django refuses async views that would be in a transaction.
    events = transaction.non_atomic_requests(using=alias)(events)


def _pass_gate(request: HttpRequest, **kwargs: Any) -> Any:
    """Let the gate decide, whole and in one thread; what it refuses with is a response to send."""
    response: Any = StreamGate.as_view()(request, **kwargs)
    if response.status_code != 200 and hasattr(response, "render"):
        response.render()
    return response


async def _stream(user: Any, holder: str, versions: dict[UUID, int]) -> AsyncIterator[str]:
    _open[holder] += 1
    watcher = Watcher(dict(versions))
    hub = None
    try:
        # First bytes at once: a proxy that keeps them back is found out by their absence.
        yield f"retry: {RETRY}\n: watching {len(versions)} tasks\n\n"
        # Only now: a hub without watchers closes itself.
        hub = get_hub()
        await hub.add(watcher)
        current = await hub.read(lambda: events_of(visible_to(user, rows(versions))))
        _give_up_thread()
        for uuid in versions.keys() - {event.uuid for event in current}:
            await hub.discard(watcher, [uuid])
            yield _frame("gone", json.dumps({"uuid": str(uuid)}))
        async for text in _follow(hub, watcher, current):
            yield text
    finally:
        _open[holder] -= 1
        if not _open[holder]:
            del _open[holder]
        if hub is not None:
            await hub.discard(watcher)


async def _follow(hub: Any, watcher: Watcher, current: Iterable[Event]) -> AsyncIterator[str]:
    """Yield what is there already, then what comes, until every task has ended or the stream is old."""
    ended = set()
    for event in current:
        watcher.offer(event)
        if event.terminal:
            ended.add(event.uuid)
    deadline = monotonic() + LIFETIME
    while True:
        taken = await watcher.take(0 if ended >= watcher.versions.keys() else HEARTBEAT)
        ended |= {event.uuid for event in taken if event.terminal}
        for event in taken:
            yield _event_frame(event)
        if ended >= watcher.versions.keys():
            yield _frame("end", '{"reason":"finished"}')
            return
        if monotonic() > deadline:
            yield _frame("end", '{"reason":"renew"}')
            return
        if not taken:
            yield ":\n\n"


def _event_frame(event: Event) -> str:
    data = event.data or json.dumps({"uuid": str(event.uuid), "version": event.version})
    return f"id: {event.uuid}:{event.version}\n{_frame('task', data)}"


def _frame(kind: str, data: str) -> str:
    # JSON has no line breaks of its own.
    return f"event: {kind}\ndata: {data}\n\n"


def _give_up_thread() -> None:
    """End the thread that Django's handler keeps for the request's sync code until its response has been sent.

    A stream waits for minutes; with it would wait a thread for each, and the thread's database connection.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if executor is not None:
        executor.submit(connections.close_all)
        executor.shutdown(wait=False)
