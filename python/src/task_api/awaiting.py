"""How an async run ends: in an event loop that a cancel reaches, while the thread of the run waits for it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from task_api.exceptions import TaskCancelled
from task_api.progress import Run


def await_run(run: Run, returned: Awaitable[Any]) -> Any:
    """Wait for what an async `run()` returned.

    Raises:
        TaskCancelled: Somebody wants the run to stop.
    """
    # Inside an event loop the ORM refuses to write; what the run tells from here on is written at its end.
    run.eager = False

    async def main() -> Any:
        running = asyncio.ensure_future(returned)
        loop = asyncio.get_running_loop()

        def wake() -> None:
            # The loop may have ended since the pulse asked for this.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(running.cancel)

        run.on_stop = wake
        if run.stopping:
            running.cancel()
        try:
            return await running
        except asyncio.CancelledError as error:
            if not run.stopping:
                raise RuntimeError(
                    "The run cancelled itself through asyncio, though nobody wants it to stop."
                ) from error
            raise TaskCancelled from None
        finally:
            run.on_stop = None

    call = async_to_sync(main)
    # The end of the process waits for the event loop that asgiref makes, and must not wait for a daemon thread.
    return _call_beside_loop(call) if threading.current_thread().daemon else call()


class _Calls(Executor):
    """Hands calls to the thread that takes them from the queue, with a future to fulfil."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.queue.put((partial(fn, *args, **kwargs), future))
        return future


def _call_beside_loop(call: Callable[[], Any]) -> Any:
    """Make a call in this thread, with an event loop in a daemon thread that `async_to_sync` finds and uses."""
    calls = _Calls()

    async def submit() -> None:
        await sync_to_async(call, thread_sensitive=False, executor=calls)()  # type: ignore[call-overload]  # any Executor

    def run_loop() -> None:
        try:
            asyncio.run(submit())
        except BaseException as error:
            calls.queue.put((partial(_raise, error), Future()))

    loop = threading.Thread(target=copy_context().run, args=(run_loop,), name="task_api event loop", daemon=True)
    loop.start()
    accepted, future = calls.queue.get()
    try:
        return accepted()
    finally:
        future.set_result(None)
        loop.join()


def _raise(error: BaseException) -> None:
    raise error
