"""The stream of watched tasks: Server-Sent Events from an async view, which holds nothing while it waits."""

import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import SyncToAsync, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseFault
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from task_api.api_view import TaskAPIView
from task_api.conf import app_settings
from task_api.events import get_bus
from task_api.hub import HEARTBEAT, Hub, Watcher, encode, frame_of, get_hub, rows
from task_api.permissions import visible_to
from task_api.serializers import StreamSerializer
from task_api.snapshots import events_of

logger = logging.getLogger("task_api")

# Seconds between two signs of life on a silent stream.
SILENCE_MAX = 15.0
# Seconds after which a stream ends, so that its client comes again with the rights that it has then.
LIFETIME = 600.0
# What a client waits before it comes again, in milliseconds, unless it knows better.
RETRY = 1000
NOT_ACCEPTABLE = (
    "Streams need an ASGI server, and this one is WSGI. Poll instead: GET tasks/?uuid=… answers for many tasks at once."
)

UNAVAILABLE = "The server's event bus is not set up, so that it has no streams. Poll instead: GET tasks/?uuid=…"
FINISHED = encode("end", '{"reason":"finished"}')
RENEW = encode("end", '{"reason":"renew"}')

_open: Counter[str] = Counter()


class StreamGate(TaskAPIView):
    """Decides, as any view of the API, whether a request may have its stream; answers the versions asked for."""

    # A HEAD would hold a stream open that nobody reads.
    http_method_names: ClassVar[list[str]] = ["get", "options"]  # type: ignore[misc]  # Django means one as well

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
            raise Throttled(SILENCE_MAX, f"{_open[holder]} streams are open already, no more are allowed.")
        return Response({"holder": holder, "versions": query.versions()})


class EventStream(StreamingHttpResponse):
    """A response whose parts are bytes already, as long as no middleware puts others in their place."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        super().__init__(parts, content_type="text/event-stream")
        self._parts = parts

    def __aiter__(self) -> AsyncIterator[bytes]:
        # Django's own way to the server are two more generators, which cost each watcher as much as the rest of ours.
        return self._parts if self._iterator is self._parts else super().__aiter__()  # type: ignore[attr-defined]


async def events(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
    """Stream the changes of the tasks that `?uuid=a,b:12` names, each from a known version on."""
    if not isinstance(request, ASGIRequest):
        return JsonResponse({"detail": NOT_ACCEPTABLE}, status=406)
    gate = await sync_to_async(_pass_gate)(request, **kwargs)
    if gate.status_code != 200 or request.method != "GET":
        refusal: HttpResponseBase = gate
        return refusal
    try:
        get_bus()
    except (ImproperlyConfigured, ImportError, ValueError) as error:
        logger.error("No stream can be opened: %s", error)
        return JsonResponse({"detail": UNAVAILABLE}, status=503)
    response = EventStream(_stream(request.user, gate.data["holder"], gate.data["versions"]))
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
    if (response.status_code != 200 or request.method != "GET") and hasattr(response, "render"):
        response.render()
    return response


async def _stream(user: Any, holder: str, versions: dict[UUID, int]) -> AsyncIterator[bytes]:
    _open[holder] += 1
    watcher = Watcher(dict(versions))
    hub = None
    try:
        _give_up_thread()
        # First bytes at once: a proxy that keeps them back is found out by their absence.
        yield b"retry: %d\n: watching %d tasks\n\n" % (RETRY, len(versions))
        # Only now: a hub without watchers closes itself.
        hub = get_hub()
        async for text in _follow(hub, watcher, user):
            yield text
    except DatabaseFault as error:
        # The response has begun: all that is left is to end it in good order, and the client comes again.
        logger.warning("A stream ends, because its tasks could not be read: %s", error)
    finally:
        _open[holder] -= 1
        if not _open[holder]:
            del _open[holder]
        if hub is not None:
            await hub.discard(watcher)


async def _follow(hub: Hub, watcher: Watcher, user: Any) -> AsyncIterator[bytes]:
    """Yield what is there already, then what comes, until every task has ended or the stream is old."""
    asked = set(watcher.versions)
    await hub.add(watcher)
    current = await hub.read(lambda: events_of(visible_to(user, rows(asked))))
    for uuid in asked.difference(event.uuid for event in current):
        await hub.discard(watcher, [uuid])
        yield encode("gone", json.dumps({"uuid": str(uuid)}))
    for event in current:
        watcher.offer(frame_of(event))
    active = watcher.versions.keys() - {event.uuid for event in current if event.terminal}
    renewal = monotonic() + LIFETIME
    while True:
        frames = await watcher.take(SILENCE_MAX if active else 0)
        text = b"".join([frame.text for frame in frames])
        for frame in frames:
            # One that has ended may be started again while the stream waits for others.
            (active.discard if frame.terminal else active.add)(frame.uuid)
        if not active:
            yield text + FINISHED
            return
        if monotonic() > renewal:
            yield text + RENEW
            return
        if watcher.closed:
            # The server is about to end. Without a word, so that not all clients come again at the same moment.
            yield text
            return
        yield text or HEARTBEAT


def _give_up_thread() -> None:
    """End the thread that Django's handler keeps for the request's sync code until its response has been sent.

    A stream waits for minutes; with it would wait a thread for each, and the thread's database connection.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if executor is not None:
        executor.submit(connections.close_all)
        executor.shutdown(wait=False)
