"""Free ports for servers that stay on theirs across a restart."""

import secrets
import socket

# Below the range from which Linux and macOS take the ports of outgoing connections: a server that is killed and
# started again would otherwise now and then find its port taken by somebody's connection.
RANGE = range(20_000, 32_000)
TRIES = 100


def free_port() -> int:
    """Return a TCP port that nobody listens on at 127.0.0.1."""
    for _ in range(TRIES):
        port = secrets.choice(RANGE)
        if is_free(port):
            return port
    raise OSError(f"None of {TRIES} ports tried from {RANGE.start} to {RANGE.stop - 1} was free.")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do: the remains of a killed one's connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
