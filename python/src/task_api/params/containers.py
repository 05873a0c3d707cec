"""Lists, objects of known fields, and whatever else is a dict or a list."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Unpack

from task_api.params.base import Parameter, ParameterOptions, TypedParameter
from task_api.params.bounds import refuse_sizes
from task_api.params.drf import Convertible, as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt

MAX_ERRORS = 10


class ListParameter(TypedParameter):
    """Take a list whose items another parameter converts. A single value becomes a list of one; null does not.

    Args:
        param_type: The parameter of the items: a `Parameter`, or a REST framework serializer or field.
        required: See `Parameter`.
        min_items: The fewest items allowed.
        max_items: The most items allowed.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        param_type: Convertible,
        required: bool = True,
        *,
        min_items: int | None = None,
        max_items: int | None = None,
        **options: Unpack[ParameterOptions],
    ) -> None:
        refuse_sizes(self, ("min_items", min_items), ("max_items", max_items))
        self.param_type = as_parameter(param_type)
        self.min_items = min_items
        self.max_items = max_items
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        return None if value is None and self.allow_null else self._each(self.param_type._encode, value)

    def json_schema(self) -> dict[str, Any]:
        sizes = {"minItems": self.min_items, "maxItems": self.max_items}
        return self.describe(
            {
                "type": "array",
                "items": self.param_type.json_schema(),
                **{key: size for key, size in sizes.items() if size is not None},
            }
        )

    def _convert(self, value: Any) -> list[Any]:
        return self._each(self.param_type.load, value)

    def _each(self, convert: Callable[[Any], Any], value: Any) -> list[Any]:
        items = self._items(value)
        converted = []
        errors: list[str] = []
        for index, item in enumerate(items):
            try:
                converted.append(convert(item))
            except ParameterNotValidError as exc:
                errors += [f"Item {index}: {message}" for message in exc.messages]
                # A list of a million bad items is answered by the first few of them.
                if len(errors) >= MAX_ERRORS:
                    break
        if errors:
            raise ParameterNotValidError(errors[:MAX_ERRORS])
        return converted

    def _items(self, value: Any) -> list[Any] | tuple[Any, ...]:
        if value is None or (isinstance(value, Iterable) and not isinstance(value, (list, tuple, str, Mapping))):
            raise ParameterNotValidError(f"{excerpt(value)} is not a list.")
        items = value if isinstance(value, (list, tuple)) else [value]
        size = len(items)
        if self.min_items is not None and size < self.min_items:
            raise ParameterNotValidError(f"The list has {size} items; at least {self.min_items} are needed.")
        if self.max_items is not None and size > self.max_items:
            raise ParameterNotValidError(f"The list has {size} items; at most {self.max_items} are allowed.")
        return items


class DictParameter(TypedParameter):
    """Take any JSON object, or a JSON list, as it is."""

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": ["object", "array"]})

    def _convert(self, value: Any) -> dict[str, Any] | list[Any]:
        if isinstance(value, (dict, list)):
            return value
        raise ParameterNotValidError(f"{excerpt(value)} is not an object or a list.")


class ObjectParameter(TypedParameter):
    """Take an object of the given fields and no others, and give a dict of their values.

    An optional field that is left out stays out, unless it has a default.

    Args:
        fields: The parameter of each field, by name: a `Parameter`, or a REST framework serializer or field.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self, fields: Mapping[str, Convertible], required: bool = True, **options: Unpack[ParameterOptions]
    ) -> None:
        if not isinstance(fields, Mapping):
            raise TypeError(f"{excerpt(fields)} is not a set of fields; give a dict of a parameter for each name.")
        self.fields = {name: as_parameter(field) for name, field in fields.items()}
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        return None if value is None and self.allow_null else self._each(Parameter._encode, value)

    def json_schema(self) -> dict[str, Any]:
        return self.describe(
            {
                "type": "object",
                "properties": {name: field.json_schema() for name, field in self.fields.items()},
                "required": [name for name, field in self.fields.items() if field.required],
                "additionalProperties": False,
            }
        )

    def _convert(self, value: Any) -> dict[str, Any]:
        return self._each(Parameter.load, value)

    def _each(self, convert: Callable[[Parameter, Any], Any], value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ParameterNotValidError(f"{excerpt(value)} is not an object.")
        errors: dict[str, Any] = self._unknown(value)
        converted = {}
        for name, field in self.fields.items():
            try:
                if name in value:
                    converted[name] = convert(field, value[name])
                elif field.has_default:
                    converted[name] = convert(field, field.get_default())
                elif field.required:
                    raise ParameterNotValidError("This field is required.")
            except ParameterNotValidError as exc:
                errors[name] = exc.detail
        if errors:
            raise ParameterNotValidError(errors)
        return converted

    def _unknown(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        unknown = (name for name in value if name not in self.fields)
        known = ", ".join(self.fields) or "none"
        return {
            _key(name): [f"This field is not known; the known ones are: {known}."]
            for name in islice(unknown, MAX_ERRORS)
        }


def _key(name: object) -> str:
    return name if isinstance(name, str) and len(name) <= 80 else excerpt(name)
