"""Private servers for tests, benchmarks and the examples.

Each server is a context manager on a free port or a socket in a temporary folder.
It is stopped and its folder removed on exit, also when the process that started it is killed:

    with PostgresServer() as postgres, RedisServer() as redis:
        subprocess.run(command, env={**os.environ, **postgres.env, **redis.env})

A server tells others how to reach it through `env`, environment variables that the settings of the tests and of the
examples read:

- `DEVSTACK_DB`: `sqlite` (the default), `postgres`, or `mariadb` (the settings of the tests alone).
- `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`: as PostgreSQL's own clients read them. `PGHOST` is a socket's folder.
- `MARIADB_SOCKET`, `MARIADB_USER`, `MARIADB_DATABASE`: the path of the socket, and a user without a password.
- `REDIS_URL`: such as `redis://127.0.0.1:20123/0`. Without it the examples run embedded, with the thread backend.

Faults are made with `kill()`, `start()` (on the same port and data), `pause()`, `resume()` and the `pid`.
"""

from devstack.asgi import AsgiServer
from devstack.celery import CeleryWorker
from devstack.mariadb import MariaDBServer
from devstack.nginx import NginxServer
from devstack.ports import free_port
from devstack.postgres import PostgresServer
from devstack.processes import Server, ServerError
from devstack.redis import RedisServer
from devstack.wsgi import WsgiServer

__all__ = [
    "AsgiServer",
    "CeleryWorker",
    "MariaDBServer",
    "NginxServer",
    "PostgresServer",
    "RedisServer",
    "Server",
    "ServerError",
    "WsgiServer",
    "free_port",
]
