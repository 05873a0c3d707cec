"""Publishing to Redis without waiting for it: an answer is read before the next event is sent."""

import os
import threading
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError


class RedisPublisher:
    """One connection of a process, over which its threads publish in turns.

    Redis answers a PUBLISH with the number of listeners, which means nothing here. To wait for it would cost a short
    task a tenth of its time; never to read it would hide that the connection is broken.
    """

    def __init__(self, client: Any) -> None:
        self._pool = client.connection_pool
        self._forget()
        if hasattr(os, "register_at_fork"):
            # A child has its own connection, and perhaps inherits a held lock.
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self._unanswered: list[tuple[str, str]] = []
        # What is unanswered was sent a second time.
        self._again = False

    def publish(self, channel: str, message: str) -> None:
        """Send a message.

        Raises:
            RedisError: Redis is away, or does not answer what was sent before.
        """
        with self._lock:
            try:
                self._settle()
                self._send([(channel, message)])
            except RedisTimeoutError:
                self._drop()
                raise
            except (RedisError, OSError):
                again, unanswered = self._again, self._drop()
                if again:
                    # It is not the connection: a server may refuse what it is sent, each time.
                    raise
                # The server may have closed an idle connection. What went unanswered is sent again: an event that comes
                # twice does no harm.
                self._resend([*unanswered, (channel, message)])

    def _settle(self) -> None:
        while self._unanswered:
            self._connection.read_response()
            self._unanswered.pop(0)
        self._again = False
        # What is sent over a connection that the server has closed vanishes without an error.
        if self._connection is not None and self._connection.can_read(timeout=0):
            raise RedisConnectionError("The server closed an idle connection.")

    def _send(self, messages: list[tuple[str, str]]) -> None:
        if self._connection is None:
            # Not one that the pool makes: it counts those, a hundred at most, and learns of the end of none.
            self._connection = self._pool.connection_class(**self._pool.connection_kwargs)
        for message in messages:
            self._connection.send_command("PUBLISH", *message)
            self._unanswered.append(message)

    def _resend(self, messages: list[tuple[str, str]]) -> None:
        self._again = True
        try:
            self._send(messages)
        except (RedisError, OSError):
            self._drop()
            raise

    def _drop(self) -> list[tuple[str, str]]:
        """Close the connection and return the messages that it did not answer."""
        connection, self._connection = self._connection, None
        unanswered, self._unanswered = self._unanswered, []
        self._again = False
        if connection is not None:
            connection.disconnect()
        return unanswered
