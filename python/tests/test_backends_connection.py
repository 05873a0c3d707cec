"""The connection that is kept between two tasks, without a worker around it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from task_api.backends.connection import ConnectionKeeper
from tests.processes import run_script
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _closed(settings: Any) -> Iterator[None]:
    """Begin as a task of Celery's does, without an open connection."""
    settings.TASK_API_CONNECTION_IDLE = 600
    connections.close_all()
    own = connections["default"]
    yield
    connections["default"].close()
    connections["default"] = own


@pytest.fixture
def keeper() -> Iterator[ConnectionKeeper]:
    keeper = ConnectionKeeper()
    yield keeper
    with keeper.lending():
        connection.close()


def used(keeper: ConnectionKeeper) -> Any:
    """Use the connection as a task does and return the driver's."""
    with keeper.lending():
        connection.ensure_connection()
        return connections["default"].connection


def test_next_task_gets_the_same_connection(keeper: ConnectionKeeper) -> None:
    assert used(keeper) is used(keeper)


def test_closing_all_connections_spares_the_kept_one(keeper: ConnectionKeeper) -> None:
    first = used(keeper)
    connections.close_all()
    assert used(keeper) is first


def test_other_threads_may_not_use_the_connection_of_a_task(keeper: ConnectionKeeper) -> None:
    for _ in range(2):
        used(keeper)
    with keeper.lending():
        assert not connections["default"].allow_thread_sharing


def test_kept_connection_is_no_childs_inheritance() -> None:
    run_script("fork_with_a_kept_connection")


def test_nothing_is_kept_where_it_is_turned_off(keeper: ConnectionKeeper, settings: Any) -> None:
    settings.TASK_API_CONNECTION_IDLE = 0
    used(keeper)
    assert connections["default"].connection is not None


def test_open_connection_is_left_to_whoever_opened_it(keeper: ConnectionKeeper) -> None:
    connection.ensure_connection()
    own = connections["default"]
    used(keeper)
    assert connections["default"] is own


def test_connection_of_another_thread_is_not_kept(keeper: ConnectionKeeper) -> None:
    left: list[Any] = []

    def work() -> None:
        used(keeper)
        left.append(connections["default"].connection)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert left != [None]


def leave_transaction_open() -> None:
    transaction.set_autocommit(False)


def meet_an_error() -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


@pytest.mark.parametrize("spoil", [leave_transaction_open, meet_an_error])
def test_spoilt_connection_is_left_to_celery(keeper: ConnectionKeeper, spoil: Any) -> None:
    with keeper.lending():
        spoil()
    assert connections["default"].connection is not None


@pytest.mark.parametrize(("age", "kept"), [(0, True), (None, True), (600, True), (0.0001, False)])
def test_connection_may_not_get_older_than_the_project_wants(
    keeper: ConnectionKeeper, monkeypatch: pytest.MonkeyPatch, age: float | None, kept: bool
) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", age)
    assert (used(keeper) is used(keeper)) is kept


def test_idle_connection_is_closed(keeper: ConnectionKeeper, settings: Any) -> None:
    settings.TASK_API_CONNECTION_IDLE = 0.01
    with keeper.lending():
        connection.ensure_connection()
        wrapper: BaseDatabaseWrapper = connections["default"]
    wait_for(lambda: wrapper.connection is None)
