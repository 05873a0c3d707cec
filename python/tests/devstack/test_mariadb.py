import pytest

from devstack import MariaDBServer, ServerError
from devstack.mariadb import NAME, find_mariadb

try:
    find_mariadb()
except ServerError as missing:
    pytest.skip(str(missing), allow_module_level=True)


@pytest.fixture(scope="module")
def server():
    with MariaDBServer() as server:
        yield server


def query(server, sql):
    return server.query(sql, NAME).stdout


def test_answers_a_query_and_ignores_case(server):
    assert query(server, "SELECT database(), 'a' = 'Ä'") == "task_api\t1\n"


def test_env_leads_other_programs_to_it(server):
    assert server.env == {
        "DEVSTACK_DB": "mariadb",
        "MARIADB_SOCKET": str(server.socket),
        "MARIADB_USER": "root",
        "MARIADB_DATABASE": "task_api",
    }


def test_keeps_committed_rows_across_kill_and_start(server):
    query(server, "CREATE TABLE kept (value int); INSERT INTO kept VALUES (42)")

    server.kill()
    assert server.query("SELECT 1").returncode != 0
    server.start()

    assert query(server, "SELECT value FROM kept") == "42\n"
