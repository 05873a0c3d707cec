import os
import select
import subprocess
import tempfile

import psycopg
import pytest

from devstack import PostgresServer, ServerError
from devstack import postgres as postgres_module


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as server:
        yield server


def query(server, sql):
    with psycopg.connect(server.url, autocommit=True) as connection:
        return connection.execute(sql).fetchone()


def test_answers_a_query(server):
    assert query(server, "SELECT current_database(), current_user") == ("task_api", "task_api")


def test_env_leads_other_programs_to_it(server):
    names = ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | server.env

    assert set(server.env) == {"DEVSTACK_DB", *names}
    done = subprocess.run(["psql", "-Atc", "SELECT 1"], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_keeps_committed_rows_across_kill_and_start(server):
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (value int)")
        connection.execute("INSERT INTO kept VALUES (42)")
        url = server.url

        server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server.start()

    assert server.url == url
    assert query(server, "SELECT value FROM kept") == (42,)


def test_restart_does_not_wait_for_clients(server):
    with psycopg.connect(server.url, autocommit=True) as connection:
        server.restart()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    assert query(server, "SELECT 1") == (1,)


def test_open_connections_are_silent_while_paused(server):
    with psycopg.connect(server.url, autocommit=True) as connection:
        server.pause()
        connection.pgconn.send_query(b"SELECT 1")
        answered_while_paused, _, _ = select.select([connection.fileno()], [], [], 0.5)
        server.resume()
        # Waits for the answer; the second is the end of it.
        results = [connection.pgconn.get_result(), connection.pgconn.get_result()]

    assert answered_while_paused == []
    assert (results[0].get_value(0, 0), results[1]) == (b"1", None)


def test_starts_as_root_although_temporary_files_are_private(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with PostgresServer() as server:
        assert query(server, "SELECT 1") == (1,)


def test_failed_initdb_shows_why_and_leaves_no_folder(monkeypatch, tmp_path):
    program = tmp_path / "initdb"
    program.write_text("#!/bin/sh\necho the reason >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(postgres_module, "find_postgres", lambda: tmp_path)
    monkeypatch.setattr(postgres_module, "unprivileged_user", lambda: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with pytest.raises(ServerError, match=r"initdb failed\.\nthe reason"):
        PostgresServer().start()

    assert list(tmp_path.iterdir()) == [program]


def test_find_postgres_without_any_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_module, "DEBIAN_FOLDERS", tmp_path)

    with pytest.raises(ServerError, match=r"initdb is neither on PATH nor under .*; run \.ci/bootstrap postgres"):
        postgres_module.find_postgres()


def test_find_postgres_takes_the_newest_of_debian(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_module, "DEBIAN_FOLDERS", tmp_path)
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()

    assert postgres_module.find_postgres() == tmp_path / "17" / "bin"
