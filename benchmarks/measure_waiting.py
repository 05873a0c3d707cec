"""The time from `run()` in Node to its resolved promise."""

import json
import subprocess
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from report import Row
from stack import BenchStack

ROUNDS = 5
RUNS = 200
SCRIPT = Path(__file__).parent / "waiting.mjs"


def measure_waiting(stack: BenchStack) -> list[Row]:
    """Run a no-op task and await it, beside a plain task whose end comes over Redis Pub/Sub and a bare stream."""
    with stack.worker():
        # Both roads once, so that imports and connections are not part of it.
        _measure(stack, "ours", 10)
        _measure(stack, "limit", 10)
        rounds = [{kind: _measure(stack, kind, RUNS) for kind in ("ours", "limit")} for _ in range(ROUNDS)]
    rows = []
    for name, figure in (("p50", median), ("p99", _p99)):
        ours, limit = (median(figure(times[kind]) for times in rounds) for kind in ("ours", "limit"))
        rows.append(Row(f"run() to resolved promise, {name}", ours, limit, "ms"))
    return rows


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _measure(stack: BenchStack, kind: str, runs: int) -> list[float]:
    """Return milliseconds, one for each run."""
    command = ["node", str(SCRIPT), f"http://127.0.0.1:{stack.port}", kind, str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    times: Any = json.loads(done.stdout)
    return [float(time) for time in times]
