"""The script that runs all tests believes what their runners say."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / ".ci" / "check.py"


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    # Where a dataclass looks its own module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("3 passed, 1 failed", (3, 1, 0)),
        ("django-task-api: 3 passed, 0 failed, 2 skipped", (3, 0, 2)),
        ("======== 41 passed in 24.91s ========", (41, 0, 0)),
        ("41 passed in 24.91s", (41, 0, 0)),
        (
            "=== 2 failed, 3 passed, 1 skipped, 4 deselected, 1 xfailed, 5 warnings, 1 error in 75.00s (0:01:15) ===",
            (4, 3, 1),
        ),
        ("=== no tests ran in 0.01s ===", (0, 0, 0)),
        ("✓ 3 passed, 1 failed is what this test prints", (0, 0, 0)),
        ("Contracts: 2 kept, 0 broken.", (0, 0, 0)),
    ],
)
def test_parse_line(check, line, expected):
    assert check.parse_line(line) == check.Counts(*expected)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("print('2 passed, 0 failed')", (2, 0, 0)),
        ("print('\\x1b[32m2 passed, 1 failed\\x1b[0m')", (2, 1, 0)),
        ("print('2 passed, 0 failed'); raise SystemExit(1)", (2, 1, 0)),
        ("print('2 passed, 3 failed'); raise SystemExit(1)", (2, 3, 0)),
        ("print('Success: no issues found')", (1, 0, 0)),
        ("raise SystemExit(2)", (0, 1, 0)),
    ],
)
def test_run(check, script, expected):
    counts, _ = check.run(check.Step("a step", [sys.executable, "-c", script]))

    assert counts == check.Counts(*expected)


def test_main_runs_every_step_and_fails_if_one_failed(check, monkeypatch, capfd):
    steps = [
        check.Step("first", [sys.executable, "-c", "print('1 passed, 2 failed')"]),
        check.Step("second", [sys.executable, "-c", "print('3 passed, 0 failed')"]),
    ]
    monkeypatch.setitem(check.GROUPS, "python", steps)
    monkeypatch.setattr(sys, "argv", ["check.py", "python"])

    assert check.main() == 1
    assert capfd.readouterr().out.endswith("\n4 passed, 2 failed\n")


def test_lanes_run_beside_each_other_and_print_one_after_the_other(check, tmp_path, capfd):
    """The first step waits for what the last one makes; were they to take turns, that would be for ever."""
    file = tmp_path / "made"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(file)!r}).exists(): time.sleep(0.01)\nprint('waited')"
    make = f"import pathlib; print('made'); pathlib.Path({str(file)!r}).touch()"
    steps = [
        check.Step("first", [sys.executable, "-c", wait]),
        check.Step("second", [sys.executable, "-c", "print('1 passed, 0 failed')"]),
        check.Step("third", [sys.executable, "-c", make], lane=1),
    ]

    assert [counts for _, counts, _ in check.run_all(steps)] == [check.Counts(passed=1)] * 3
    printed = [line for line in capfd.readouterr().out.splitlines() if line]
    assert printed == ["==> first", "waited", "==> second", "1 passed, 0 failed", "==> third", "made"]
