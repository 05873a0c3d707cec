"""The base of every parameter, and what the task layer calls on it."""

import copy
import enum
import logging
from typing import Any, Final, TypedDict

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.functional import Promise
from rest_framework.exceptions import ValidationError as RestValidationError

from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.storable import ensure_sound, ensure_storable

logger = logging.getLogger(__name__)


class Unset(enum.Enum):
    """Stand for an argument that was not given, where None is a value."""

    UNSET = enum.auto()

    def __repr__(self) -> str:
        return "<unset>"


UNSET: Final = Unset.UNSET

# A refusal, not a server's error: what validators raise, and what a conversion written for the expected type raises
# when a caller sends another.
REFUSALS = (
    DjangoValidationError,
    RestValidationError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
    ObjectDoesNotExist,
)


class ParameterOptions(TypedDict, total=False):
    """The keyword arguments that every parameter takes besides `required`."""

    default: Any
    help_text: str | Promise
    allow_null: bool


class Parameter:
    """Convert one input or output between JSON and Python. This one takes any JSON value as it is.

    A parameter of your own overrides `to_python` and `to_json`, and `json_schema` where the base's does not fit.
    A subclass which takes a default sets its own attributes before it calls `super().__init__()`, where the default
    is checked.

    Args:
        required: Whether a caller must give the value. A parameter with a default is never required.
        default: The value where none is given: a value, copied for each use, or a callable that returns it.
        help_text: What the value is, for the schema.
        allow_null: Whether null is a value. A default of None allows it too. An optional parameter does not take
            null by that: leaving a value out is one thing, sending null another.
    """

    def __init__(
        self,
        required: bool = True,
        *,
        default: Any = UNSET,
        help_text: str | Promise = "",
        allow_null: bool = False,
    ) -> None:
        self.default = default
        self.help_text = help_text
        self.allow_null = allow_null or default is None
        self.required = required and not self.has_default
        if self.has_default and not callable(default):
            self._check_default()

    def to_python(self, value: Any) -> Any:
        """Convert a JSON value, or a value that is the Python object already, to the Python object.

        Raises:
            ParameterNotValidError: If the value is not valid.
        """
        return value

    def to_json(self, value: Any) -> Any:
        """Convert a Python object to its JSON value.

        Raises:
            ParameterNotValidError: If the object is not valid.
        """
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of an input: what callers should send. More may be taken and converted."""
        return self.describe({})

    def output_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of an output: what `to_json` gives; that of an input unless overridden."""
        return self.json_schema()

    def clean(self, value: Any) -> Any:
        """Return the JSON to store for an input, given as JSON or as the Python object.

        Raises:
            ParameterNotValidError: If the value is not valid, whatever it is.
        """
        ensure_sound(value)
        converted = self.load(value)
        if type(self).to_json is Parameter.to_json:
            # A conversion of one's own without a way back: the value is stored as it came, and converted again later.
            ensure_storable(value)
            return value
        return self.dump(converted)

    def load(self, value: Any) -> Any:
        """Return the Python object of a stored JSON value: `to_python`, with null and foreign errors seen to.

        Raises:
            ParameterNotValidError: If the value is not valid.
        """
        if value is None and self.allow_null:
            return None
        try:
            return self.to_python(value)
        except ParameterNotValidError:
            raise
        except REFUSALS as exc:
            raise refusal(exc, value) from exc

    def dump(self, value: Any) -> Any:
        """Return the JSON to store for an output: `to_json`, with null and foreign errors seen to.

        Raises:
            ParameterNotValidError: If the value is not valid, or its JSON cannot be stored.
        """
        stored = self._encode(value)
        ensure_storable(stored)
        return stored

    @property
    def has_default(self) -> bool:
        return self.default is not UNSET

    def get_default(self) -> Any:
        """Return the default as it was given; a callable's result, or a copy of a value."""
        return self.default() if callable(self.default) else copy.deepcopy(self.default)

    def replaced(self, *, default: Any = UNSET, allow_null: bool = False, help_text: str = "") -> "Parameter":
        """Return a copy with another default or description, or one for which null is a value, too.

        Raises:
            ValueError: If the default is not valid.
        """
        copied = copy.copy(self)
        if default is not UNSET:
            copied.default = default
            copied.required = False
        copied.allow_null = self.allow_null or allow_null or default is None
        copied.help_text = help_text or self.help_text
        if default is not UNSET and not callable(default):
            copied._check_default()
        return copied

    def describe(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a type with what every parameter adds to it: null, description, default."""
        schema = nullable(schema) if self.allow_null else dict(schema)
        if self.help_text:
            schema["description"] = str(self.help_text)
        if self.has_default and not callable(self.default):
            schema["default"] = self._default_json()
        return schema

    def _encode(self, value: Any) -> Any:
        # Apart from `dump`, so that a container checks once, not once a level, that its JSON can be stored.
        if value is None and self.allow_null:
            return None
        try:
            return self.to_json(value)
        except ParameterNotValidError:
            raise
        except REFUSALS as exc:
            raise refusal(exc, value) from exc

    def _check_default(self) -> None:
        try:
            self.clean(self.default)
        except ParameterNotValidError as exc:
            raise ValueError(f"The default of a {type(self).__name__} is not valid. {exc}") from exc

    def _default_json(self) -> Any:
        return self.clean(self.default)


class TypedParameter(Parameter):
    """Take the values of one type, in four steps that a built-in type fills in as it needs."""

    def to_python(self, value: Any) -> Any:
        return None if value is None and self.allow_null else self._parse(value)

    def to_json(self, value: Any) -> Any:
        # Not through `to_python`: a subclass may give objects there which this type does not know.
        return None if value is None and self.allow_null else self._render(self._parse(value))

    def _parse(self, value: Any) -> Any:
        parsed = self._convert(value)
        self._check(parsed)
        return parsed

    def _convert(self, value: Any) -> Any:
        """Convert a JSON value or a Python object to the type, or raise."""
        raise NotImplementedError

    def _check(self, value: Any) -> None:
        """Raise if a value of the type is out of bounds."""

    def _render(self, value: Any) -> Any:
        """Return the JSON of a value of the type."""
        return value


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that allows null and what `schema` allows."""
    if not schema:
        return {}
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return schema
    if isinstance(schema.get("type"), list):
        return {**schema, "type": [*schema["type"], "null"]}
    if schema.keys() == {"anyOf"}:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    return {"anyOf": [schema, {"type": "null"}]}


def refusal(exc: Exception, value: object) -> ParameterNotValidError:
    """Return the error that says what `exc`, one of `REFUSALS`, has against `value`."""
    if isinstance(exc, DjangoValidationError):
        return ParameterNotValidError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
    if isinstance(exc, RestValidationError):
        return ParameterNotValidError(exc.detail)
    logger.warning("A parameter's conversion failed; the value was refused.", exc_info=exc)
    return ParameterNotValidError(f"{excerpt(value)} is not valid.")
