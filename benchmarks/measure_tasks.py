"""What a running task's progress and messages cost."""

import time
from datetime import datetime
from typing import Any

import django

from report import Row
from stack import BenchStack

CALLS = 1_000_000
MESSAGES = 2_000
MESSAGE_ROUNDS = 3


def _wait(condition: Any) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("The worker did not finish its tasks in two minutes.")
        # Not often: the waiting takes its share of the machine.
        time.sleep(0.1)


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
    """Add messages in a task, from its start to its end, beside as many single INSERTs and beside a part of them."""
    ours: list[float] = []
    limit: list[float] = []
    more: list[float] = []
    django.setup()
    with stack.worker():
        for _ in range(MESSAGE_ROUNDS):
            ours.append(_add_messages(stack, MESSAGES))
            limit.append(_outputs(stack, stack.start_task("inserts", calls=MESSAGES))["seconds"])
            more.append(_add_messages(stack, 4 * MESSAGES))
    return [
        Row.of_rounds(f"add_message: {MESSAGES:,} messages", ours, limit, "s"),
        Row.of_rounds(f"add_message: {4 * MESSAGES:,} messages, beside {MESSAGES:,}", more, ours, "s"),
    ]


def _add_messages(stack: BenchStack, calls: int) -> float:
    """Return the seconds from the start of a task to that of the next one of the same process, by one clock.

    The end that a row bears is from before its last messages are committed.
    """
    from project.plain import held

    with held():
        uuids = [stack.start_task("messages", calls=calls), stack.start_task("no-op")]
    for uuid in uuids:
        _outputs(stack, uuid)
    began, ended = (datetime.fromisoformat(stack.task(uuid)["started"]) for uuid in uuids)
    return (ended - began).total_seconds()


def _outputs(stack: BenchStack, uuid: str) -> dict[str, float]:
    _wait(lambda: stack.task(uuid)["status"] not in {"pending", "running"})
    info = stack.task(uuid)
    if info["status"] != "succeeded":
        raise RuntimeError(f"A measured task ended as {info['status']}: {info['error']}")
    outputs: dict[str, float] = info["outputs"]
    return outputs
