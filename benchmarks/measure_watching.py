"""What watching costs the server: the CPU of a watcher's second."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from statistics import median

import redis.asyncio

from load import Connection, Streams
from report import Row
from stack import BenchStack
from task_api.events import Event

ROUNDS = 3
WATCHERS = 200
SECONDS = 5.0
UPDATES_A_SECOND = 10


def measure_watchers(stack: BenchStack) -> list[Row]:
    """Let 200 streams watch one task with 10 updates a second, beside a bare view and beside polling each second."""
    uuid = stack.start_task("no-op")
    cpu: dict[str, list[float]] = {"ours": [], "bare": [], "poll": []}
    for _ in range(ROUNDS):
        cpu["ours"].append(asyncio.run(_watch(stack, f"/tasks/events/?uuid={uuid}", 1, our_updates(stack, uuid))))
        cpu["bare"].append(asyncio.run(_watch(stack, f"/limit/events/{uuid}/", 0, _bare_updates(stack, uuid))))
        cpu["poll"].append(asyncio.run(_poll(stack, uuid)))
    ours = median(cpu["ours"])
    return [
        Row("watching: server CPU a watcher-second, beside a bare stream", ours, median(cpu["bare"]), "µs"),
        Row("watching: server CPU a watcher-second, beside a poll each second", ours, median(cpu["poll"]), "µs"),
    ]


async def _until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"Waited 30 seconds in vain for {what}.")


def _microseconds(seconds: float) -> float:
    return seconds / (WATCHERS * SECONDS) * 1e6


async def _watch(stack: BenchStack, path: str, first: int, update: Callable[[int], Awaitable[None]]) -> float:
    """Return the CPU of a watcher's second, from when each stream has had its `first` events."""
    streams = Streams(stack.port, path)
    await streams.open(WATCHERS)
    await _until(lambda: streams.events >= WATCHERS * first, f"{first} first events on {path}")
    before, seen = stack.cpu(), streams.events
    count = int(SECONDS * UPDATES_A_SECOND)
    for number in range(count):
        await update(number)
        await asyncio.sleep(1 / UPDATES_A_SECOND)
    await _until(lambda: streams.events - seen >= WATCHERS * count, f"{WATCHERS * count} events on {path}")
    spent = stack.cpu() - before
    await streams.close()
    return _microseconds(spent)


def our_updates(stack: BenchStack, uuid: str) -> Callable[[int], Awaitable[None]]:
    client = redis.asyncio.Redis.from_url(stack.redis.url)
    info = stack.task(uuid)
    del info["inputs"]

    async def update(number: int) -> None:
        _Clock.version += 1
        data = json.dumps(info | {"version": _Clock.version, "progress": number, "seq": 0})
        event = Event(info["uuid"], _Clock.version, False, data)
        await client.publish(f"task_api:{uuid}", event.encode())

    return update


class _Clock:
    # Rises from round to round: streams do not tell an older version after a newer one.
    version = 1_000


def _bare_updates(stack: BenchStack, uuid: str) -> Callable[[int], Awaitable[None]]:
    client = redis.asyncio.Redis.from_url(stack.redis.url)
    info = stack.task(uuid)

    async def update(number: int) -> None:
        await client.publish(uuid, json.dumps(info | {"progress": number}))

    return update


async def _poll(stack: BenchStack, uuid: str) -> float:
    connections = [await Connection(stack.port).__aenter__() for _ in range(WATCHERS)]
    before = stack.cpu()

    async def watch(connection: Connection, delay: float) -> None:
        await asyncio.sleep(delay)
        for _ in range(int(SECONDS)):
            await connection.request("GET", f"/tasks/?uuid={uuid}")
            await asyncio.sleep(1)

    await asyncio.gather(*(watch(connection, index / WATCHERS) for index, connection in enumerate(connections)))
    spent = stack.cpu() - before
    for connection in connections:
        connection.writer.close()
    return _microseconds(spent)
