"""Processes of Django on the tests' database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

ROOT = Path(__file__).parents[1]
SCRIPT = "import sys, django; django.setup(); from tests import scripts; getattr(scripts, sys.argv[1])(*sys.argv[2:])"


def environ(**variables: str) -> dict[str, str]:
    """Return the environment of a process that works on the tests' database."""
    if connection.vendor == "sqlite":
        # A killed process leaves its temporary folder, which here goes with that of the tests.
        variables["TMPDIR"] = str(Path(connection.settings_dict["NAME"]).parent)
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "PYTHONPATH": str(ROOT),
        "TESTS_DATABASE": str(connection.settings_dict["NAME"]),
        **variables,
    }


def command(script: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", SCRIPT, script, *map(str, arguments)]


def run_script(script: str, *arguments: object, **variables: str) -> None:
    """Run a function of `tests.scripts` in a process of its own; its failure is the test's."""
    done = subprocess.run(
        command(script, *arguments), env=environ(**variables), cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def script_running(script: str, *arguments: object, **variables: str) -> Iterator["subprocess.Popen[Any]"]:
    """Run a function of `tests.scripts` in a process that is killed when the context ends."""
    process = subprocess.Popen(command(script, *arguments), env=environ(**variables), cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
