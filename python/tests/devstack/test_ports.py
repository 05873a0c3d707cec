import socket

from devstack.ports import RANGE, free_port, is_free


def test_free_port_can_be_listened_on():
    port = free_port()

    with socket.create_server(("127.0.0.1", port)):
        assert port in RANGE


def test_is_free_while_somebody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not is_free(listener.getsockname()[1])


def test_is_free_after_a_connection_was_cut():
    """What the system remembers of a killed server's connections does not keep it from its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()
            assert client.recv(1) == b""

    assert is_free(port)
