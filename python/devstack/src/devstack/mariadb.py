"""A private MariaDB server."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from devstack.postgres import initialise, open_temporary_folder, unprivileged_user
from devstack.processes import Server, ServerError

# Where Debian has the server; the PATH of its users lacks the folder.
SYSTEM_FOLDER = "/usr/sbin"
NAME = "task_api"
USER = "root"


def find_mariadb() -> Path:
    """Return the server's program, beside which its `mariadb-install-db` is on PATH."""
    found = shutil.which("mariadbd") or shutil.which("mariadbd", path=SYSTEM_FOLDER)
    if found is None or shutil.which("mariadb-install-db") is None:
        raise ServerError("MariaDB's mariadbd and mariadb-install-db are not on PATH; run .ci/bootstrap mariadb.")
    return Path(found)


class MariaDBServer(Server):
    """MariaDB on a socket in its folder, with an empty database, whose superuser needs no password.

    Its collation ignores case and accents, as that of most servers does.
    """

    name = "mariadb"

    def __init__(self) -> None:
        super().__init__()
        self.user = unprivileged_user("mysql")
        if self.user is not None:
            self.parent = open_temporary_folder()
        self._program = find_mariadb()

    @property
    def socket(self) -> Path:
        """The path of its socket."""
        return self.folder / "socket"

    @property
    def env(self) -> dict[str, str]:
        return {
            "DEVSTACK_DB": "mariadb",
            "MARIADB_SOCKET": str(self.socket),
            "MARIADB_USER": USER,
            "MARIADB_DATABASE": NAME,
        }

    def prepare(self) -> None:
        assert self._folder is not None
        command = [
            *("mariadb-install-db", "--no-defaults", f"--datadir={self._folder / 'data'}", "--skip-test-db"),
            *("--auth-root-authentication-method=normal", "--innodb-log-file-size=16M"),
        ]
        initialise(command, self._folder, self.user)

    def command(self) -> Sequence[str | Path]:
        return [
            *(self._program, "--no-defaults", f"--datadir={self.folder / 'data'}", "--skip-networking"),
            *(f"--socket={self.socket}", f"--pid-file={self.folder / 'pid'}", f"--tmpdir={self.folder}"),
            *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"),
            # Nothing has to survive a crash of the machine, but commits do survive a kill of the server.
            *("--innodb-flush-log-at-trx-commit=2", "--innodb-log-file-size=16M", "--skip-innodb-doublewrite"),
        ]

    def is_ready(self) -> bool:
        return self.query(f"CREATE DATABASE IF NOT EXISTS {NAME}").returncode == 0

    def query(self, sql: str, database: str = "") -> "subprocess.CompletedProcess[str]":
        """Let MariaDB's own client execute a statement; its output has a line a row."""
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", f"--user={USER}", "--skip-column-names"]
        return subprocess.run([*client, "--execute", sql, database], capture_output=True, text=True)
