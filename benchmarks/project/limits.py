"""The bare limit of each road: what is left when everything but the inevitable is taken away."""

import json
import os
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import redis
import redis.asyncio
from celery import shared_task
from celery.result import AsyncResult
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from project.models import Line


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"])


@shared_task
def publish(channel: str) -> None:
    """Tell that the task is done, which is all that there is to it."""
    client().publish(channel, json.dumps({"status": "succeeded"}))


@shared_task
def plain(pk: int) -> None:
    """Send as many statements as a no-op task of ours."""
    with connection.cursor() as cursor:
        for status in ("running", "succeeded"):
            cursor.execute("UPDATE project_line SET status = %s WHERE id = %s RETURNING *", [status, pk])
            cursor.fetchall()


@csrf_exempt
def submit(request: HttpRequest) -> HttpResponse:
    """Insert a row and send a message, as everybody's own view does it."""
    line = Line.objects.create(text=request.body.decode())
    result = plain.apply_async((line.pk,))
    return JsonResponse({"id": line.pk, "task": result.id}, status=201)


@csrf_exempt
def start(request: HttpRequest) -> HttpResponse:
    """Insert a row and send a message to a worker, which tells of its end on a channel."""
    channel = request.body.decode()
    Line.objects.create(text=channel)
    publish.apply_async((channel,))
    return JsonResponse({"channel": channel}, status=201)


def status(request: HttpRequest, task_id: str) -> HttpResponse:
    """Answer a result of Celery's Redis backend, which is celery-progress's way."""
    result: AsyncResult[Any] = AsyncResult(task_id)
    return JsonResponse({"state": result.state, "info": result.info})


async def events(request: HttpRequest, channel: str) -> StreamingHttpResponse:
    """Forward a Redis channel, one connection a stream."""

    async def stream() -> AsyncIterator[str]:
        listener = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
        async with listener.pubsub() as pubsub:
            await pubsub.subscribe(channel)
            yield ": open\n\n"
            async for message in pubsub.listen():
                if message["type"] == "message":
                    yield f"data: {message['data'].decode()}\n\n"
        await listener.aclose()

    return StreamingHttpResponse(stream(), content_type="text/event-stream")
