"""What breaks during a run, in an order that the seed decides."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import redis
from celery import Celery

from devstack import ServerError
from tests.chaos.journal import note
from tests.chaos.stack import LEASE, Stack, Supervisor

EXECUTE = "task_api.backends.celery.execute"
# How often each kind is in the deck from which faults are drawn.
DECK = {
    "kill a child": 3,
    "kill a parent": 1,
    "kill a worker, parent and children": 1,
    "stop a child past its lease": 5,
    "stop a worker past its lease": 1,
    "FLUSHALL": 1,
    "restart Redis": 1,
    "silence Redis": 1,
    "restart PostgreSQL, fast": 1,
    "restart PostgreSQL, immediate": 1,
    "kill PostgreSQL": 1,
    "kill the web server": 1,
    "send messages twice": 4,
}
DUPLICATES = 20
SILENCE = 2.0


def kinds(rng: random.Random) -> Iterator[str]:
    """Yield kinds of faults without end: each as often as in the deck, then all of them again."""
    while True:
        deck = [kind for kind, times in DECK.items() for _ in range(times)]
        rng.shuffle(deck)
        yield from deck


class Faults:
    """Makes one fault at a time, and ends those that have to be ended when their time has come."""

    def __init__(self, stack: Stack, rng: random.Random, uuids: Callable[[], list[str]]) -> None:
        self.counts: Counter[str] = Counter()
        self._stack = stack
        self._rng = rng
        self._uuids = uuids
        self._supervisor = Supervisor([*stack.workers, stack.web])
        self._kinds = kinds(rng)
        self._pending: list[tuple[float, Callable[[], None]]] = []
        self._broker = Celery("faults", broker=stack.redis.url, set_as_current=False)
        self._broker.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}
        self._makers: dict[str, Callable[[], bool]] = {
            "kill a child": self._kill_child,
            "kill a parent": self._kill_parent,
            "kill a worker, parent and children": self._kill_worker,
            "stop a child past its lease": self._stop_child,
            "stop a worker past its lease": self._stop_worker,
            "FLUSHALL": self._flush,
            "restart Redis": self._restart_redis,
            "silence Redis": self._silence_redis,
            "restart PostgreSQL, fast": lambda: self._restart_postgres(signal.SIGINT),
            "restart PostgreSQL, immediate": lambda: self._restart_postgres(signal.SIGQUIT),
            "kill PostgreSQL": lambda: self._restart_postgres(signal.SIGKILL),
            "kill the web server": self._kill_web,
            "send messages twice": self._duplicate,
        }

    def strike(self) -> None:
        """Make the next fault; one for which there is nothing to break is not counted."""
        kind = next(self._kinds)
        if self._makers[kind]():
            self.counts[kind] += 1
            note("fault", kind=kind)

    @property
    def complete(self) -> bool:
        """Whether each kind of fault was made at least once."""
        return all(self.counts[kind] for kind in DECK)

    def look(self) -> None:
        """End what is due to end, and start again what is due to start."""
        now = time.monotonic()
        due = [end for at, end in self._pending if at <= now]
        self._pending = [(at, end) for at, end in self._pending if at > now]
        for end in due:
            end()
        self._supervisor.look()

    def heal(self) -> None:
        """End all faults."""
        for _, end in self._pending:
            end()
        self._pending.clear()
        for server in [*self._stack.workers, self._stack.web]:
            self._supervisor.hold(server, 0)
        self._supervisor.look()
        self._broker.close()

    def _later(self, seconds: float, end: Callable[[], None]) -> None:
        self._pending.append((time.monotonic() + seconds, end))

    def _past_the_lease(self) -> float:
        return LEASE * self._rng.uniform(1.3, 2.5)

    # Workers

    def _kill_child(self) -> bool:
        return self._signal_child(signal.SIGKILL) is not None

    def _stop_child(self) -> bool:
        child = self._signal_child(signal.SIGSTOP)
        if child is not None:
            self._later(self._past_the_lease(), lambda: send(child, signal.SIGCONT))
        return child is not None

    def _signal_child(self, number: signal.Signals) -> psutil.Process | None:
        children = self._stack.children()
        if not children:
            return None
        child = self._rng.choice(children)
        send(child, number)
        return child

    def _kill_parent(self) -> bool:
        """Kill a parent alone: its children go on as orphans, until the supervisor ends them with its group."""
        worker = self._rng.choice(self._stack.workers)
        if not worker.is_alive:
            return False
        os.kill(worker.pid, signal.SIGKILL)
        self._supervisor.hold(worker, self._rng.uniform(0.5, LEASE * 1.5))
        return True

    def _kill_worker(self) -> bool:
        worker = self._rng.choice(self._stack.workers)
        if not worker.is_alive:
            return False
        worker.kill()
        self._supervisor.hold(worker, self._rng.uniform(0, 2))
        return True

    def _stop_worker(self) -> bool:
        worker = self._rng.choice(self._stack.workers)
        if not worker.is_alive:
            return False
        worker.pause()

        def resume() -> None:
            # It may have been killed meanwhile.
            with suppress(ServerError):
                worker.resume()

        self._later(self._past_the_lease(), resume)
        return True

    # The broker

    def _flush(self) -> bool:
        with redis.Redis.from_url(self._stack.redis.url, socket_timeout=1) as client, suppress(redis.RedisError):
            client.flushall()
            return True
        return False

    def _restart_redis(self) -> bool:
        if not self._stack.redis.is_alive:
            return False
        self._stack.redis.kill()
        self._later(self._rng.uniform(0.2, 4), self._start_redis)
        return True

    def _start_redis(self) -> None:
        if not self._stack.redis.is_alive:
            self._stack.redis.start()

    def _silence_redis(self) -> bool:
        if not self._stack.redis.is_alive:
            return False
        self._stack.redis.pause()

        def resume() -> None:
            with suppress(ServerError):
                self._stack.redis.resume()

        self._later(SILENCE, resume)
        return True

    def _duplicate(self) -> bool:
        """Send the messages of some tasks once more, whatever has become of them."""
        uuids = self._uuids()
        # Half of them among the newest, which are about to run.
        chosen = [*self._choose(uuids[-DUPLICATES:]), *self._choose(uuids)]
        try:
            for uuid in chosen:
                self._broker.send_task(EXECUTE, args=[uuid], retry=False, ignore_result=True)
        except Exception:
            # It is away, as other faults have it.
            return False
        return bool(chosen)

    def _choose(self, uuids: list[str]) -> list[str]:
        return self._rng.sample(uuids, min(len(uuids), DUPLICATES // 2))

    # The others

    def _restart_postgres(self, number: signal.Signals) -> bool:
        if number is signal.SIGKILL:
            self._stack.postgres.kill()
        else:
            self._stack.postgres.terminate(number)
        time.sleep(self._rng.uniform(0, 1))
        self._stack.postgres.start()
        return True

    def _kill_web(self) -> bool:
        if not self._stack.web.is_alive:
            return False
        self._stack.web.kill()
        return True


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
