import socket
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from devstack import AsgiServer, ServerError

TOP = Path(__file__).resolve().parents[2]
APPLICATION = "tests.devstack.asgi_app:application"


def test_answers_on_its_url():
    with AsgiServer(APPLICATION, cwd=TOP) as server, pytest.raises(HTTPError) as caught:
        urlopen(server.url)  # noqa: S310 (our own server)

    with caught.value as answer:
        assert (answer.status, answer.read()) == (404, b"nothing here")


def test_a_taken_port_is_refused():
    """Another program that answers on the port does not pass for the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(ServerError, match=f"Port {port} of 127.0.0.1 is taken by another program"):
            AsgiServer(APPLICATION, cwd=TOP, port=port).start()
