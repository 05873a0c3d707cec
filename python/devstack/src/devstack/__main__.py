"""Run the example, a proxy before it, or any command, on private servers."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType

from devstack.logs import printed_logs
from devstack.mariadb import MariaDBServer
from devstack.nginx import BUFFERING, NginxServer
from devstack.postgres import PostgresServer
from devstack.processes import Server, ServerError
from devstack.reaper import get_reaper
from devstack.redis import RedisServer
from devstack.stack import Stack, embedded_stack, production_stack

SERVICES: dict[str, Callable[[], Server]] = {
    "postgres": PostgresServer,
    "redis": RedisServer,
    "mariadb": MariaDBServer,
}
WATCH_SECONDS = 0.2
COMMAND_STOP_SECONDS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and do what it says."""
    options = build_parser().parse_args(arguments)
    try:
        with signals_interrupt():
            return int(options.handler(options))
    except ServerError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(required=True)

    serve = commands.add_parser("serve", help="serve the example until Ctrl-C")
    serve.add_argument("--port", type=int, help="port of 127.0.0.1 (default: a free one)")
    serve.add_argument(
        "--embedded", action="store_true", help="SQLite and threads instead of PostgreSQL, Redis and a Celery worker"
    )
    serve.add_argument("--quiet", action="store_true", help="do not print what the servers print")
    stack = serve.add_argument_group("without --embedded")
    stack.add_argument("--concurrency", type=int, default=2, help="tasks that run at the same time (default: 2)")
    stack.add_argument("--wsgi", action="store_true", help="serve it by WSGI as well, on another port")
    serve.set_defaults(handler=serve_example)

    proxy = commands.add_parser("proxy", help="put nginx before a server until Ctrl-C")
    proxy.add_argument("upstream", help="the server's address, such as http://127.0.0.1:8000")
    proxy.add_argument("--buffering", action="store_true", help="keep answers back until they are complete")
    proxy.set_defaults(handler=serve_proxy)

    run = commands.add_parser("run", help="run a command with servers, named in its environment")
    run.add_argument("--with", dest="services", type=parse_services, required=True, metavar=",".join(SERVICES))
    run.add_argument("command", nargs="+", help="after --")
    run.set_defaults(handler=run_command)
    return parser


def parse_services(text: str) -> list[str]:
    """Split the names of services, of which each must be known."""
    names = text.split(",")
    for name in names:
        if name not in SERVICES:
            raise argparse.ArgumentTypeError(f"{name!r} is not a service; choose from {', '.join(SERVICES)}")
    return names


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let each signal that asks for an end stop everything in good order, as Ctrl-C does.

    SIGINT too: a shell that starts a command in the background has it ignore that one.
    """

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, previous, strict=True):
            signal.signal(number, handler)


def serve_example(options: argparse.Namespace) -> int:
    """Serve the example until a signal ends it."""
    with start_example(options) as stack, ExitStack() as printing:
        if not options.quiet:
            talkers = [server for server in (stack.asgi, stack.wsgi, stack.worker) if server is not None]
            printing.enter_context(printed_logs(talkers))
        print(f"The example answers on {stack.url} (Ctrl-C stops it)", flush=True)
        if stack.wsgi is not None:
            print(f"By WSGI it answers on {stack.wsgi.url}/", flush=True)
        return serve_until_interrupt(stack.servers)


def start_example(options: argparse.Namespace) -> AbstractContextManager[Stack]:
    """Describe the servers that the command line asks for, to be started by a `with`."""
    if options.embedded:
        return embedded_stack(options.port)
    return production_stack(options.port, concurrency=options.concurrency, wsgi=options.wsgi)


def serve_proxy(options: argparse.Namespace) -> int:
    """Put nginx before a server until a signal ends it."""
    with NginxServer(options.upstream, directives=BUFFERING if options.buffering else ()) as nginx:
        print(f"nginx answers on {nginx.url} (Ctrl-C stops it)", flush=True)
        return serve_until_interrupt([nginx])


def serve_until_interrupt(servers: Sequence[Server]) -> int:
    """Return when a signal has asked for the end.

    Raises:
        ServerError: One of the servers ended before.
    """
    try:
        while all(server.is_alive for server in servers):
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
        return 0
    ended = next(server for server in servers if not server.is_alive)
    raise ServerError(f"The server {ended.name} ended by itself.\n{ended.log_tail()}")


def run_command(options: argparse.Namespace) -> int:
    """Run a command with servers and return its exit status."""
    with ExitStack() as servers:
        environ = dict(os.environ)
        for name in options.services:
            environ |= servers.enter_context(SERVICES[name]()).env
        try:
            command = subprocess.Popen(options.command, env=environ)
        except OSError as exc:
            raise ServerError(f"The command {options.command[0]!r} cannot be run: {exc.strerror}.") from exc
        get_reaper().watch(command.pid, signal.SIGTERM)
        try:
            return command.wait()
        finally:
            end(command)
            get_reaper().forget(command.pid)


def end(command: subprocess.Popen[bytes]) -> None:
    """Let a command that still runs end by itself, and end it when it does not."""
    if command.poll() is None:
        command.terminate()
        try:
            command.wait(COMMAND_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()


if __name__ == "__main__":
    sys.exit(main())
