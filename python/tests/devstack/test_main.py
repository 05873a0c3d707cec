import os
import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import psutil
import pytest

from devstack.__main__ import main
from devstack.reap import survivors

PRINT = "import os; print(os.environ['REDIS_URL'], os.environ['PGHOST'])"


def test_run_names_the_servers_to_the_command(capfd):
    assert main(["run", "--with", "redis,postgres", "--", sys.executable, "-c", PRINT]) == 0

    url, folder = capfd.readouterr().out.split()
    assert url.startswith("redis://127.0.0.1:")
    assert not os.path.exists(folder)  # noqa: PTH110 (a string from outside)


def test_run_returns_the_command_s_status():
    assert main(["run", "--with", "redis", "--", sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_run_with_an_unknown_service(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--with", "redis,mongo", "--", "true"])

    assert "'mongo' is not a service; choose from postgres, redis" in capsys.readouterr().err


def test_run_with_a_missing_command(capsys):
    assert main(["run", "--with", "redis", "--", "/no/such/command"]) == 1

    assert "The command '/no/such/command' cannot be run: No such file or directory." in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_run_ended_by_a_signal_ends_command_and_servers(number):
    script = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    command = [sys.executable, "-m", "devstack", "run", "--with", "redis", "--", sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as runner:
        inner = psutil.Process(int(runner.stdout.readline()))
        processes = psutil.Process(runner.pid).children(recursive=True)

        runner.send_signal(number)
        # Closes once the command and the reaper, which hold it too, are gone.
        runner.stdout.read()

    assert inner in processes
    assert survivors(processes, seconds=5) == []


def test_serve_until_an_interrupt_even_where_a_shell_had_it_ignored():
    """A script's shell starts its background commands with SIGINT ignored."""
    serve = [sys.executable, "-m", "devstack", "serve", "--embedded", "--quiet"]
    command = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", *serve]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        url = re.fullmatch(r"The example answers on (\S+) .*\n", server.stdout.readline())[1]
        processes = psutil.Process(server.pid).children(recursive=True)
        with urlopen(url) as page:  # noqa: S310 (our own server)
            assert page.status == 200

        server.send_signal(signal.SIGINT)
        assert server.stdout.read() == "Stopping.\n"

    assert server.returncode == 0
    assert survivors(processes, seconds=5) == []


def test_serve_on_a_taken_port(capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert main(["serve", "--embedded", "--port", str(port)]) == 1

    assert capsys.readouterr().err == f"Port {port} of 127.0.0.1 is taken by another program; choose another port.\n"
