"""Ends what its parent leaves behind; a script, run by `devstack.reaper`, that imports nothing else of devstack.

Reads one order a line from standard input until it closes, which happens however the parent ends, SIGKILL included.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.02


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
    """Ask all to end, and kill those that are still there after the grace, with all below them."""
    families = [family(pid) for pid in processes]
    for pid, number in processes.items():
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    everybody = [process for members in families for process in members]
    # A stopped process keeps the signal until somebody continues it.
    send(everybody, signal.SIGCONT)
    survivors([members[0] for members in families if members], GRACE_SECONDS)
    for pid in processes:
        kill_group(pid)
    send(everybody, signal.SIGKILL)


def family(pid: int) -> list[psutil.Process]:
    """Return the process and all below it; none if there is no such process."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to those of the processes that are still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def kill_group(pid: int) -> None:
    """Kill the process group that `pid` leads or led, in which children remain whose parent is gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def survivors(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes to end, and return those that have not after so many seconds."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while (left := [process for process in left if not has_ended(process)]) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return left


def has_ended(process: psutil.Process) -> bool:
    """Tell whether the process is gone, or a zombie, at which its new parent, in a container, may never look."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


if __name__ == "__main__":
    main()
