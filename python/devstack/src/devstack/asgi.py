"""A private ASGI server."""

import http.client
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.ports import free_port
from devstack.processes import Server

# uvicorn waits for open streams to end; without a limit, for ever.
SHUTDOWN_SECONDS = 2


class AsgiServer(Server):
    """uvicorn with one ASGI application on 127.0.0.1, ready when it answers a request, whatever the status."""

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
        super().__init__(environ=environ, cwd=cwd)
        self.application = application
        self.port: int = free_port() if port is None else port
        self.options = tuple(options)

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return {"BASE_URL": self.url}

    def command(self) -> Sequence[str | Path]:
        return [
            *(sys.executable, "-m", "uvicorn", self.application, "--host", "127.0.0.1", "--port", str(self.port)),
            *("--timeout-graceful-shutdown", str(SHUTDOWN_SECONDS)),
            *self.options,
        ]

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True
