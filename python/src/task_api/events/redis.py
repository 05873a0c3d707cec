"""Events over Redis Pub/Sub: one connection a process and event loop, however many streams watch."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, ClassVar
from uuid import UUID, uuid4

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from task_api.events.base import Event, EventBus, Listener
from task_api.events.redis_publisher import RedisPublisher

logger = logging.getLogger("task_api")

PREFIX = "task_api:"
# Seconds that a publisher gives a Redis that does not answer, and then leaves it alone.
PUBLISH_TIMEOUT = 0.5
PUBLISH_PAUSE = 5.0
CONNECT_TIMEOUT = 5.0
# Seconds that a new stream waits for a Redis that does not answer, before it goes on with looks at the rows.
ACKNOWLEDGE_TIMEOUT = 1.0
HEALTH_CHECK = 15
RECONNECT_MAX = 5.0


def from_url(module: Any, url: str, **options: Any) -> Any:
    # Celery's spelling of a socket's path.
    return module.Redis.from_url(url.replace("redis+socket://", "unix://"), **options)


class RedisListener(Listener):
    def __init__(self, url: str, deliver: Callable[[Event], None], resync: Callable[[], None]) -> None:
        self._deliver = deliver
        self._resync = resync
        self._client = from_url(
            redis.asyncio,
            url,
            decode_responses=True,
            socket_keepalive=True,
            socket_connect_timeout=CONNECT_TIMEOUT,
            health_check_interval=HEALTH_CHECK,
            # Reconnecting is done below: the library's own would not tell that events were lost.
            retry=AsyncRetry(NoBackoff(), 0),
        )
        # A channel of the listener's own, so that the connection always has a subscription to read from.
        self._own = f"{PREFIX}listener:{uuid4()}"
        self._channels: set[str] = set()
        # Of each channel, whether Redis has confirmed the subscription; resolved early when the connection is lost.
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._hears = False
        self._failures = 0
        self._pubsub: Any = None
        self._reader = asyncio.create_task(self._read_on(), name="task_api redis listener")

    @property
    def hears(self) -> bool:
        return self._hears

    async def add(self, uuid: UUID) -> None:
        channel = f"{PREFIX}{uuid}"
        self._channels.add(channel)
        if channel not in self._confirmed:
            self._confirmed[channel] = asyncio.get_running_loop().create_future()
            if self._pubsub is not None:
                with suppress(RedisError, OSError):
                    await self._pubsub.subscribe(channel)
        # A Redis that is away does not keep a stream from its rereads; the reconnect resyncs it.
        confirmed = self._confirmed.get(channel)
        if confirmed is not None and not confirmed.done() and not self._failures:
            await asyncio.wait([confirmed], timeout=ACKNOWLEDGE_TIMEOUT)

    async def discard(self, uuid: UUID) -> None:
        channel = f"{PREFIX}{uuid}"
        self._channels.discard(channel)
        self._confirm(channel)
        self._confirmed.pop(channel, None)
        if self._pubsub is not None:
            with suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(channel)

    async def close(self) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        await self._client.aclose()

    async def _read_on(self) -> None:
        while True:
            try:
                await self._connect()
                while True:
                    # Wakes up now and then, for the library to find out whether a silent connection is alive.
                    response = await self._pubsub.parse_response(block=False, timeout=HEALTH_CHECK)
                    if response is not None:
                        self._take(response)
            except (RedisError, OSError) as error:
                logger.warning("The event bus lost Redis and connects again: %s", error)
            finally:
                await self._disconnect()
            self._failures += 1
            # Full jitter: all processes lose their Redis at the same moment.
            await asyncio.sleep(random.uniform(0, min(0.1 * 2**self._failures, RECONNECT_MAX)))  # noqa: S311

    async def _connect(self) -> None:
        pubsub = self._client.pubsub()
        asked = set(self._channels)
        try:
            await pubsub.subscribe(self._own, *asked)
        except BaseException:
            await pubsub.aclose()
            raise
        self._pubsub = pubsub
        # Added while the connection was being made, and not told to it by `add`.
        if late := self._channels - asked:
            await pubsub.subscribe(*late)

    async def _disconnect(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if self._hears:
            self._hears = False
            # What is under way is lost, and from now on the rows are read more often.
            self._resync()
        # Whoever waits is served by rereads, and by the resync after the reconnect.
        for channel in self._confirmed:
            self._confirm(channel)
        self._confirmed.clear()
        if pubsub is not None:
            with suppress(RedisError, OSError):
                await pubsub.aclose()

    def _take(self, response: Any) -> None:
        kind, channel, data = response[0], response[1], response[2]
        if kind == "subscribe":
            self._acknowledge(channel)
        elif kind == "unsubscribe":
            self._forget(channel)
        elif kind == "message" and channel in self._channels:
            try:
                self._deliver(Event.decode(UUID(channel.removeprefix(PREFIX)), data))
            except ValueError:
                logger.warning("The event bus heard what is no event: %.200r", data)

    def _acknowledge(self, channel: str) -> None:
        if channel == self._own:
            # The first acknowledgement of a connection: whatever was published before it went unheard.
            self._hears = True
            self._failures = 0
            self._resync()
        else:
            self._confirm(channel)

    def _forget(self, channel: str) -> None:
        # As the library does where it handles the messages; it would keep every channel until the next reconnect.
        if channel in self._pubsub.pending_unsubscribe_channels:
            self._pubsub.pending_unsubscribe_channels.remove(channel)
            self._pubsub.channels.pop(channel, None)

    def _confirm(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)


class RedisEventBus(EventBus):
    """Reaches every process at once; what a restart of Redis loses is read again."""

    reread: ClassVar[float] = 15.0

    def __init__(self, url: str) -> None:
        self._url = url
        self._silent_until = 0.0
        client = from_url(
            redis,
            url,
            socket_timeout=PUBLISH_TIMEOUT,
            socket_connect_timeout=PUBLISH_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self._publisher = RedisPublisher(client)

    def publish(self, event: Event) -> None:
        if monotonic() < self._silent_until:
            return
        try:
            self._publisher.publish(f"{PREFIX}{event.uuid}", event.encode())
        except (RedisError, OSError):
            self._silent_until = monotonic() + PUBLISH_PAUSE
            raise

    def listen(self, deliver: Callable[[Event], None], resync: Callable[[], None]) -> Listener:
        return RedisListener(self._url, deliver, resync)
