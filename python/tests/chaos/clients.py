"""The callers of a run: threads that start tasks through REST, as often as it takes, and cancel some of them."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.journal import note
from tests.chaos.project.authentication import HEADER

THREADS = 6
TIMEOUT = 10.0
# A caller gives up at last; by then the stack has long been left in peace.
GIVE_UP = 120.0
BACKOFF_MAX = 2.0
LOOK = 0.05
TRY_AGAIN = {408, 425, 429}


@dataclass(frozen=True)
class Plan:
    """One task to start.

    Attributes:
        cancel_after: Seconds from the answer until somebody cancels it.
    """

    task: str
    inputs: dict[str, Any]
    cancel_after: float | None = None

    @property
    def key(self) -> str:
        return str(self.inputs["key"])


@dataclass
class Counts:
    """What callers met."""

    tries: int = 0
    accepted: int = 0
    repeated: int = 0
    given_up: int = 0
    seconds: list[float] = field(default_factory=list)


class Clients:
    """Posts the planned tasks, no more than `allowed` so far.

    What waits long in a queue that is lost is sent again late: faults have to find tasks at work, not in a backlog.
    """

    def __init__(self, url: str, plans: list[Plan], seed: int) -> None:
        self.allowed = 0
        self._address = url.removeprefix("http://")
        self._plans: Iterator[tuple[int, Plan]] = iter(enumerate(plans))
        self._lock = threading.Lock()
        self._seed = seed
        self.counts = Counts()
        self.uuids: list[str] = []
        self._cancels: list[tuple[float, str, dict[str, str]]] = []
        self._posting = THREADS
        names = [*(f"client {number}" for number in range(THREADS)), "canceller"]
        targets = [*([self._post_all] * THREADS), self._cancel_all]
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True) for name, target in zip(names, targets, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _post_all(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            while (planned := self._next()) is not None:
                number, plan = planned
                while number >= self.allowed:
                    time.sleep(LOOK)
                self._post(connection, random.Random(f"{self._seed}/{number}"), plan)
        finally:
            connection.close()
            with self._lock:
                self._posting -= 1

    def _next(self) -> tuple[int, Plan] | None:
        with self._lock:
            return next(self._plans, None)

    def _post(self, connection: http.client.HTTPConnection, rng: random.Random, plan: Plan) -> None:
        # A duplicate of a unique task is answered with the active one to its owner alone.
        user = {HEADER: "user-0" if plan.task == "unique" else f"user-{rng.randrange(5)}"}
        body = {"task": plan.task, "inputs": plan.inputs}
        answer = self._insist(connection, rng, "/tasks/", body, {"Idempotency-Key": plan.key, **user})
        if answer is None:
            return
        status, shape, seconds = answer
        note("accepted", key=plan.key, task=plan.task, status=status, uuid=shape.get("uuid"))
        with self._lock:
            self.counts.accepted += status in (200, 201)
            self.counts.repeated += status == 200
            self.counts.seconds.append(seconds)
            if "uuid" in shape:
                self.uuids.append(shape["uuid"])
                if plan.cancel_after is not None:
                    self._cancels.append((time.monotonic() + plan.cancel_after, shape["uuid"], user))

    def _insist(
        self,
        connection: http.client.HTTPConnection,
        rng: random.Random,
        path: str,
        body: dict[str, Any],
        headers: dict[str, str],
    ) -> tuple[int, dict[str, Any], float] | None:
        """Post until there is an answer that repeating would not change, as the JavaScript client does."""
        deadline = time.monotonic() + GIVE_UP
        failures = 0
        while time.monotonic() < deadline:
            began = time.monotonic()
            with self._lock:
                self.counts.tries += 1
            try:
                connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
                response = connection.getresponse()
                text = response.read()
                if response.status < 500 and response.status not in TRY_AGAIN:
                    return response.status, json.loads(text), time.monotonic() - began
            except (OSError, http.client.HTTPException):
                pass
            connection.close()
            failures += 1
            time.sleep(rng.uniform(0, min(0.1 * 2**failures, BACKOFF_MAX)))
        with self._lock:
            self.counts.given_up += 1
        return None

    def _cancel_all(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        rng = random.Random(f"{self._seed}/cancels")
        while self._posting or self._cancels:
            with self._lock:
                due = [cancel for cancel in self._cancels if cancel[0] <= time.monotonic()]
                self._cancels = [cancel for cancel in self._cancels if cancel not in due]
            for _, uuid, user in due:
                answer = self._insist(connection, rng, f"/tasks/{uuid}/cancel/", {}, user)
                if answer is not None:
                    note("cancel", uuid=uuid, status=answer[0], became=answer[1].get("status"))
            time.sleep(LOOK)
        connection.close()
