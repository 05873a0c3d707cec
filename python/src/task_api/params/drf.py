"""Django REST framework's serializers and fields as parameters."""

import copy
from typing import Any

from rest_framework.fields import Field, empty

from task_api.params.base import REFUSALS, UNSET, Parameter, nullable, refusal
from task_api.params.drf_schema import field_schema
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.primitive import primitive
from task_api.params.storable import ensure_sound, ensure_storable

AnyField = Field[Any, Any, Any, Any]
Convertible = Parameter | AnyField | type[AnyField]


def as_parameter(obj: object) -> Parameter:
    """Return the parameter that `obj` is, or that a REST framework serializer or field, class or instance, makes.

    Raises:
        TypeError: If `obj` is nothing of the kind.
    """
    if isinstance(obj, Parameter):
        return obj
    if isinstance(obj, Field):
        return FieldParameter(obj)
    if isinstance(obj, type) and issubclass(obj, Field):
        try:
            return FieldParameter(obj())
        except (TypeError, AssertionError) as exc:
            raise TypeError(f"{obj.__name__} cannot be made without arguments; give an instance. {exc}") from exc
    if isinstance(obj, type) and issubclass(obj, Parameter):
        raise TypeError(f"{obj.__name__} is a class; a parameter is an instance, such as {obj.__name__}().")
    raise TypeError(f"{excerpt(obj)} is not a parameter; give a Parameter, or a REST framework serializer or field.")


class FieldParameter(Parameter):
    """Validate an input as a serializer or field does, and write an output as it represents it.

    An input is stored as it came, once it is valid; each run validates it again, so `to_python` gives what
    `validated_data` would hold. There is no request, so a serializer that needs one cannot be a parameter.

    Args:
        field: The serializer or field; `required`, `default`, `help_text` and `allow_null` are its own.
    """

    def __init__(self, field: AnyField) -> None:
        self.field = field
        if getattr(field.default, "requires_context", False):
            raise TypeError(f"{type(field).__name__} has a default that needs a request, and a task has none.")
        super().__init__(
            field.required,
            default=UNSET if field.default is empty else field.default,
            help_text=field.help_text or "",
            allow_null=field.allow_null,
        )

    def to_python(self, value: Any) -> Any:
        if self.field.read_only:
            raise ParameterNotValidError("A read-only field cannot be an input.")
        try:
            # Some fields keep what they validate, and parameters are shared between threads.
            validated = copy.deepcopy(self.field).run_validation(primitive(value))
            # REST framework's own check for infinite floats is younger than the oldest release supported.
            ensure_sound(validated)
        except ParameterNotValidError:
            raise
        except REFUSALS as exc:
            raise refusal(exc, value) from exc
        return validated

    def to_json(self, value: Any) -> Any:
        return primitive(copy.deepcopy(self.field).to_representation(value))

    def clean(self, value: Any) -> Any:
        ensure_sound(value)
        try:
            stored = primitive(value)
        except REFUSALS as exc:
            raise refusal(exc, value) from exc
        ensure_storable(stored)
        self.load(stored)
        return stored

    def json_schema(self) -> dict[str, Any]:
        return self._with_own(field_schema(self.field, output=False))

    def output_schema(self) -> dict[str, Any]:
        return self._with_own(field_schema(self.field, output=True))

    def _with_own(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the field's schema with what was replaced in this parameter."""
        if self.allow_null and not self.field.allow_null:
            schema = nullable(schema)
        if self.help_text:
            schema["description"] = str(self.help_text)
        if self.field.default is empty and self.has_default and not callable(self.default):
            schema["default"] = primitive(self.default)
        return schema

    def _check_default(self) -> None:
        """Leave the default alone, as REST framework does; to validate it may take a query."""
