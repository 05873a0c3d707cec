"""What it costs a worker to run a task that does nothing."""

import time
from collections.abc import Callable
from typing import Any

import django
import psutil

from devstack import CeleryWorker
from report import Row
from stack import BenchStack

ROUNDS = 15
TASKS = 60
# Of everything that both sides pay once.
WARM_UP = 20


def measure_no_op(stack: BenchStack) -> list[Row]:
    """Run no-op tasks that wait in the broker, beside plain Celery tasks that send the same statements."""
    django.setup()
    with stack.worker(BENCH_DB_REUSE_MAX="1000000") as worker:
        rows = _compare(worker, "no-op", {"statements": "plain", "statements and publishes": "publishing"})
    with stack.worker() as worker:
        rows += _compare(worker, "no-op, with Celery's defaults", {"statements": "plain"})
    return rows


def _compare(worker: CeleryWorker, name: str, limits: dict[str, str]) -> list[Row]:
    ways = {"ours": _send_ours} | {limit: _sender(task) for limit, task in limits.items()}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    for send in ways.values():
        _drain(worker, send, WARM_UP)
    for number in range(ROUNDS):
        # In turns also as to who comes first.
        for way in sorted(ways, reverse=bool(number % 2)):
            rate, spent = _drain(worker, ways[way], TASKS)
            rates[way].append(rate)
            cpu[way].append(spent)
    return [
        row
        for limit in limits
        for row in (
            Row.of_rounds(f"{name}: tasks a second, beside its {limit} alone", rates["ours"], rates[limit], "1/s"),
            Row(f"{name}: CPU of a task, beside its {limit} alone", _mean(cpu["ours"]), _mean(cpu[limit]), "ms"),
        )
    ]


def _mean(seconds: list[float]) -> float:
    # Their sum, for the system counts in hundredths of a second.
    return sum(seconds) / len(seconds) / TASKS * 1e3


def _drain(worker: CeleryWorker, send: Callable[[], Any], count: int) -> tuple[float, float]:
    """Return the tasks a second, and the CPU seconds, of a worker's only process that finds its queue full.

    The time is from the start of the first task to the end of the last one, by the database's clock.
    """
    from project.plain import held
    from task_api.models import TaskInfo

    with held():
        infos = [send() for _ in range(count)]
        (child,) = psutil.Process(worker.pid).children()
        before = child.cpu_times()
    rows = TaskInfo.objects.filter(pk__in=[info.pk for info in infos])
    _wait(lambda: rows.filter(status="succeeded").count() == count)
    after = child.cpu_times()
    times = rows.values_list("started", "finished")
    seconds = (max(end for _, end in times) - min(start for start, _ in times)).total_seconds()
    return count / seconds, after.user + after.system - before.user - before.system


def _send_ours() -> Any:
    from project.background import NoOp

    return NoOp.start()


def _sender(task: str) -> Callable[[], Any]:
    from project import plain
    from task_api import transitions

    def send() -> Any:
        info = transitions.create(task="no-op", inputs={})
        getattr(plain, task).apply_async((str(info.uuid),))
        return info

    return send


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("The worker did not finish its tasks in two minutes.")
        time.sleep(0.05)
