from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from devstack import RedisServer
from task_api.events.redis_publisher import RedisPublisher
from tests.processes import run_script


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def publisher(redis: RedisServer) -> Iterator[RedisPublisher]:
    client = Redis.from_url(redis.url, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))
    publisher = RedisPublisher(client)
    yield publisher
    publisher._drop()
    client.close()


@pytest.fixture
def admin(redis: RedisServer) -> Iterator[Any]:
    with Redis.from_url(redis.url, decode_responses=True) as client:
        yield client


@pytest.fixture
def heard(admin: Any) -> Iterator[Any]:
    """Returns the next messages of the channel "news"."""
    with admin.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("news")
        # The acknowledgement.
        pubsub.get_message(timeout=30)

        def messages(count: int) -> list[str]:
            found: list[str] = []
            while len(found) < count:
                message = pubsub.get_message(timeout=30)
                assert message is not None, f"Only {found} came."
                found.append(message["data"])
            return found

        yield messages


def test_messages_arrive_in_order(publisher: RedisPublisher, heard: Any) -> None:
    for number in range(100):
        publisher.publish("news", str(number))
    assert heard(100) == [str(number) for number in range(100)]


def test_last_message_does_not_wait_for_the_next(publisher: RedisPublisher, heard: Any) -> None:
    publisher.publish("news", "only")
    assert heard(1) == ["only"]


def test_closed_connection_is_replaced(publisher: RedisPublisher, heard: Any, admin: Any) -> None:
    publisher.publish("news", "first")
    heard(1)
    admin.client_kill_filter(_type="normal", skipme=True)
    publisher.publish("news", "second")
    assert heard(1) == ["second"]


def test_connection_is_replaced_any_number_of_times(redis: RedisServer, heard: Any, admin: Any) -> None:
    """A pool counts the connections that it makes, and it is told of the end of none."""
    client = Redis.from_url(f"{redis.url}?max_connections=2")
    publisher = RedisPublisher(client)
    for number in range(5):
        publisher.publish("news", str(number))
        assert heard(1) == [str(number)]
        admin.client_kill_filter(_type="normal", skipme=True)
    publisher._drop()
    client.close()


def test_one_connection_publishes_all(publisher: RedisPublisher, heard: Any, admin: Any) -> None:
    before = admin.info("stats")["total_connections_received"]
    for number in range(50):
        publisher.publish("news", str(number))
    heard(50)
    assert admin.info("stats")["total_connections_received"] == before + 1


def test_threads_publish_in_turns(publisher: RedisPublisher, heard: Any) -> None:
    def publish(thread: int) -> None:
        for number in range(200):
            publisher.publish("news", f"{thread} {number}")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(publish, range(8))) == [None] * 8
    assert sorted(heard(1600)) == sorted(f"{thread} {number}" for thread in range(8) for number in range(200))


def test_child_has_a_connection_of_its_own(redis: RedisServer, heard: Any, admin: Any) -> None:
    before = admin.info("stats")["total_connections_received"]
    run_script("fork_with_a_publisher", redis.url)
    assert sorted(heard(3)) == ["before", "child", "parent"]
    assert admin.info("stats")["total_connections_received"] == before + 2


def test_silent_server_is_an_error_and_is_not_asked_twice(
    publisher: RedisPublisher, redis: RedisServer, heard: Any
) -> None:
    publisher.publish("news", "first")
    heard(1)
    redis.pause()
    try:
        publisher.publish("news", "unanswered")
        with pytest.raises(RedisError):
            publisher.publish("news", "refused")
        assert publisher._unanswered == []
    finally:
        redis.resume()


def test_what_a_dead_server_did_not_answer_is_sent_again(
    publisher: RedisPublisher, redis: RedisServer, heard: Any, admin: Any
) -> None:
    publisher.publish("news", "first")
    heard(1)
    redis.pause()
    publisher.publish("news", "unanswered")
    redis.kill()
    redis.start()
    with admin.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("news")
        pubsub.get_message(timeout=30)
        publisher.publish("news", "next")
        messages = [pubsub.get_message(timeout=30) for _ in range(2)]
    assert [message["data"] for message in messages] == ["unanswered", "next"]


def test_server_that_is_away_is_an_error_until_it_is_back(publisher: RedisPublisher, redis: RedisServer) -> None:
    publisher.publish("news", "first")
    redis.kill()
    with pytest.raises(RedisError):
        publisher.publish("news", "refused")
    redis.start()
    publisher.publish("news", "back")


def test_refused_messages_do_not_gather(publisher: RedisPublisher, admin: Any) -> None:
    admin.execute_command("ACL", "SETUSER", "default", "resetchannels")
    try:
        refused = 0
        for number in range(10):
            try:
                publisher.publish("news", str(number))
            except RedisError:
                refused += 1
            assert len(publisher._unanswered) <= 2
        # The first is told by the answer that the second reads.
        assert refused > 2
    finally:
        admin.execute_command("ACL", "SETUSER", "default", "allchannels")
