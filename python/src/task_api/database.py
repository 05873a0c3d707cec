"""What the ORM lacks for compare-and-set: the database's own clock, exact texts, and patience with a limit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, DateTimeField, Expression, Func, Value
from django.db.models.expressions import Combinable, CombinedExpression

P = ParamSpec("P")
T = TypeVar("T")

# ER_LOCK_DEADLOCK of MySQL and MariaDB, where as little as three INSERTs of one unique key may lead to it.
DEADLOCK = 1213
DEADLOCK_TRIES = 20


class DatabaseNow(Func):
    """The time of the database server at the start of the statement, in the zone that Django stores times in.

    That is UTC, or local time with `USE_TZ = False`. `django.db.models.functions.Now` gives the session's local time
    on MySQL and MariaDB, and UTC on SQLite, always.
    """

    template = "CURRENT_TIMESTAMP"
    output_field = DateTimeField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        # CURRENT_TIMESTAMP is the start of the transaction there.
        return self.as_sql(compiler, connection, template="STATEMENT_TIMESTAMP()", **context)

    def as_mysql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        # A connection has no time zone where Django leaves it to the server.
        template = "CURRENT_TIMESTAMP(6)" if connection.timezone is None else "UTC_TIMESTAMP(6)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        # Django sets the process's own time zone to the project's.
        zone = ", 'LOCALTIME'" if connection.timezone is None else ""
        # Times are text there, and compare with Django's and with sums only if they have as many digits.
        template = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW'{zone})"
        return self.as_sql(compiler, connection, template=template, **context)


def from_now(delay: timedelta | Expression) -> CombinedExpression:
    """Return the database's time `delay` from now."""
    duration = Value(delay) if isinstance(delay, timedelta) else delay
    return CombinedExpression(DatabaseNow(), Combinable.ADD, duration, output_field=DateTimeField())


class ExactCharField(CharField):  # type: ignore[type-arg]  # it is generic to the type checker alone
    """A text that equals itself alone, on MySQL and MariaDB too: their usual collations ignore case and accents."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters


def answers(connection: BaseDatabaseWrapper) -> bool:
    """Tell, after an error, whether the server is there and refused, or is away."""
    # `is_usable()` may take for granted that there is a connection.
    return connection.connection is not None and connection.is_usable()


def outlives_deadlocks(using: Callable[[], str]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Call the decorated function again when the server ended its transaction because others waited for each other.

    Not inside a transaction of the caller's, which the server has rolled back as well.

    Args:
        using: Gives the alias of the database.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def repeat(*args: P.args, **kwargs: P.kwargs) -> T:
            for _ in range(DEADLOCK_TRIES - 1):
                try:
                    return function(*args, **kwargs)
                except OperationalError as error:
                    if error.args[:1] != (DEADLOCK,) or connections[using()].in_atomic_block:
                        raise
            return function(*args, **kwargs)

        return repeat

    return decorate


# How long to wait for a lock that somebody else holds. On SQLite that may be the very transaction that waits for the
# writer to give up: a run's own.
LOCK_TIMEOUT_SQL = {
    "mysql": "SET SESSION innodb_lock_wait_timeout = 2",
    # Of the transaction, not of the session, which a pool hands on to others.
    "postgresql": "SET LOCAL lock_timeout = '2s'",
    "sqlite": "PRAGMA busy_timeout = 500",
}


@contextmanager
def impatient(using: str) -> Iterator[None]:
    """Write in a transaction that gives up soon where a lock is taken."""
    connection = connections[using]
    local = connection.vendor == "postgresql"
    with transaction.atomic(using=using) if local else nullcontext():
        if sql := LOCK_TIMEOUT_SQL.get(connection.vendor):
            with connection.cursor() as cursor:
                cursor.execute(sql)
        yield
