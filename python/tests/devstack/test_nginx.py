from http.client import HTTPConnection
from pathlib import Path

import pytest

from devstack import AsgiServer, NginxServer
from devstack.nginx import BUFFERING

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def upstream():
    with AsgiServer("tests.devstack.asgi_app:application", cwd=TOP) as server:
        yield server


def first_bytes(proxy, timeout):
    """Return what comes of an answer that the application does not end until its client leaves."""
    connection = HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)
    try:
        connection.request("GET", "/endless")
        return connection.getresponse().read1()
    finally:
        connection.close()


def test_passes_on_what_comes(upstream):
    with NginxServer(upstream.url) as proxy:
        assert first_bytes(proxy, timeout=30) == b"something\n"


def test_buffering_keeps_back_even_what_is_marked_as_a_stream(upstream):
    with NginxServer(upstream.url, directives=BUFFERING) as proxy, pytest.raises(TimeoutError):
        first_bytes(proxy, timeout=1)
