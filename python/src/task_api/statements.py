"""An UPDATE that gives back its rows, which the ORM lacks, and the same one compiled once for all.

To compile such an UPDATE takes the ORM a millisecond, more than all the rest of a short task, and gives the same SQL
each time. `compiled_update` keeps it; the ORM still writes it, for every database and version of Django.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.signals import setting_changed
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet, Value
from django.db.models.sql.subqueries import UpdateQuery

ModelT = TypeVar("ModelT", bound=Model)


def can_return_updated_rows(connection: BaseDatabaseWrapper) -> bool:
    # MariaDB returns rows from INSERT and DELETE only, MySQL from nothing.
    return connection.vendor in {"postgresql", "sqlite"} and connection.features.can_return_columns_from_insert


def update_returning(queryset: QuerySet[ModelT], **values: Any) -> list[ModelT]:
    """Update the rows of a queryset over one table and return them as they are after it.

    One statement where the database has `UPDATE … RETURNING`; a locked read, the update and a read elsewhere.
    """
    connection = connections[queryset.db]
    if can_return_updated_rows(connection):
        statement = _compile(queryset, connection, values)
        return [] if statement is None else statement.execute(connection, {})
    rows = queryset.model._default_manager.using(queryset.db)
    with transaction.atomic(using=queryset.db):
        keys = list(queryset.select_for_update().values_list("pk", flat=True))
        if not keys:
            return []
        rows.filter(pk__in=keys).update(**values)
        return list(rows.filter(pk__in=keys))


class Slot(Expression):
    """Stands in a query for a value that each execution brings."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        return "%s", [self]

    def fill(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_save(values[self.name], connection)


@dataclass(frozen=True, slots=True)
class _Statement(Generic[ModelT]):
    model: type[ModelT]
    query: UpdateQuery
    sql: str
    params: tuple[Any, ...]
    names: list[str]
    converters: Any

    def execute(self, connection: BaseDatabaseWrapper, values: dict[str, Any]) -> list[ModelT]:
        params = [param.fill(values, connection) if isinstance(param, Slot) else param for param in self.params]
        with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows: Iterable[Sequence[Any]] = cursor.fetchall()
        if self.converters:
            # A compiler belongs to a connection, and that to a thread.
            rows = self.query.get_compiler(connection=connection).apply_converters(rows, self.converters)
        return [self.model.from_db(connection.alias, self.names, list(row)) for row in rows]


def _compile(
    queryset: QuerySet[ModelT], connection: BaseDatabaseWrapper, values: dict[str, Any]
) -> _Statement[ModelT] | None:
    """Return the UPDATE … RETURNING of a queryset, None if its condition can match nothing, as of an empty list."""
    model = queryset.model
    query: UpdateQuery = queryset.query.chain(UpdateQuery)  # type: ignore[assignment]  # the stubs forget the class
    query.add_update_values(values)
    compiler = query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    fields = model._meta.concrete_fields
    returning = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    converters = compiler.get_converters([field.get_col(model._meta.db_table) for field in fields])
    names = [field.attname for field in fields]
    return _Statement(model, query, f"{sql} RETURNING {returning}", tuple(params), names, converters)


# Gives the expression of a value by its name, which is of the model's field of that name or of a given one.
Slots = Callable[..., Any]
Build = Callable[..., tuple[QuerySet[Any], dict[str, Any]]]


class CompiledUpdate(Generic[ModelT]):
    """An `update_returning` whose SQL is kept; what differs from one execution to the next stands in it as slots."""

    def __init__(self, model: type[ModelT], build: Build) -> None:
        self._model = model
        self._build = build
        self._statements: dict[Hashable, _Statement[ModelT] | None] = {}
        setting_changed.connect(self._forget)

    def _forget(self, **kwargs: Any) -> None:
        # The text depends on time zones, and the databases may be others.
        self._statements = {}

    def execute(self, using: str, *shape: Hashable, **values: Any) -> list[ModelT]:
        """Update rows and return them.

        Args:
            using: The alias of the database.
            shape: What the text of the statement depends on.
            values: What its slots are filled with, by name.
        """
        connection = connections[using]
        if not can_return_updated_rows(connection):
            queryset, columns = self._build(
                lambda name, field=None: Value(values[name], self._field(name, field)), *shape
            )
            return update_returning(queryset.using(using), **columns)
        # Another thread may forget them meanwhile.
        key, statements = (using, shape), self._statements
        if key not in statements:
            queryset, columns = self._build(lambda name, field=None: Slot(name, self._field(name, field)), *shape)
            statements[key] = _compile(queryset, connection, columns)
        statement = statements[key]
        return [] if statement is None else statement.execute(connection, values)

    def _field(self, name: str, field: "Field[Any, Any] | None") -> "Field[Any, Any]":
        return self._model._meta.get_field(name) if field is None else field  # type: ignore[return-value]


def compiled_update(model: type[ModelT]) -> Callable[[Build], CompiledUpdate[ModelT]]:
    """Keep the SQL of the update that the decorated function describes.

    The function gets `slot(name, field=None)`, which gives the expression of a slot for values of a field, that of the
    model with the same name if left out, and then the shape. It returns a queryset and the columns' new values.
    """
    return partial(CompiledUpdate, model)
