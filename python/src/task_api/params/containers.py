"""Lists, objects of known fields, and whatever else is a dict or a list."""

import json
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Unpack

from task_api.params.base import Parameter, ParameterOptions, TypedParameter
from task_api.params.bounds import refuse_sizes
from task_api.params.drf import Convertible, as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.items import MAX_ERRORS, as_items, convert_items
from task_api.params.mappings import key_excerpt

COLLECTIONS = (list, tuple, set, frozenset)
SETS = (set, frozenset)


class ListParameter(TypedParameter):
    """Take a list whose items another parameter converts. A single value becomes a list of one; null does not.

    Args:
        param_type: The parameter of the items: a `Parameter`, or a REST framework serializer or field.
        required: See `Parameter`.
        min_items: The fewest items allowed.
        max_items: The most items allowed.
        collection: What `run()` gets the items in: `list`, `tuple`, `set` or `frozenset`. A set has each item once,
            and goes to the caller in a fixed order.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        param_type: Convertible,
        required: bool = True,
        *,
        min_items: int | None = None,
        max_items: int | None = None,
        collection: type[list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any]] = list,
        **options: Unpack[ParameterOptions],
    ) -> None:
        refuse_sizes(self, ("min_items", min_items), ("max_items", max_items))
        if collection not in COLLECTIONS:
            allowed = ", ".join(kind.__name__ for kind in COLLECTIONS)
            raise TypeError(f"ListParameter has collection={excerpt(collection)}; it must be one of {allowed}.")
        self.collection = collection
        self.param_type = as_parameter(param_type)
        self.min_items = min_items
        self.max_items = max_items
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        if value is None and self.allow_null:
            return None
        items = self._each(self.param_type._encode, value)
        return _sorted(items) if self.collection in SETS else items

    def json_schema(self) -> dict[str, Any]:
        return self._schema_of(self.param_type.json_schema())

    def output_schema(self) -> dict[str, Any]:
        return self._schema_of(self.param_type.output_schema())

    def _schema_of(self, items: dict[str, Any]) -> dict[str, Any]:
        extra = {"minItems": self.min_items, "maxItems": self.max_items, "uniqueItems": self.collection in SETS or None}
        known = {key: value for key, value in extra.items() if value is not None}
        return self.describe({"type": "array", "items": items, **known})

    def _convert(self, value: Any) -> Any:
        items = self._each(self.param_type.load, value)
        try:
            return self.collection(items)
        except TypeError:
            raise ParameterNotValidError("A list or an object cannot be an item of a set.") from None

    def _each(self, convert: Callable[[Any], Any], value: Any) -> list[Any]:
        items = value if self.collection in SETS and isinstance(value, SETS) else as_items(value)
        self._refuse_size(len(items))
        return convert_items((convert, item) for item in items)

    def _check(self, value: Any) -> None:
        if self.collection in SETS:
            self._refuse_size(len(value))

    def _refuse_size(self, size: int) -> None:
        if self.min_items is not None and size < self.min_items:
            raise ParameterNotValidError(f"The list has {size} items; at least {self.min_items} are needed.")
        if self.max_items is not None and size > self.max_items:
            raise ParameterNotValidError(f"The list has {size} items; at most {self.max_items} are allowed.")


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
        properties = {name: field.json_schema() for name, field in self.fields.items()}
        return self.describe(object_schema(properties, [name for name, field in self.fields.items() if field.required]))

    def output_schema(self) -> dict[str, Any]:
        properties = {name: field.output_schema() for name, field in self.fields.items()}
        # A default is filled in, so that an output always has the field.
        sure = [name for name, field in self.fields.items() if field.required or field.has_default]
        return self.describe(object_schema(properties, sure))

    def _convert(self, value: Any) -> dict[str, Any]:
        return self._each(Parameter.load, value)

    def _each(self, convert: Callable[[Parameter, Any], Any], value: Any) -> dict[str, Any]:
        return self._each_of(self.fields, convert, value)

    def _each_of(
        self, fields: Mapping[str, Parameter], convert: Callable[[Parameter, Any], Any], value: Any
    ) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ParameterNotValidError(f"{excerpt(value)} is not an object.")
        errors: dict[str, Any] = _unknown(value, fields)
        converted = {}
        for name, field in fields.items():
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


def _unknown(value: Mapping[Any, Any], fields: Mapping[str, Parameter]) -> dict[str, Any]:
    unknown = (name for name in value if name not in fields)
    known = ", ".join(fields) or "none"
    return {
        key_excerpt(name): [f"This field is not known; the known ones are: {known}."]
        for name in islice(unknown, MAX_ERRORS)
    }


def _sorted(items: list[Any]) -> list[Any]:
    # The order of a set of texts is another one in each process.
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=json.dumps)


def object_schema(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these properties and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
