"""Objects with any keys, whose values are of one type."""

from collections.abc import Callable, Mapping
from typing import Any, Unpack

from task_api.params.base import Parameter, ParameterOptions, TypedParameter
from task_api.params.drf import Convertible, as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.items import MAX_ERRORS

INTEGER_KEY = "^-?[0-9]+$"


class MappingParameter(TypedParameter):
    """Take an object whose values another parameter converts, and give a dict.

    Args:
        param_type: The parameter of the values: a `Parameter`, or a REST framework serializer or field.
        required: See `Parameter`.
        key_type: The parameter of the keys, whose JSON is text or a whole number; any text if None. Keys are text in
            JSON, so that the key 6 is sent as ``"6"``.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        param_type: Convertible,
        required: bool = True,
        *,
        key_type: Convertible | None = None,
        **options: Unpack[ParameterOptions],
    ) -> None:
        self.param_type = as_parameter(param_type)
        self.key_type = None if key_type is None else as_parameter(key_type)
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        if value is None and self.allow_null:
            return None
        return self._each(self._encode_key, self.param_type._encode, value)

    def json_schema(self) -> dict[str, Any]:
        return self._schema_of(self.param_type.json_schema())

    def output_schema(self) -> dict[str, Any]:
        return self._schema_of(self.param_type.output_schema())

    def _schema_of(self, values: dict[str, Any]) -> dict[str, Any]:
        keys = {"propertyNames": _key_schema(self.key_type)} if self.key_type else {}
        return self.describe({"type": "object", **keys, "additionalProperties": values})

    def _convert(self, value: Any) -> dict[Any, Any]:
        return self._each(self._load_key, self.param_type.load, value)

    def _load_key(self, key: Any) -> Any:
        if self.key_type:
            return self.key_type.load(key)
        if isinstance(key, str):
            return key
        raise ParameterNotValidError("A key must be text.")

    def _encode_key(self, key: Any) -> str:
        encoded = self.key_type._encode(key) if self.key_type else key
        if isinstance(encoded, str):
            return encoded
        if isinstance(encoded, int) and not isinstance(encoded, bool):
            return str(encoded)
        raise ParameterNotValidError("A key must be text or a whole number.")

    def _each(self, key: Callable[[Any], Any], item: Callable[[Any], Any], value: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise ParameterNotValidError(f"{excerpt(value)} is not an object.")
        converted = {}
        errors: dict[str, Any] = {}
        for name, content in value.items():
            try:
                converted[key(name)] = item(content)
            except ParameterNotValidError as exc:
                errors[key_excerpt(name)] = exc.detail
                # An object of a million bad values is answered by the first few of them.
                if len(errors) >= MAX_ERRORS:
                    break
        if errors:
            raise ParameterNotValidError(errors)
        return converted


def key_excerpt(key: object) -> str:
    """Return the key to name in an error: itself, unless it is long or no text."""
    return key if isinstance(key, str) and len(key) <= 80 else excerpt(key)


def _key_schema(parameter: Parameter) -> dict[str, Any]:
    schema = parameter.output_schema()
    if schema.get("type") != "integer":
        return schema
    return {"enum": list(map(str, schema["enum"]))} if "enum" in schema else {"pattern": INTEGER_KEY}
