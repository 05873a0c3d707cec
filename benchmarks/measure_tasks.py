"""What a running task's progress and messages cost."""

import time
from typing import Any

from report import Row
from stack import BenchStack

CALLS = 1_000_000
MESSAGES = 2_000


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("The worker did not finish its tasks in two minutes.")
        time.sleep(0.005)


def measure_progress(stack: BenchStack) -> list[Row]:
    """Call `inc_progress` a million times in a worker, beside an empty loop of the same form."""
    with stack.worker():
        outputs = _outputs(stack, stack.start_task("progress", calls=CALLS))
    beyond = (outputs["ours"] - outputs["empty"]) / CALLS * 1e6
    writes = outputs["writes"] / outputs["ours"]
    return [
        Row("inc_progress: time of a call beyond an empty loop", beyond, None, "µs"),
        Row("inc_progress: writes a second", writes, None, "1/s"),
    ]


def measure_messages(stack: BenchStack) -> list[Row]:
    """Add messages in a worker until they are in the database, beside as many single INSERTs."""
    rows = []
    with stack.worker():
        for calls in (MESSAGES, 4 * MESSAGES):
            outputs = _outputs(stack, stack.start_task("messages", calls=calls))
            rows.append(Row(f"add_message: {calls:,} messages", outputs["ours"], outputs["limit"], "s"))
    return rows


def _outputs(stack: BenchStack, uuid: str) -> dict[str, float]:
    _wait(lambda: stack.task(uuid)["status"] not in {"pending", "running"})
    info = stack.task(uuid)
    if info["status"] != "succeeded":
        raise RuntimeError(f"A measured task ended as {info['status']}: {info['error']}")
    outputs: dict[str, float] = info["outputs"]
    return outputs
