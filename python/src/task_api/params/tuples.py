"""A list of a fixed length, each place with a type of its own."""

from collections.abc import Callable, Sequence
from typing import Any, Unpack

from task_api.params.base import Parameter, ParameterOptions, TypedParameter
from task_api.params.drf import Convertible, as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.items import convert_items


class TupleParameter(TypedParameter):
    """Take a list with one item for each of the given parameters, and give a tuple.

    Args:
        items: The parameters, in order: a `Parameter`, or a REST framework serializer or field, for each place.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self, items: Sequence[Convertible], required: bool = True, **options: Unpack[ParameterOptions]
    ) -> None:
        self.items = parameters_of(items)
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        return None if value is None and self.allow_null else self._each(lambda item: item._encode, value)

    def json_schema(self) -> dict[str, Any]:
        return self._schema_of([item.json_schema() for item in self.items])

    def output_schema(self) -> dict[str, Any]:
        return self._schema_of([item.output_schema() for item in self.items])

    def _schema_of(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        size = len(items)
        prefix = {"prefixItems": items} if items else {}
        return self.describe({"type": "array", **prefix, "minItems": size, "maxItems": size})

    def _convert(self, value: Any) -> tuple[Any, ...]:
        return tuple(self._each(lambda item: item.load, value))

    def _each(self, converter: Callable[[Any], Callable[[Any], Any]], value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise ParameterNotValidError(f"{excerpt(value)} is not a list.")
        if len(value) != len(self.items):
            raise ParameterNotValidError(f"The list has {len(value)} items; exactly {len(self.items)} are needed.")
        return convert_items(zip(map(converter, self.items), value, strict=True))


def parameters_of(given: Any) -> list[Parameter]:
    """Return the parameters that a list of them, or of REST framework's serializers or fields, makes.

    Raises:
        TypeError: If it is no list, or something in it makes no parameter.
    """
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"{excerpt(given)} is not a list of parameters.")
    return [as_parameter(obj) for obj in given]
