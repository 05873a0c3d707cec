"""A private ASGI server."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.web import WebServer

# uvicorn waits for open streams to end; without a limit, for ever.
SHUTDOWN_SECONDS = 2


class AsgiServer(WebServer):
    """uvicorn with one ASGI application."""

    name = "asgi"

    def __init__(
        self,
        application: str,
        *,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        port: int | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Describe a server, which `start` or a `with` starts.

        Args:
            application: What uvicorn takes, such as `example.asgi:application`.
            environ: Added to this process's environment; usually the `env` of the servers that it uses.
            cwd: The folder from which the application is imported.
            port: The port to listen on.  A free one if left out.
            options: More arguments of uvicorn.
        """
        super().__init__(environ=environ, cwd=cwd, port=port)
        self.application = application
        self.options = tuple(options)

    def command(self) -> Sequence[str | Path]:
        return [
            *(sys.executable, "-m", "uvicorn", self.application, "--host", "127.0.0.1", "--port", str(self.port)),
            *("--timeout-graceful-shutdown", str(SHUTDOWN_SECONDS)),
            *self.options,
        ]
