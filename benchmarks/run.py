"""Run the benchmarks and print one table: `make bench`. Each row's method stands in README.md beside this."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from measure_no_op import measure_no_op
from measure_requests import measure_status, measure_submit
from measure_streams import measure_streams
from measure_tasks import measure_messages, measure_progress
from measure_waiting import measure_waiting
from measure_watching import measure_watchers
from report import Row, print_table, write_json
from stack import BenchStack, bench_stack

MEASUREMENTS: dict[str, Callable[[BenchStack], list[Row]]] = {
    "submit": measure_submit,
    "status": measure_status,
    "no-op": measure_no_op,
    "progress": measure_progress,
    "messages": measure_messages,
    "waiting": measure_waiting,
    "watchers": measure_watchers,
    "streams": measure_streams,
}


def main() -> int:
    names = sys.argv[1:] or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        wrong, allowed = ", ".join(sorted(unknown)), ", ".join(MEASUREMENTS)
        print(f"There is no measurement {wrong}. There are: {allowed}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    with bench_stack() as stack:
        for name in names:
            print(f"==> {name}", file=sys.stderr, flush=True)
            rows += MEASUREMENTS[name](stack)
    print_table(rows)
    if path := os.environ.get("BENCH_JSON"):
        write_json(rows, Path(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
