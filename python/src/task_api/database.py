"""What the ORM lacks for compare-and-set: the database's own clock, and an UPDATE that gives back its rows."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Func, Model, QuerySet, Value
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.sql.subqueries import UpdateQuery

ModelT = TypeVar("ModelT", bound=Model)


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
        template = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW'{zone})"
        return self.as_sql(compiler, connection, template=template, **context)


def from_now(delay: timedelta) -> CombinedExpression:
    """Return the database's time `delay` from now."""
    return CombinedExpression(DatabaseNow(), Combinable.ADD, Value(delay), output_field=DateTimeField())


def answers(connection: BaseDatabaseWrapper) -> bool:
    """Tell, after an error, whether the server is there and refused, or is away."""
    # `is_usable()` may take for granted that there is a connection.
    return connection.connection is not None and connection.is_usable()


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


def can_return_updated_rows(connection: BaseDatabaseWrapper) -> bool:
    # MariaDB returns rows from INSERT and DELETE only, MySQL from nothing.
    return connection.vendor in {"postgresql", "sqlite"} and connection.features.can_return_columns_from_insert


def update_returning(queryset: QuerySet[ModelT], **values: Any) -> list[ModelT]:
    """Update the rows of a queryset over one table and return them as they are after it.

    One statement where the database has `UPDATE … RETURNING`; a locked read, the update and a read elsewhere.
    """
    connection = connections[queryset.db]
    if can_return_updated_rows(connection):
        return _update_returning(queryset, connection, values)
    rows = queryset.model._default_manager.using(queryset.db)
    with transaction.atomic(using=queryset.db):
        keys = list(queryset.select_for_update().values_list("pk", flat=True))
        if not keys:
            return []
        rows.filter(pk__in=keys).update(**values)
        return list(rows.filter(pk__in=keys))


def _update_returning(
    queryset: QuerySet[ModelT], connection: BaseDatabaseWrapper, values: dict[str, Any]
) -> list[ModelT]:
    model = queryset.model
    query: UpdateQuery = queryset.query.chain(UpdateQuery)  # type: ignore[assignment]  # the stubs forget the class
    query.add_update_values(values)
    compiler = query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        # The condition can match nothing, as one of an empty list.
        return []
    fields = model._meta.concrete_fields
    columns = [field.get_col(model._meta.db_table) for field in fields]
    returning = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with transaction.mark_for_rollback_on_error(using=queryset.db), connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {returning}", params)
        rows = cursor.fetchall()
    names = [field.attname for field in fields]
    converted = compiler.apply_converters(rows, compiler.get_converters(columns))
    return [model.from_db(queryset.db, names, list(row)) for row in converted]
