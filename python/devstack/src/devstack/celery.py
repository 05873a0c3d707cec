"""A private Celery worker."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.processes import Server


class CeleryWorker(Server):
    """A worker of one Celery app, ready when it says so in its log."""

    name = "celery"
    stop_seconds = 3.0

    def __init__(
        self,
        app: str,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        settings: str | None = None,
        concurrency: int = 2,
        pool: str = "prefork",
        options: Sequence[str] = (),
    ) -> None:
        """Describe a worker, which `start` or a `with` starts.

        Args:
            app: What `celery -A` takes, such as `example`.
            environ: Added to this process's environment; usually the `env` of the servers that it uses.
            cwd: The folder from which `app` is imported.
            settings: The module for `DJANGO_SETTINGS_MODULE`, where the app does not set it.
            concurrency: The number of tasks that run at the same time.
            pool: `prefork`, `threads` or `solo`.
            options: More arguments of `celery worker`, such as `["--queues", "slow"]`.
        """
        super().__init__(environ=environ, cwd=cwd)
        if settings is not None:
            self.environ["DJANGO_SETTINGS_MODULE"] = settings
        self.app = app
        self.concurrency = concurrency
        self.pool = pool
        self.options = tuple(options)
        # One name for each, so that several can share a machine and a broker.
        self.hostname = f"devstack-{secrets.token_hex(4)}@localhost"

    @property
    def env(self) -> dict[str, str]:
        return {}

    def command(self) -> Sequence[str | Path]:
        return [
            *(sys.executable, "-m", "celery", "-A", self.app, "worker", "--hostname", self.hostname),
            *("--loglevel", "INFO", "--concurrency", str(self.concurrency), "--pool", self.pool),
            # Talk among workers, which costs the start a second and serves nobody here.
            *("--without-gossip", "--without-mingle"),
            *self.options,
        ]

    def is_ready(self) -> bool:
        return f"{self.hostname} ready." in self.log()
