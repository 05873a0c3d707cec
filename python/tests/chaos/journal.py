"""The journal of a run: a file to which tasks, clients and faults append one JSON object a line.

Each line is one write to a file opened for appending, so that those of many processes do not mix, and a line that is
written stays, however its writer ends.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VARIABLE = "CHAOS_JOURNAL"


def note(event: str, **values: Any) -> None:
    """Append an event to the journal that the environment names."""
    line = json.dumps({"event": event, "at": round(time.time(), 3), **values}) + "\n"
    descriptor = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def read(path: Path) -> list[dict[str, Any]]:
    """Return all events in the order of the file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def kept_in(path: Path) -> Iterator[None]:
    """Let this process, too, write its events to a file."""
    previous = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(path)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if previous is not None:
            os.environ[VARIABLE] = previous
