"""Instances of a dataclass."""

import dataclasses
from collections.abc import Mapping
from inspect import signature
from typing import Any, Unpack

from task_api.params.base import REFUSALS, Parameter, ParameterOptions, refusal
from task_api.params.containers import ObjectParameter, object_schema
from task_api.params.drf import Convertible, as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt


class DataclassParameter(ObjectParameter):
    """Take an object of a dataclass's fields, and give an instance; as an output, take an instance.

    Its `__post_init__()` may raise a `ParameterNotValidError`, or Django's or REST framework's, for the caller to read.
    Fields that the dataclass's `__init__` does not take are in outputs only; as part of an input they are ignored.

    Args:
        dataclass: The class.
        fields: The parameter of each field of the dataclass, by name; those with a default are optional.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        dataclass: Any,
        fields: Mapping[str, Convertible],
        required: bool = True,
        **options: Unpack[ParameterOptions],
    ) -> None:
        if not (isinstance(dataclass, type) and dataclasses.is_dataclass(dataclass)):
            raise TypeError(f"{excerpt(dataclass)} is no dataclass.")
        own = {field.name: field for field in dataclasses.fields(dataclass)}
        if set(fields) != set(own):
            raise ValueError(
                f"{dataclass.__name__} has the fields {', '.join(own)}; give a parameter for each of them."
            )
        strangers = [name for name in signature(dataclass).parameters if name not in own]
        if strangers:
            raise TypeError(f"Its __init__() takes {strangers[0]!r}, which is no field.")
        self.dataclass = dataclass
        self.output_fields = {name: as_parameter(fields[name]) for name in own}
        taken = {name: _with_default(self.output_fields[name], field) for name, field in own.items() if field.init}
        super().__init__(taken, required, **options)

    def to_json(self, value: Any) -> Any:
        if value is None and self.allow_null:
            return None
        instance = self._instance(value)
        values = {name: getattr(instance, name) for name in self.output_fields}
        return self._each_of(self.output_fields, Parameter._encode, values)

    def output_schema(self) -> dict[str, Any]:
        properties = {name: field.output_schema() for name, field in self.output_fields.items()}
        return self.describe(object_schema(properties, list(properties)))

    def _convert(self, value: Any) -> Any:
        if isinstance(value, self.dataclass):
            self._each_of(self.fields, Parameter.load, {name: getattr(value, name) for name in self.fields})
        return self._instance(value)

    def _instance(self, value: Any) -> Any:
        if isinstance(value, self.dataclass):
            return value
        if isinstance(value, Mapping):
            computed = self.output_fields.keys() - self.fields.keys()
            value = {name: item for name, item in value.items() if name not in computed}
        values = super()._convert(value)
        try:
            return self.dataclass(**values)
        except ParameterNotValidError:
            raise
        except REFUSALS as exc:
            raise refusal(exc, value) from exc


def _with_default(parameter: Parameter, field: dataclasses.Field[Any]) -> Parameter:
    if field.default is not dataclasses.MISSING:
        return parameter.replaced(default=field.default)
    if field.default_factory is not dataclasses.MISSING:
        return parameter.replaced(default=field.default_factory)
    return parameter
