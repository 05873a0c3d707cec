import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from devstack import Server, ServerError
from devstack.reap import survivors

STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    print("ready", flush=True)
signal.pause()
"""


class Script(Server):
    """A Python script that is ready once it says so."""

    name = "script"
    stop_seconds = 0.2

    def __init__(self, code):
        super().__init__()
        self.code = code

    @property
    def env(self):
        return {}

    def command(self):
        return [sys.executable, "-c", self.code]

    def is_ready(self):
        return "ready" in self.log()


def test_stop_ends_a_process_that_ignores_its_signal_and_that_process_s_children():
    with Script(STUBBORN) as server:
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        folder = server.folder

    assert len(family) == 2
    assert survivors(family, seconds=5) == []
    assert not folder.exists()


def test_stop_ends_the_children_of_a_process_that_is_gone():
    with Script(STUBBORN) as server:
        (child,) = psutil.Process(server.pid).children()
        os.kill(server.pid, signal.SIGKILL)

        # The pid stays ours until it is collected.
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
        assert not server.is_alive

    assert survivors([child], seconds=5) == []


def test_stop_ends_a_paused_process():
    with Script("import signal; print('ready', flush=True); signal.pause()") as server:
        server.pause()
        process = psutil.Process(server.pid)

    assert survivors([process], seconds=5) == []


def test_start_of_a_process_that_ends_shows_its_log_and_leaves_no_folder():
    server = Script("print('the reason'); raise SystemExit(1)")

    with pytest.raises(ServerError, match=r"The server script ended before it answered\.\nthe reason$"):
        server.start()

    assert server._folder is None


def test_start_of_a_program_that_is_missing():
    class Missing(Script):
        def command(self):
            return ["/no/such/program"]

    with pytest.raises(ServerError, match="/no/such/program"):
        Missing("").start()


def test_start_twice():
    with (
        Script("import signal; print('ready', flush=True); signal.pause()") as server,
        pytest.raises(ServerError, match=f"The server script already runs as process {server.pid}"),
    ):
        server.start()


def test_launch_returns_before_the_server_answers():
    server = Script("import sys; sys.stdin.read(); import time; time.sleep(60)")
    try:
        server.launch()
        assert server.is_alive
        assert not server.is_ready()
    finally:
        server.stop()


def test_terminate_asks_in_the_way_that_it_is_told():
    code = "import signal; signal.signal(signal.SIGQUIT, lambda *_: print('quits', flush=True) or exit())"
    with Script(f"{code}; print('ready', flush=True); signal.pause()") as server:
        server.terminate(signal.SIGQUIT)
        assert "quits" in server.log()


def test_pid_before_start():
    with pytest.raises(ServerError, match=r"The server script is not started; call start\(\) first"):
        _ = Script("").pid


def test_log_is_of_the_present_process_alone():
    with Script("import os, signal; print('ready', os.getpid(), flush=True); signal.pause()") as server:
        first = server.log()
        server.restart()

        assert first != server.log() == f"ready {server.pid}\n"


def test_wait_until_the_time_is_over():
    with (
        Script("import signal; print('ready', flush=True); signal.pause()") as server,
        pytest.raises(ServerError, match=r"The server script did not answer in 0\.1 s\.\nready"),
    ):
        server.wait_until(lambda: False, seconds=0.1)


def test_working_folder_is_the_server_s_own_if_none_is_given():
    with Script("import os; print('ready', os.getcwd(), flush=True); import signal; signal.pause()") as server:
        assert Path(server.log().split()[1]).samefile(server.folder)


def test_temporary_files_go_to_the_server_s_own_folder():
    code = "import signal, tempfile; print('ready', tempfile.mkdtemp(), flush=True); signal.pause()"
    with Script(code) as server:
        assert Path(server.log().split()[1]).parent.samefile(server.folder)
