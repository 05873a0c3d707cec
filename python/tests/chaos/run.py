"""One run: tasks are started while things break, then all is mended, and what is left is checked."""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import checker, journal, stack
from tests.chaos.clients import Clients, Counts, Plan
from tests.chaos.faults import Faults

# Kinds of tasks and how many of a hundred they are.
MIX = {
    "nothing": 32,
    "chatty": 12,
    "chatty-async": 5,
    "slow": 6,
    "flaky": 10,
    "refused": 2,
    "atomic": 13,
    "atomic-refused": 2,
    "planner": 6,
    "poison": 1,
    "cancellable": 5,
    "unique": 5,
    "holds-gil": 1,
}
# Seconds that may pass without any task's end after all is mended: several leases.
STALL = 30.0
LOOK = 0.1


@dataclass(frozen=True)
class Options:
    """What a run is made of.

    Attributes:
        tasks: How many tasks the clients start.
        limit: How many of them may be under way at a time.
        gap: Seconds between two faults, on average.
        broken: The guard to take out, as `project.breakage` names it.
    """

    tasks: int = 2_000
    limit: int = 60
    gap: float = 1.5
    broken: str | None = None


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    seed: int
    seconds: float
    posts: Counts
    faults: Counter[str]
    record: checker.Record
    violations: dict[str, list[str]]
    errors: Counter[str]

    @property
    def failed(self) -> bool:
        return any(self.violations.values())


def plans(options: Options, rng: random.Random) -> list[Plan]:
    """Return the tasks to start; each kind at least once."""
    kinds = [*MIX, *rng.choices(list(MIX), list(MIX.values()), k=max(0, options.tasks - len(MIX)))]
    rng.shuffle(kinds)
    return [plan(kind, number, rng) for number, kind in enumerate(kinds)]


def plan(kind: str, number: int, rng: random.Random) -> Plan:
    inputs: dict[str, object] = {"key": f"{number}-{kind}"}
    cancel_after = None
    match kind:
        case "chatty" | "chatty-async":
            inputs["count"] = rng.randint(5, 20)
        case "slow":
            inputs["seconds"] = rng.uniform(0.5, 3)
        case "flaky":
            inputs["failures"] = rng.randint(1, 2)
        case "atomic" | "atomic-refused":
            inputs["seconds"] = rng.uniform(0, 0.8)
        case "planner":
            inputs["delay"] = rng.uniform(0, 4)
        case "holds-gil":
            inputs["seconds"] = stack.LEASE * 1.5
        case "cancellable":
            inputs["listens"] = rng.random() < 0.7
            cancel_after = rng.uniform(0, 3)
        case "unique":
            inputs["slot"] = rng.randrange(3)
    return Plan(kind, inputs, cancel_after)


def run(folder: Path, seed: int, options: Options) -> Report:
    """Start a stack, let it suffer, mend it, and check what is left."""
    rng = random.Random(seed)
    variables = {"CHAOS_BREAK": options.broken} if options.broken else {}
    began = time.monotonic()
    with stack.running(folder, variables) as servers, journal.kept_in(servers.journal):
        clients = Clients(servers.web.url, plans(options, rng), seed)
        faults = Faults(servers, rng, lambda: clients.uuids)
        clients.start()
        suffer(servers, clients, faults, options, rng)
        faults.heal()
        settle(servers)
        record = checker.load(servers.postgres.url, servers.journal)
        errors = logged_errors(servers, folder)
    return Report(
        seed, time.monotonic() - began, clients.counts, faults.counts, record, checker.violations(record), errors
    )


def suffer(servers: stack.Stack, clients: Clients, faults: Faults, options: Options, rng: random.Random) -> None:
    """Make faults until all tasks are started and each kind of fault was there."""
    next_fault = time.monotonic() + options.gap
    while not (clients.done and faults.complete):
        if time.monotonic() >= next_fault:
            faults.strike()
            next_fault = time.monotonic() + rng.uniform(0.3, 1.7) * options.gap
        faults.look()
        clients.allowed = servers.ended + options.limit
        time.sleep(LOOK)


def settle(servers: stack.Stack) -> None:
    """Wait until all tasks have ended, or none has for as long as the relay may wait with any of them."""
    patience = STALL + servers.longest_wait
    left, since = servers.active, time.monotonic()
    while left and time.monotonic() - since < patience:
        time.sleep(LOOK)
        if (now := servers.active) != left:
            left, since = now, time.monotonic()


def logged_errors(servers: stack.Stack, folder: Path) -> Counter[str]:
    """Count the kinds of errors in the logs of all servers, by their last line, and keep the logs."""
    errors: Counter[str] = Counter()
    for number, server in enumerate([*servers.workers, servers.web]):
        text = server.log_path.read_text(errors="replace")
        (folder / f"{server.name}-{number}.log").write_text(text)
        for line in text.splitlines():
            name, colon, _ = line.partition(":")
            if colon and name.endswith(("Error", "Exception", "Interrupt")) and " " not in name:
                errors[name] += 1
    return errors
