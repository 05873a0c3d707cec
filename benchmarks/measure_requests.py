"""Rates of requests: starting a task, and asking for its state."""

import asyncio

from load import Request, rate
from report import Row
from stack import BenchStack

ROUNDS = 15
MANY = 1_000_000
REQUESTS = 200
PARALLEL = 8


def measure_submit(stack: BenchStack) -> list[Row]:
    """POST a task beside a bare view that INSERTs and calls `apply_async`; no worker takes a share of the machine."""
    body = {"task": "no-op", "inputs": {}}
    rows = compare(
        stack,
        "submit",
        lambda connection: connection.request("POST", "/tasks/", body),
        lambda connection: connection.request("POST", "/limit/submit/", body),
    )
    stack.flush()
    return rows


def measure_status(stack: BenchStack) -> list[Row]:
    """GET a task beside a bare view that answers a Celery result in Redis."""
    uuid = stack.start_task("no-op")
    task_id = stack.stored_result()

    def look(name: str) -> list[Row]:
        return compare(
            stack,
            name,
            lambda connection: connection.request("GET", f"/tasks/{uuid}/"),
            lambda connection: connection.request("GET", f"/limit/status/{task_id}/"),
        )

    rows = look("status")
    with stack.more_tasks(MANY):
        return rows + look(f"status, among {MANY:,} tasks")


def compare(stack: BenchStack, name: str, ours: Request, limit: Request) -> list[Row]:
    """Measure both in turns, for what else the machine does changes from one second to the next."""
    rates: dict[str, list[float]] = {"ours": [], "limit": []}
    for request in (ours, limit):
        # What both pay once is no part of their rates.
        asyncio.run(rate(stack.port, PARALLEL * 10, PARALLEL, request))
    for _ in range(ROUNDS):
        for kind, request in (("ours", ours), ("limit", limit)):
            rates[kind].append(asyncio.run(rate(stack.port, REQUESTS, PARALLEL, request)))
    return [Row.of_rounds(f"{name}: requests a second", rates["ours"], rates["limit"], "1/s")]
