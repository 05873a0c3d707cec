"""The transactions that a task opens: none of them may outlive its run, which later tasks of the thread follow."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def closing_transactions() -> Iterator[None]:
    """Roll back the transactions of this thread that are begun inside and left open.

    Raises:
        RuntimeError: There were some, and no error of its own explains them.
    """
    before = _in_transaction()
    try:
        yield
    finally:
        left = [alias for alias in _in_transaction() if alias not in before]
        for alias in left:
            _roll_back(connections[alias])
    if left:
        raise RuntimeError(f"run() left a transaction open, which was rolled back; databases: {', '.join(left)}.")


def _in_transaction() -> list[str]:
    return [wrapper.alias for wrapper in connections.all(initialized_only=True) if _is_in_transaction(wrapper)]


def _is_in_transaction(connection: BaseDatabaseWrapper) -> bool:
    # `get_autocommit()` would connect.
    unlike_settings = connection.autocommit != connection.settings_dict["AUTOCOMMIT"]
    return connection.in_atomic_block or (connection.connection is not None and unlike_settings)


def _roll_back(connection: BaseDatabaseWrapper) -> None:
    """Return a connection to the state of a new one, whatever transaction it is in."""
    # In an atomic block `close()` leaves a wrapper that never connects again.
    connection.in_atomic_block = connection.needs_rollback = connection.closed_in_transaction = False
    connection.savepoint_ids.clear()
    connection.atomic_blocks.clear()
    # SQLite in memory is not closed, so that its content stays.
    with suppress(Error):
        connection.rollback()
        connection.set_autocommit(connection.settings_dict["AUTOCOMMIT"])
    connection.close()
