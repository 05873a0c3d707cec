"""The table that a run of the suite prints: a column for each seed."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from tests.chaos.faults import DECK
from tests.chaos.run import Report

Cell = Callable[[Report], object]
SHOWN = 5


def table(reports: Sequence[Report]) -> str:
    """Return the counts of all runs."""
    lines = [line("seed", [report.seed for report in reports])]
    for heading, rows in sections(reports).items():
        lines += ["", heading]
        lines += [line(f"  {name}", [cell(report) for report in reports]) for name, cell in rows.items()]
    return "\n".join(lines)


def line(name: str, cells: Sequence[object]) -> str:
    return f"{name:<44}" + "".join(f"{cell!s:>12}" for cell in cells)


def sections(reports: Sequence[Report]) -> dict[str, dict[str, Cell]]:
    outcomes = sorted({name for report in reports for name in report.record.outcomes()})
    errors = sorted({name for report in reports for name in report.errors})
    return {
        "POSTs": {
            "requests": lambda report: report.posts.tries,
            "accepted": lambda report: report.posts.accepted,
            "  of them answered with an earlier task": lambda report: report.posts.repeated,
            "given up": lambda report: report.posts.given_up,
            "longest request that was answered, s": lambda report: f"{max(report.posts.seconds):.2f}",
        },
        "Faults": {kind: lambda report, kind=kind: report.faults[kind] for kind in DECK},  # type: ignore[misc]
        "Tasks": {
            "rows": lambda report: len(report.record.rows),
            **{name: lambda report, name=name: report.record.outcomes()[name] for name in outcomes},  # type: ignore[misc]
        },
        "Attempts": {
            "claimed": lambda report: sum(row["attempt"] for row in report.record.rows.values()),
            "rescued": rescued,
            "came to their end and were fenced off": fenced_off,
            "most of one task": lambda report: max(row["attempt"] for row in report.record.rows.values()),
        },
        "Errors in the servers' logs": {
            name: lambda report, name=name: report.errors[name]  # type: ignore[misc]
            for name in errors
        },
        "Checks: what is wrong": {
            name: lambda report, name=name: len(report.violations[name])  # type: ignore[misc]
            for name in reports[0].violations
        },
        "": {"seconds": lambda report: f"{report.seconds:.0f}", "result": result},
    }


def rescued(report: Report) -> int:
    """Count attempts that somebody else ended."""
    return sum(
        state["error_code"] == "lost" and state["status"] != "running"
        for history in report.record.history.values()
        for before, state in pairwise(history)
        if before["status"] == "running"
    )


def fenced_off(report: Report) -> int:
    """Count runs that returned after they had lost their task: what they returned is nowhere."""
    return sum(
        report.record.rows[line["uuid"]]["outputs"] != {"attempt": line["attempt"], "token": line["token"]}
        for line in report.record.of("return")
        if line["uuid"] in report.record.rows
    )


def result(report: Report) -> str:
    return "FAILED" if report.failed else "ok"


def wrong(report: Report) -> str:
    """Return what is wrong, some sentences of each check."""
    lines = []
    for name, found in report.violations.items():
        if found:
            lines += [f"Seed {report.seed}, {name}: {len(found)}", *(f"  {sentence}" for sentence in found[:SHOWN])]
            if len(found) > SHOWN:
                lines.append(f"  … and {len(found) - SHOWN} more")
    return "\n".join(lines)
