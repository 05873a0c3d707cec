"""A private nginx in front of another server."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from devstack.processes import ServerError
from devstack.web import WebServer

# Where Debian has it; the PATH of its users lacks the folder.
SYSTEM_FOLDER = "/usr/sbin"

# Keeps back all that it can: what the application asks of it is not heard, and streams are compressed.
BUFFERING = (
    "proxy_buffering on;",
    "proxy_buffers 16 64k;",
    "proxy_ignore_headers X-Accel-Buffering;",
    "gzip on;",
    "gzip_proxied any;",
    "gzip_types text/event-stream application/json;",
)

CONFIG = """\
daemon off;
{user}
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path client_body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            {directives}
        }}
    }}
}}
"""


def find_nginx() -> Path:
    """Return nginx's program."""
    found = shutil.which("nginx") or shutil.which("nginx", path=SYSTEM_FOLDER)
    if found is None:
        raise ServerError("nginx is not on PATH; run .ci/bootstrap nginx.")
    return Path(found)


class NginxServer(WebServer):
    """nginx as a reverse proxy, with the settings that everybody uses and those given."""

    name = "nginx"

    def __init__(self, upstream: str, *, directives: Sequence[str] = (), port: int | None = None) -> None:
        """Describe a proxy, which `start` or a `with` starts.

        Args:
            upstream: The address of the server behind it, without a slash at its end.
            directives: More of nginx's directives for its `location /`, such as `BUFFERING`.
            port: The port to listen on.  A free one if left out.
        """
        super().__init__(port=port)
        self.upstream = upstream
        self.directives = tuple(directives)

    def prepare(self) -> None:
        # Its workers would otherwise belong to a user who may not enter this folder.
        user = f"user {pwd.getpwuid(0).pw_name} {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
        directives = "\n            ".join(self.directives)
        config = CONFIG.format(user=user, port=self.port, upstream=self.upstream, directives=directives)
        (self.folder / "nginx.conf").write_text(config)

    def command(self) -> Sequence[str | Path]:
        # The log that is open before the configuration is read.
        return [find_nginx(), "-p", self.folder, "-c", "nginx.conf", "-e", "stderr"]
