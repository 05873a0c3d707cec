"""A private PostgreSQL server."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from devstack.processes import Server, ServerError

# Debian keeps the server's programs off PATH.
DEBIAN_FOLDERS = Path("/usr/lib/postgresql")
NAME = "task_api"
PORT = "5432"


def find_postgres() -> Path:
    """Return the folder of `initdb` and `postgres`: that on PATH, else Debian's newest."""
    if found := shutil.which("initdb"):
        # Through a link, such as one in /usr/local/bin: `postgres` lies beside the real one.
        return Path(found).resolve().parent
    installed = [path.parent for path in DEBIAN_FOLDERS.glob("*/bin/initdb")]
    if not installed:
        raise ServerError(
            f"PostgreSQL's initdb is neither on PATH nor under {DEBIAN_FOLDERS}; run .ci/bootstrap postgres."
        )
    return max(installed, key=lambda folder: float(folder.parent.name))


def unprivileged_user(name: str = "postgres") -> pwd.struct_passwd | None:
    """Return whom the server runs as if this process is root, which PostgreSQL and MariaDB refuse."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get(name) or known["nobody"]


def open_temporary_folder() -> Path:
    """Return the folder for temporary files, or the system's if others may not go through that one."""
    candidates = (Path(tempfile.gettempdir()), Path("/tmp"))  # noqa: S108 (a private folder is made in it)
    for candidate in candidates:
        way = (candidate.resolve(), *candidate.resolve().parents)
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in way):
            return candidate
    raise ServerError(f"A server that does not run as root may not enter {' nor '.join(map(str, candidates))}.")


def initialise(command: Sequence[str | Path], folder: Path, user: pwd.struct_passwd | None) -> None:
    """Have a database server's own program make what is in its folder, as the user that the server runs as."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    if done.returncode != 0:
        raise ServerError(f"{Path(command[0]).name} failed.\n{done.stdout}{done.stderr}")


class PostgresServer(Server):
    """PostgreSQL on a socket in its folder, with a database and a superuser of one name; data survive a `kill`."""

    name = "postgres"
    # "Fast": ends its clients' connections, where SIGTERM would wait for them.
    stop_signal = signal.SIGINT

    def __init__(self) -> None:
        super().__init__()
        self.user = unprivileged_user()
        if self.user is not None:
            self.parent = open_temporary_folder()
        self._bin = find_postgres()

    @property
    def url(self) -> str:
        """The address, as libpq takes it."""
        return f"postgresql://{NAME}@/{NAME}?host={self.folder}&port={PORT}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "DEVSTACK_DB": "postgres",
            "PGHOST": str(self.folder),
            "PGPORT": PORT,
            "PGUSER": NAME,
            "PGDATABASE": NAME,
        }

    def prepare(self) -> None:
        assert self._folder is not None
        command: list[str | Path] = [
            *(self._bin / "initdb", "--pgdata", self._folder / "data", "--username", NAME),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        ]
        initialise(command, self._folder, self.user)

    def command(self) -> Sequence[str | Path]:
        return [
            *(self._bin / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", PORT),
            *("-c", "listen_addresses="),
            # Nothing has to survive a crash of the machine, but commits do survive a kill of the server:
            # synchronous_commit stays on.
            *("-c", "fsync=off", "-c", "full_page_writes=off"),
        ]

    def is_ready(self) -> bool:
        try:
            with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
        except psycopg.OperationalError:
            return False
        return True
