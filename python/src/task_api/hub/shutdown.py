"""The end of a server, of which ASGI tells an application only after its streams have ended."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Chained:
    """A signal's handler that lets the streams end before it does what the server's own does."""

    def __init__(self, end_streams: Callable[[], None], server_handler: Callable[[int, FrameType | None], Any]) -> None:
        self._end_streams = end_streams
        self._server_handler = server_handler

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        self._end_streams()
        self._server_handler(signum, frame)


def chain(end_streams: Callable[[], None]) -> None:
    """Have `end_streams` called when the server is told to end, where the server listens to signals by itself."""
    if threading.current_thread() is not threading.main_thread():
        return
    for signum in SIGNALS:
        handler = signal.getsignal(signum)
        # Neither the default action nor that of another language's runtime can be called from here.
        if callable(handler) and not isinstance(handler, Chained):
            signal.signal(signum, Chained(end_streams, handler))
