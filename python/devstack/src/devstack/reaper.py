"""The process that outlives this one, to end its servers and remove their folders."""

import atexit
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


class Reaper:
    """The parent's end of `devstack/reap.py`."""

    def __init__(self) -> None:
        # Isolated, so that the modules beside the script do not shadow `redis` and `celery`. A session of its own,
        # so that neither a terminal's Ctrl-C nor a kill of the parent's group ends it.
        script = Path(__file__).with_name("reap.py")
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(script)], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        self._owner = os.getpid()
        atexit.register(self._close)

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        """Take charge of the process group that `pid` leads."""
        self._tell(f"watch {pid} {stop_signal.value}")

    def forget(self, pid: int) -> None:
        """Leave `pid` alone from now on: it has ended and its number may be given to another process."""
        self._tell(f"forget {pid}")

    def make_folder(self, prefix: str, parent: Path | None = None) -> Path:
        """Create a temporary folder, to be removed with `remove_folder` or by the reaper."""
        folder = Path(tempfile.mkdtemp(prefix=f"devstack-{prefix}-", dir=parent))
        self._tell(f"keep {folder}")
        return folder

    def remove_folder(self, folder: Path) -> None:
        """Remove a folder made by `make_folder`, with all that is in it."""
        shutil.rmtree(folder, ignore_errors=True)
        self._tell(f"removed {folder}")

    def _tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def _close(self) -> None:
        # A forked child inherits this exit handler, but the reaper is not its own.
        if os.getpid() == self._owner and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


@functools.cache
def get_reaper() -> Reaper:
    """Return this process's reaper, started at the first call."""
    return Reaper()
