"""The short form of `make chaos`: one seed, and each kind of fault and of task at least once."""

from pathlib import Path

from tests.chaos import report
from tests.chaos.faults import DECK
from tests.chaos.run import MIX, Options, run

SHORT = Options(tasks=150, limit=30, gap=1.0)


def test_promises_hold_under_faults(tmp_path: Path) -> None:
    done = run(tmp_path, seed=1, options=SHORT)
    print(report.table([done]))
    assert not done.failed, report.wrong(done)
    assert done.posts.accepted == SHORT.tasks
    assert all(done.faults[kind] for kind in DECK)
    assert {row["task"] for row in done.record.rows.values()} == {*MIX, "planned"}
