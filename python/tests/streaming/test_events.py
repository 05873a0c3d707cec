import asyncio
import threading
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from task_api import events
from task_api.events import DatabaseEventBus, Event, EventBus, MemoryEventBus, get_bus
from task_api.events.redis import RedisEventBus


def event(version: int = 1, data: str | None = "{}") -> Event:
    return Event(uuid4(), version, False, data)


@pytest.mark.parametrize("data", ['{"a": "b c\\n"}', "{}", None])
@pytest.mark.parametrize("terminal", [True, False])
def test_event_survives_its_line(data: str | None, terminal: bool) -> None:
    sent = Event(uuid4(), 2**60, terminal, data)
    assert Event.decode(sent.uuid, sent.encode()) == sent


@pytest.mark.parametrize("line", ["", "1", "x 0 {}", "hello"])
def test_line_that_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|int"):
        Event.decode(uuid4(), line)


THREAD = "task_api.backends.thread.ThreadBackend"
CELERY = "task_api.backends.celery.CeleryBackend"


@pytest.mark.parametrize(
    ("settings", "bus"),
    [
        ({"TASK_API_BACKEND": THREAD}, MemoryEventBus),
        ({"TASK_API_BACKEND": CELERY}, DatabaseEventBus),
        ({"TASK_API_BACKEND": CELERY, "TASK_API_REDIS_URL": "redis://127.0.0.1:1/0"}, RedisEventBus),
        ({"TASK_API_BACKEND": CELERY, "TASK_API_EVENT_BUS": "memory"}, MemoryEventBus),
        ({"TASK_API_BACKEND": THREAD, "TASK_API_EVENT_BUS": "database"}, DatabaseEventBus),
    ],
)
def test_bus_follows_the_settings(
    settings: dict[str, Any], bus: type[EventBus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "broker_url", "amqp://127.0.0.1:1")
    with override_settings(**settings):
        assert type(get_bus()) is bus


def test_bus_is_the_brokers_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, "broker_url", "redis://127.0.0.1:1/0;redis://127.0.0.1:2/0")
    with override_settings(TASK_API_BACKEND=CELERY):
        assert type(get_bus()) is RedisEventBus
        assert events.redis_url() == "redis://127.0.0.1:1/0"


def test_bus_of_another_name_is_refused() -> None:
    with (
        override_settings(TASK_API_EVENT_BUS="kafka"),
        pytest.raises(ImproperlyConfigured, match="TASK_API_EVENT_BUS is 'kafka', must be 'redis', 'memory'"),
    ):
        get_bus()


def test_redis_bus_without_a_redis_is_refused() -> None:
    with (
        override_settings(TASK_API_EVENT_BUS="redis", TASK_API_REDIS_URL="amqp://localhost"),
        pytest.raises(ImproperlyConfigured, match="neither TASK_API_REDIS_URL nor Celery's broker_url is a Redis"),
    ):
        get_bus()


def test_failing_bus_fails_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(TASK_API_EVENT_BUS="redis", TASK_API_REDIS_URL="redis://127.0.0.1:1/0"):
        events.publish(event)
    assert "The event bus could not send" in caplog.text


def test_bus_that_failed_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    made: list[int] = []

    def make() -> Event:
        made.append(1)
        return event()

    with override_settings(TASK_API_EVENT_BUS="redis", TASK_API_REDIS_URL="redis://127.0.0.1:1/0"):
        for _ in range(5):
            events.publish(make)
    assert len(made) == 5
    assert caplog.text.count("could not send") == 1


def test_event_is_not_made_where_no_bus_carries_it() -> None:
    def make() -> Event:
        raise AssertionError("nobody would hear it")

    with override_settings(TASK_API_EVENT_BUS="database"):
        events.publish(make)


def test_memory_bus_tells_listeners_of_what_they_added() -> None:
    bus = MemoryEventBus()
    heard: list[Event] = []
    wanted, other = event(), event()

    async def listen() -> None:
        listener = bus.listen(heard.append, lambda: None)
        await listener.add(wanted.uuid)
        thread = threading.Thread(target=lambda: [bus.publish(wanted), bus.publish(other)])
        thread.start()
        await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)
        await listener.discard(wanted.uuid)
        bus.publish(wanted)
        await asyncio.sleep(0)
        await listener.close()

    asyncio.run(listen())
    assert heard == [wanted]


def test_memory_bus_forgets_a_loop_that_is_gone() -> None:
    bus = MemoryEventBus()
    lost = event()

    async def listen() -> None:
        await bus.listen(lambda event: None, lambda: None).add(lost.uuid)

    asyncio.run(listen())
    bus.publish(lost)
    bus.publish(lost)
    assert bus._listeners == ()
