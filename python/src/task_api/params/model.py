"""A row of a Django model."""

from collections.abc import Callable
from typing import Any, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from task_api.params.base import ParameterOptions, TypedParameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.storable import ensure_sound

Rows = type[models.Model] | models.Manager[Any] | models.QuerySet[Any]


class ModelParameter(TypedParameter):
    """Take the primary key of a row, and give its model instance.

    A row which is not in the queryset, though it may exist, is refused just as one that does not exist. Nothing is
    read from the database, or from the app registry, where the parameter is defined.

    Args:
        queryset: The rows that may be chosen: a queryset, a manager, a model, or a callable that returns one of these.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self, queryset: Rows | Callable[[], Rows], required: bool = True, **options: Unpack[ParameterOptions]
    ) -> None:
        if not (_are_rows(queryset) or callable(queryset)):
            raise TypeError(
                f"{excerpt(queryset)} gives no rows; a ModelParameter takes a queryset, a manager, a model, or a"
                " callable that returns one of these."
            )
        if isinstance(queryset, models.QuerySet) and queryset.query.is_sliced:
            raise ValueError("A ModelParameter cannot look for a row in a sliced queryset; filter it instead.")
        self.queryset: Any = queryset
        super().__init__(required, **options)

    def json_schema(self) -> dict[str, Any]:
        return self.describe(primary_key_schema(self._rows().model))

    def get_default(self) -> Any:
        # A copied row would be another object with the same key, and a copied queryset would be read.
        return self.default() if callable(self.default) else self.default

    def _convert(self, value: Any) -> Any:
        rows = self._rows()
        if isinstance(value, rows.model):
            if value.pk is None:
                raise ParameterNotValidError(f"This {rows.model._meta.verbose_name} is not saved, so it has no key.")
            if isinstance(value.pk, tuple):
                raise ParameterNotValidError(f"This {rows.model._meta.verbose_name} has more than one key column.")
            return value
        row = _find(rows, value)
        if row is None:
            raise ParameterNotValidError(f"There is no {rows.model._meta.verbose_name} {excerpt(value)} to choose.")
        return row

    def _render(self, value: models.Model) -> Any:
        return value.pk if isinstance(value.pk, (int, str)) else str(value.pk)

    def _rows(self) -> Any:
        rows = self.queryset if _are_rows(self.queryset) else self.queryset()
        return getattr(rows, "_default_manager", rows)

    def _check_default(self) -> None:
        """Leave the default to the first use, for to look for it now would be a query at import."""

    def _default_json(self) -> Any:
        return self._render(self.default) if isinstance(self.default, models.Model) else self.default


def primary_key_schema(model: type[models.Model]) -> dict[str, Any]:
    """Return the JSON Schema of the model's primary key, as JSON holds it."""
    field: Any = model._meta.pk
    while field.remote_field is not None:
        field = field.target_field
    if isinstance(field, models.IntegerField):
        return {"type": "integer"}
    return {"type": "string", "format": "uuid"} if isinstance(field, models.UUIDField) else {"type": "string"}


def _are_rows(rows: object) -> bool:
    return isinstance(rows, (models.QuerySet, models.Manager)) or (
        isinstance(rows, type) and issubclass(rows, models.Model)
    )


def _find(rows: Any, key: Any) -> models.Model | None:
    ensure_sound(key)
    # To Python true is 1, and Django would cut 1.5 down to it.
    if isinstance(key, bool) or not isinstance(key, (int, str, UUID)):
        return None
    try:
        # Not `get()`: a queryset that joins may have the row twice.
        row: models.Model | None = rows.filter(pk=key).first()
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    return row
