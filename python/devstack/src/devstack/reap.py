"""Ends what its parent leaves behind; run as a script by `devstack.reaper`, with the standard library alone.

Reads one order a line from standard input until it closes, which happens however the parent ends, SIGKILL included.
"""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 3.0
PROC = Path("/proc")


def main() -> None:
    # pid -> the signal that asks that process to end.
    processes: dict[int, int] = {}
    folders: dict[str, None] = {}
    for line in sys.stdin:
        order, _, what = line.rstrip("\n").partition(" ")
        match order:
            case "watch":
                pid, number = what.split()
                processes[int(pid)] = int(number)
            case "forget":
                processes.pop(int(what), None)
            case "keep":
                folders[what] = None
            case "removed":
                folders.pop(what, None)
    end(processes)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end(processes: dict[int, int]) -> None:
    """Ask all to end, and kill the process group of those that are still there after the grace."""
    for pid, number in processes.items():
        # A stopped process would keep the signal until somebody continues it.
        for each in (number, signal.SIGCONT):
            with suppress(ProcessLookupError):
                os.kill(pid, each)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in processes:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A zombie has ended as well; its new parent, in a container, may never look at it. (macOS has no /proc.)
        return not PROC.exists() or (PROC / str(pid) / "stat").read_text().rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


if __name__ == "__main__":
    main()
