"""A private WSGI server."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.web import WebServer


class WsgiServer(WebServer):
    """Django's development server, which is WSGI as long as no app brings another `runserver`."""

    name = "wsgi"

    def __init__(self, project: Path, *, environ: Mapping[str, str] | None = None, port: int | None = None) -> None:
        """Describe a server, which `start` or a `with` starts.

        Args:
            project: The folder of the project's `manage.py`.
            environ: Added to this process's environment; usually the `env` of the servers that it uses.
            port: The port to listen on.  A free one if left out.
        """
        super().__init__(environ=environ, cwd=project, port=port)

    def command(self) -> Sequence[str | Path]:
        return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]
