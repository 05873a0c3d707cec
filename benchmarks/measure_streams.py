"""How many streams one server process serves, and what each of them takes."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil

from measure_watching import our_updates
from report import Row
from stack import BenchStack

COUNTS = (200, 1_000, 5_000)
CROWD = Path(__file__).parent / "crowd.py"


def measure_streams(stack: BenchStack) -> list[Row]:
    """Open streams of one task until each has its state, and send one update to all."""
    uuid = stack.start_task("no-op")
    return [row for count in COUNTS for row in _measure(stack, uuid, count)]


def _measure(stack: BenchStack, uuid: str, count: int) -> list[Row]:
    server = psutil.Process(stack.asgi.pid)
    memory, cpu = server.memory_info().rss, stack.cpu()
    command = [sys.executable, str(CROWD), str(stack.port), f"/tasks/events/?uuid={uuid}", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdout is not None
        _served(crowd.stdout.readline(), count)
        opening, taken = stack.cpu() - cpu, server.memory_info().rss - memory
        cpu = stack.cpu()
        asyncio.run(our_updates(stack, uuid)(1))
        served = _served(crowd.stdout.readline(), 2 * count) // 2
        update = stack.cpu() - cpu
    name = f"{count:,} streams on one process"
    return [
        Row(f"{name}: served their state and an update", served, count, "streams"),
        Row(f"{name}: memory of a stream", taken / count / 1024, None, "kB"),
        Row(f"{name}: server CPU to open one", opening / count * 1e3, None, "ms"),
        Row(f"{name}: server CPU of an update to one", update / count * 1e6, None, "µs"),
    ]


def _served(line: str, expected: int) -> int:
    if not line.strip().isdigit() or int(line) < expected:
        raise RuntimeError(f"{expected} events were expected, and the clients got {line.strip() or 'an end'!r}.")
    return int(line)
