"""A server in a process group of its own: started until it answers, stopped, killed, paused."""

import os
import pwd
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from devstack.ports import is_free
from devstack.reap import POLL_SECONDS, family, kill_group, send, survivors
from devstack.reaper import get_reaper

START_SECONDS = 60.0
LOG_LINES = 30

# Waits for the parent's word before it becomes the server: a parent that is killed between starting the process and
# handing it to the reaper leaves nothing, because `read` then fails.
GATE = 'read go && exec "$@" </dev/null'


class ServerError(Exception):
    """A server did not start, or ended by itself. The message carries the end of its log."""


class Server(ABC):
    """One server process, with a temporary folder that is its own.

    Subclasses say what to run (`command`), when it answers (`is_ready`) and how others reach it (`env`).
    """

    name: str
    stop_signal = signal.SIGTERM
    stop_seconds = 5.0
    # The TCP port of a server that has one.
    port: int | None = None

    def __init__(self, *, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        self.environ = dict(environ or {})
        self.cwd = cwd
        self.user: pwd.struct_passwd | None = None
        # Where the folder is made, if not in the usual place.
        self.parent: Path | None = None
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # Where in the log the present process began to write: a restarted one appends.
        self._log_start = 0

    @property
    @abstractmethod
    def env(self) -> dict[str, str]:
        """Environment variables that tell other programs how to reach this server."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """Return the program and its arguments, which must stay in the foreground."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether the server answers; called until it does."""

    def prepare(self) -> None:  # noqa: B027 (most have nothing to lay out)
        """Lay out the folder before the first start."""

    @property
    def folder(self) -> Path:
        """The server's temporary folder, which lives until `stop`."""
        if self._folder is None:
            self._folder = get_reaper().make_folder(self.name, self.parent)
            if self.user is not None:
                os.chown(self._folder, self.user.pw_uid, self.user.pw_gid)
            self.prepare()
        return self._folder

    @property
    def log_path(self) -> Path:
        """The file with what the server printed."""
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The process id.

        Raises:
            ServerError: The server is not started.
        """
        if self._process is None:
            raise ServerError(f"The server {self.name} is not started; call start() first.")
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is there and has not ended."""
        if self._process is None:
            return False
        # WNOWAIT leaves an ended process a zombie, so that its pid, by which its group is killed, is not given away.
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def start(self) -> Self:
        """Start the server and return when it answers.

        After `kill` it starts again on the same port, socket and data.
        """
        self.launch()
        try:
            self.wait_until(self.is_ready)
        except BaseException:
            self.stop()
            raise
        return self

    def launch(self) -> None:
        """Start the process without waiting for it to answer, as a supervisor does.

        Raises:
            ServerError: It runs already, or its port is taken.
        """
        if self.is_alive:
            raise ServerError(f"The server {self.name} already runs as process {self.pid}.")
        self._release()
        if self.port is not None and not is_free(self.port):
            # Else another's server on that port would pass for ours.
            raise ServerError(f"Port {self.port} of 127.0.0.1 is taken by another program; choose another port.")
        try:
            self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
            self._spawn()
        except BaseException:
            self.stop()
            raise

    def wait_until(self, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Return when the condition holds.

        Raises:
            ServerError: The process ended, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if not self.is_alive:
                raise ServerError(f"The server {self.name} ended before it answered.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(f"The server {self.name} did not answer in {seconds:g} s.\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)

    def terminate(self, stop_signal: signal.Signals | None = None) -> None:
        """Ask the process to end, wait until it has, and kill what is left of its group; keep folder and port.

        Args:
            stop_signal: How to ask.  The server's usual way if left out.
        """
        if self._process is None:
            return
        if self.is_alive:
            self.resume()
            os.kill(self.pid, stop_signal or self.stop_signal)
            self._wait_for_end()
        self._release()

    def kill(self) -> None:
        """End the process and its children at once, as a power cut does; `start` brings it back."""
        self._release()

    def restart(self) -> None:
        """Stop the process in good order and start it again on the same port and data."""
        self.terminate()
        self.start()

    def pause(self) -> None:
        """Stop the process and its children from running: they keep their connections and answer nothing."""
        send(family(self.pid), signal.SIGSTOP)

    def resume(self) -> None:
        """Let paused processes run again."""
        send(family(self.pid), signal.SIGCONT)

    def stop(self) -> None:
        """End the process and remove its folder."""
        self.terminate()
        if self._folder is not None:
            get_reaper().remove_folder(self._folder)
            self._folder = None

    def log(self) -> str:
        """Return what the present process printed so far."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log_start)
            return file.read()

    def log_tail(self) -> str:
        """Return the last lines of the log, for an error's message."""
        return "\n".join(self.log().splitlines()[-LOG_LINES:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _spawn(self) -> None:
        folder = self.folder
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", GATE, "sh", *self.command()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # What a killed server leaves in the folder for temporary files goes with its own.
                env={**os.environ, "TMPDIR": str(folder), **self.environ},
                cwd=self.cwd or folder,
                start_new_session=True,
                user=self.user.pw_uid if self.user else None,
                group=self.user.pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )
        get_reaper().watch(self._process.pid, self.stop_signal)
        assert self._process.stdin is not None
        with self._process.stdin as gate:
            gate.write(b"go\n")

    def _wait_for_end(self) -> None:
        deadline = time.monotonic() + self.stop_seconds
        while self.is_alive and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _release(self) -> None:
        if self._process is None:
            return
        # Not the group alone: each of PostgreSQL's backends leads one of its own.
        members = family(self._process.pid)
        kill_group(self._process.pid)
        send(members, signal.SIGKILL)
        self._process.wait()
        survivors(members, self.stop_seconds)
        get_reaper().forget(self._process.pid)
        self._process = None
