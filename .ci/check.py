"""Runs the project's tests and checks, two at a time, to the last, and adds up what their runners counted.

Standard library alone; started by `make`, after `.ci/bootstrap`, with the Python of the virtual environment.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO

TOP = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
PNPM = TOP / ".tools" / "bin" / "pnpm"
PYTEST = (PYTHON, "-m", "pytest")

# Colours, for runners that do not ask whether they write to a terminal.
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
# The closing lines of vitest's and Playwright's reporters of this project…
SUMMARY = re.compile(r"(?:\S+: )?(?P<passed>\d+) passed, (?P<failed>\d+) failed(?:, (?P<skipped>\d+) skipped)?")
# …and that of pytest, with or without its frame: "1 failed, 12 passed, 2 warnings in 3.21s (0:00:03)".
PYTEST_SUMMARY = re.compile(r"=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?\s*=*")
PYTEST_COUNT = re.compile(r"(\d+) ([a-z]+)")
PYTEST_OUTCOMES = {
    "passed": "passed",
    "xfailed": "passed",
    "failed": "failed",
    "error": "failed",
    "errors": "failed",
    "skipped": "skipped",
}


@dataclass
class Counts:
    """How many tests passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True)
class Step:
    """One command; without counts of its own it counts as one test.

    Attributes:
        lane: Steps of one lane run one after the other, beside those of the other: they wait more than they compute.
    """

    name: str
    command: Sequence[str | Path]
    environ: dict[str, str] = field(default_factory=dict)
    lane: int = 0


TYPES = Step("mypy", [BIN / "mypy"], {"PYTHONPATH": "python"})
TYPED_USES = Step("mypy on uses of the API", [BIN / "mypy", "python/tests/typing/api.py"], {"PYTHONPATH": "python"})
ON_SQLITE = Step("Python tests on SQLite", PYTEST, {"DEVSTACK_DB": "sqlite"})
# The tests of devstack itself and the chaos suite start their own servers: once is enough.
ON_SERVERS = ("--ignore", "python/tests/devstack", "--ignore", "python/tests/chaos")
ON_POSTGRES = Step(
    "Python tests on PostgreSQL",
    [PYTHON, "-m", "devstack", "run", "--with", "postgres", "--", *PYTEST, *ON_SERVERS],
    lane=1,
)
ON_MARIADB = Step(
    "Python tests on MariaDB", [PYTHON, "-m", "devstack", "run", "--with", "mariadb", "--", *PYTEST, *ON_SERVERS]
)
# Builds the pages that the end-to-end tests open. It comes first in its lane, and they come last in the other.
TS_TYPES = Step("TypeScript types", [PNPM, "typecheck"], lane=1)
TS_TESTS = Step(
    "TypeScript tests",
    # All packages, whatever fails in one; e2e has a script of this name too.
    [PNPM, "test", "--filter=./packages/*", "--continue"],
    lane=1,
)

GROUPS = {
    "python": [TYPES, TYPED_USES, ON_SQLITE, ON_POSTGRES],
    "python-sqlite": [ON_SQLITE],
    "python-postgres": [ON_POSTGRES],
    "python-mariadb": [ON_MARIADB],
    "ts": [TS_TYPES, TS_TESTS],
    "e2e": [Step("end-to-end tests", [PNPM, "--dir", "e2e", "test"])],
    "lint": [
        Step("ruff", [BIN / "ruff", "check", "."]),
        Step("ruff format", [BIN / "ruff", "format", "--check", "."]),
        Step("import layers", [BIN / "lint-imports"]),
        TYPES,
        TYPED_USES,
        Step("biome", [PNPM, "lint"]),
        TS_TYPES,
    ],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="+", choices=GROUPS)
    steps = [step for group in parser.parse_args().groups for step in GROUPS[group]]
    results = run_all(steps)

    print("\n" + "-" * 78)
    for step, counts, seconds in results:
        print(f"{'FAILED' if counts.failed else 'ok':<8}{step.name:<32}{seconds:6.1f} s   {counts}")
    total = sum((counts for _, counts, _ in results), Counts())
    print(f"\n{total}", flush=True)
    return 1 if total.failed else 0


def run_all(steps: Sequence[Step]) -> list[tuple[Step, Counts, float]]:
    """Run the lanes beside each other, and print what the steps print in the order of the steps."""
    outputs: list[SimpleQueue[str | None]] = [SimpleQueue() for _ in steps]

    def run_lane(lane: int) -> dict[int, tuple[Counts, float]]:
        results = {}
        for number, step in enumerate(steps):
            if step.lane == lane:
                try:
                    results[number] = run(step, outputs[number].put)
                finally:
                    outputs[number].put(None)
        return results

    lanes = {step.lane for step in steps}
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(run_lane, lane) for lane in lanes]
        for step, output in zip(steps, outputs, strict=True):
            print(f"\n==> {step.name}", flush=True)
            for line in iter(output.get, None):
                sys.stdout.write(line)
                sys.stdout.flush()
    results = {number: result for lane in running for number, result in lane.result().items()}
    return [(step, *results[number]) for number, step in enumerate(steps)]


def run(step: Step, write: Callable[[str], object] = sys.stdout.write) -> tuple[Counts, float]:
    """Run a step, pass its output on and return what it counted and the seconds it took."""
    began = time.monotonic()
    environ = {**os.environ, "PATH": f"{PNPM.parent}{os.pathsep}{os.environ['PATH']}", **step.environ}
    with subprocess.Popen(
        step.command,
        cwd=TOP,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        counts = read_counts(process.stdout, write)
    seconds = time.monotonic() - began
    if process.returncode and not counts.failed:
        # It broke down, or what it found it does not count.
        counts += Counts(failed=1)
    elif counts == Counts():
        counts = Counts(passed=1)
    return counts, seconds


def read_counts(output: IO[str], write: Callable[[str], object]) -> Counts:
    """Pass each line on and add up the closing lines: turbo runs one runner a package."""
    counts = Counts()
    for line in output:
        write(line)
        counts += parse_line(ESCAPES.sub("", line).strip())
    return counts


def parse_line(line: str) -> Counts:
    """Return what a line counts if it is a runner's closing line, else nothing."""
    if match := SUMMARY.fullmatch(line):
        return Counts(**{outcome: int(number or 0) for outcome, number in match.groupdict().items()})
    counts = Counts()
    if match := PYTEST_SUMMARY.fullmatch(line):
        for number, outcome in PYTEST_COUNT.findall(match[1]):
            if name := PYTEST_OUTCOMES.get(outcome):
                counts += Counts(**{name: int(number)})
    return counts


if __name__ == "__main__":
    sys.exit(main())
