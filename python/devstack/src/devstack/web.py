"""What all private web servers have in common."""

import http.client
from collections.abc import Mapping
from pathlib import Path

from devstack.ports import free_port
from devstack.processes import Server


class WebServer(Server):
    """A server for HTTP on 127.0.0.1, ready when it answers a request, whatever the status."""

    def __init__(
        self, *, environ: Mapping[str, str] | None = None, cwd: Path | None = None, port: int | None = None
    ) -> None:
        super().__init__(environ=environ, cwd=cwd)
        self.port: int = free_port() if port is None else port

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return {"BASE_URL": self.url}

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
