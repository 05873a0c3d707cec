"""Tasks that tell which attempt they are in all that they write.

- The journal gets a line when `run()` begins and one when it ends.
- `progress` is the attempt times `STRIDE`, plus the step.
- Messages and outputs name the attempt and its claim token.
- `Receipt`s do so too, and belong to the transaction of an atomic task.
"""

import asyncio
import ctypes
import os
import signal
import time
from datetime import timedelta
from typing import Any, ClassVar

from task_api.exceptions import TaskFailed
from task_api.params import BooleanParameter, FloatParameter, IntParameter, StringParameter
from task_api.tasks import Task
from tests.chaos.journal import note
from tests.chaos.project.constants import REFUSED, STRIDE
from tests.chaos.project.models import Receipt

PAUSE = 0.05


class Traced(Task):
    """What the tasks below have in common; `key` is the name that the client gave the task."""

    inputs: ClassVar[Any] = {"key": StringParameter()}
    outputs = {"attempt": IntParameter(), "token": StringParameter()}
    max_attempts = 12
    backoff = 0.3

    def run(self, key: str, **inputs: Any) -> dict[str, Any]:
        note("begin", **self.trace(), task=self.name, pid=os.getpid())
        try:
            self.work(key, **inputs)
        except BaseException as error:
            note("raise", **self.trace(), error=type(error).__name__)
            raise
        note("return", **self.trace())
        return self.mark()

    def work(self, key: str, **inputs: Any) -> None:
        pass

    def mark(self) -> dict[str, Any]:
        assert self.info is not None
        return {"attempt": self.info.attempt, "token": str(self.info.claim_token)}

    def trace(self) -> dict[str, Any]:
        assert self.info is not None
        return {"uuid": str(self.info.uuid), **self.mark()}

    def step(self, number: int) -> None:
        assert self.info is not None
        self.set_progress(self.info.attempt * STRIDE + number)

    def leave_receipt(self) -> None:
        assert self.info is not None
        Receipt.objects.create(uuid=self.info.uuid, attempt=self.info.attempt, token=self.info.claim_token)


class Nothing(Traced):
    name = "nothing"


class Chatty(Traced):
    name = "chatty"
    inputs = {**Traced.inputs, "count": IntParameter()}

    def work(self, key: str, count: int = 0, **inputs: Any) -> None:
        for number in range(1, count + 1):
            self.step(number)
            self.add_message({**self.mark(), "number": number})
            time.sleep(PAUSE)


class ChattyAsync(Traced):
    name = "chatty-async"
    inputs = Chatty.inputs

    async def run(self, key: str, count: int) -> dict[str, Any]:  # type: ignore[override]  # as a user would
        note("begin", **self.trace(), task=self.name, pid=os.getpid())
        for number in range(1, count + 1):
            self.step(number)
            self.add_message({**self.mark(), "number": number})
            await asyncio.sleep(PAUSE)
        note("return", **self.trace())
        return self.mark()


class Slow(Traced):
    name = "slow"
    inputs = {**Traced.inputs, "seconds": FloatParameter()}

    def work(self, key: str, seconds: float = 0, **inputs: Any) -> None:
        for number in range(int(seconds / PAUSE)):
            self.step(number)
            time.sleep(PAUSE)


class Flaky(Traced):
    """Fails some times with an error that is worth another attempt."""

    name = "flaky"
    inputs = {**Traced.inputs, "failures": IntParameter()}
    retry_on = (ConnectionError,)

    def work(self, key: str, failures: int = 0, **inputs: Any) -> None:
        assert self.info is not None
        self.add_message({**self.mark(), "number": 1})
        if self.info.attempt <= failures:
            raise ConnectionError("Some service or other is away.")


class Refused(Traced):
    """Fails in a way that another attempt would not mend."""

    name = "refused"

    def work(self, key: str, **inputs: Any) -> None:
        raise TaskFailed("No.", code=REFUSED)


class Atomic(Traced):
    """Writes a row of its own in the transaction of its success."""

    name = "atomic"
    atomic = True
    inputs = {**Traced.inputs, "seconds": FloatParameter()}

    def work(self, key: str, seconds: float = 0, **inputs: Any) -> None:
        self.leave_receipt()
        for number in range(int(seconds / PAUSE)):
            self.step(number)
            time.sleep(PAUSE)


class AtomicRefused(Atomic):
    """Writes a row of its own and then fails, so that the row must not be there."""

    name = "atomic-refused"

    def work(self, key: str, seconds: float = 0, **inputs: Any) -> None:
        super().work(key, seconds)
        raise TaskFailed("No.", code=REFUSED)


class Planner(Traced):
    """Starts another task for later in the transaction of its success."""

    name = "planner"
    atomic = True
    inputs = {**Traced.inputs, "delay": FloatParameter()}

    def work(self, key: str, delay: float = 0, **inputs: Any) -> None:
        self.leave_receipt()
        Planned.using(run_after=timedelta(seconds=delay)).start(key=f"{key}/planned")


class Planned(Traced):
    name = "planned"


class Poison(Traced):
    """Kills the process that runs it."""

    name = "poison"
    max_attempts = 3

    def work(self, key: str, **inputs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Cancellable(Traced):
    """Goes on until it is cancelled, or for half a minute; if it does not listen, for a second and a half."""

    name = "cancellable"
    inputs = {**Traced.inputs, "listens": BooleanParameter()}

    def work(self, key: str, listens: bool = True, **inputs: Any) -> None:
        if not listens:
            time.sleep(1.5)
            return
        for number in range(int(30 / PAUSE)):
            self.step(number % STRIDE)
            time.sleep(PAUSE)


class Unique(Traced):
    name = "unique"
    inputs = {**Traced.inputs, "slot": IntParameter()}
    unique = ["slot"]

    def work(self, key: str, **inputs: Any) -> None:
        time.sleep(0.5)


class HoldsGil(Traced):
    """Lets no other thread run, the pulse included, for longer than the lease; the first time it is tried."""

    name = "holds-gil"
    inputs = {**Traced.inputs, "seconds": FloatParameter()}

    def work(self, key: str, seconds: float = 0, **inputs: Any) -> None:
        assert self.info is not None
        if self.info.attempt == 1:
            # A PyDLL's functions keep the lock, as one long match of a regular expression does.
            ctypes.PyDLL(None).usleep(int(seconds * 1_000_000))
