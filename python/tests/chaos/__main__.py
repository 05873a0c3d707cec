"""Runs the chaos suite, a run for each seed, and prints what happened."""

import argparse
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.chaos import report
from tests.chaos.run import Options, Report, run

BREAKAGES = ("fencing", "claim", "relay")


def main() -> int:
    options = parser().parse_args()
    reports: list[Report] = []
    # What is done is worth its table when somebody ends the rest.
    with suppress(KeyboardInterrupt):
        for seed in options.seeds:
            reports.append(run_seed(seed, options))
    if reports:
        print("\n" + report.table(reports))
    return int(len(reports) < len(options.seeds) or any(done.failed for done in reports))


def run_seed(seed: int, options: argparse.Namespace) -> Report:
    with tempfile.TemporaryDirectory(prefix="task-api-chaos-") as folder:
        done = run(Path(folder), seed, Options(options.tasks, options.limit, options.gap, options.broken))
        if options.keep:
            shutil.copytree(folder, options.keep / f"seed-{seed}", dirs_exist_ok=True)
    print(f"Seed {seed}: {report.result(done)} after {done.seconds:.0f} s", flush=True)
    if done.failed:
        print(report.wrong(done), flush=True)
    return done


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--tasks", type=int, default=Options.tasks, help="tasks that clients start (%(default)s)")
    parser.add_argument("--seeds", type=numbers, default=[1, 2, 3], metavar="1,2,3")
    parser.add_argument("--limit", type=int, default=Options.limit, help="tasks under way at a time (%(default)s)")
    parser.add_argument("--gap", type=float, default=Options.gap, help="seconds between faults (%(default)s)")
    parser.add_argument("--break", dest="broken", choices=BREAKAGES, help="guard to take out: the run has to fail")
    parser.add_argument("--keep", type=Path, help="folder to copy journals and logs to")
    return parser


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
