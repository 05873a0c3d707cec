"""What servers print, passed on to the terminal as it is written."""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from devstack.processes import Server

POLL_SECONDS = 0.1


@contextmanager
def printed_logs(servers: Iterable[Server]) -> Iterator[None]:
    """Print each line of the servers' logs, after the name of its server, while the context lasts."""
    ended = threading.Event()
    with ExitStack() as stack:
        files = [
            (server.name, stack.enter_context(server.log_path.open(encoding="utf-8", errors="replace")))
            for server in servers
        ]
        thread = threading.Thread(target=_follow, args=(files, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _follow(files: list[tuple[str, TextIO]], ended: threading.Event) -> None:
    # The last part of a file may be half a line, which waits here for its other half.
    halves = dict.fromkeys((name for name, _ in files), "")
    last_round = False
    while not last_round:
        last_round = ended.wait(POLL_SECONDS)
        for name, file in files:
            *lines, halves[name] = (halves[name] + file.read()).split("\n")
            for line in lines:
                sys.stdout.write(f"{name:>8} | {line}\n")
        sys.stdout.flush()
