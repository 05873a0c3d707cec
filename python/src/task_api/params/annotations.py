"""The parameter that a type annotation stands for."""

import copy
import dataclasses
import datetime
import decimal
import enum
import types
import typing
import uuid
from collections import abc
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import models
from rest_framework.fields import Field

from task_api.params import drf, hints, scalars, temporal, text
from task_api.params.base import Parameter
from task_api.params.choice import ChoiceParameter
from task_api.params.containers import ListParameter, ObjectParameter
from task_api.params.dataclass import DataclassParameter
from task_api.params.mappings import MappingParameter
from task_api.params.tuples import TupleParameter
from task_api.params.unions import UnionParameter

ALLOWED = (
    "str, int, float, bool, Decimal, date, datetime, time, timedelta, UUID, Any, Literal, an Enum, a TypedDict, a "
    "dataclass, a list, tuple, set or dict of these, a union of these or with None, and Annotated[a type, a parameter]"
)
SCALARS: dict[Any, Callable[[], Parameter]] = {
    Any: partial(Parameter, allow_null=True),
    object: partial(Parameter, allow_null=True),
    str: text.StringParameter,
    int: scalars.IntParameter,
    float: scalars.FloatParameter,
    bool: scalars.BooleanParameter,
    decimal.Decimal: scalars.DecimalParameter,
    datetime.date: temporal.DateParameter,
    datetime.datetime: temporal.DateTimeParameter,
    datetime.time: temporal.TimeParameter,
    datetime.timedelta: temporal.DurationParameter,
    uuid.UUID: text.UUIDParameter,
}
LISTS: dict[Any, Any] = {
    list: list,
    abc.Sequence: list,
    abc.MutableSequence: list,
    abc.Collection: list,
    abc.Iterable: list,
    set: set,
    abc.Set: set,
    abc.MutableSet: set,
    frozenset: frozenset,
}
MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)
# What a JSON object's keys, which are text, can stand for.
KEYS = (str, int, uuid.UUID, datetime.date, datetime.datetime)


class AnnotationError(TypeError):
    """Refuse an annotation that names no type of a parameter."""


def parameter_of(annotation: Any) -> Parameter:
    """Return the parameter of a type.

    Raises:
        AnnotationError: There is none for the type, or for a part of it.
    """
    return _parameter_of(annotation, ())


def fields_of(annotation: Any) -> dict[str, Parameter] | None:
    """Return the parameters of what a TypedDict or a dataclass holds as an output, by name; None for other types.

    Raises:
        AnnotationError: There is none for the type of a field.
    """
    parameter = _parameter_of(annotation, ()) if _is_record(annotation) else None
    if isinstance(parameter, DataclassParameter):
        return parameter.output_fields
    return parameter.fields if isinstance(parameter, ObjectParameter) else None


def returned_schema(function: Any) -> dict[str, Any]:
    """Return the JSON Schema of what a function returns, as far as its annotation tells."""
    try:
        return parameter_of(hints.resolved(function)["return"]).output_schema()
    except (AnnotationError, LookupError, NameError, TypeError, ValueError, AttributeError):
        return {}


def _parameter_of(annotation: Any, within: tuple[Any, ...]) -> Parameter:
    """Return the parameter of a type that is within others."""
    if isinstance(annotation, (Parameter, Field)):
        return drf.as_parameter(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return _annotated(annotation, within)
    annotation = hints.without_alias(annotation)
    try:
        if annotation in SCALARS:
            return SCALARS[annotation]()
    except TypeError:
        raise AnnotationError(f"{hints.shown(annotation)} is no type.") from None
    if isinstance(annotation, type) and not typing.get_origin(annotation):
        return _of_class(annotation, within)
    return _of_generic(annotation, within)


def _annotated(annotation: Any, within: tuple[Any, ...]) -> Parameter:
    inner, *metadata = typing.get_args(annotation)
    for extra in metadata:
        is_class = isinstance(extra, type) and issubclass(extra, (Parameter, Field))
        if is_class or isinstance(extra, (Parameter, Field)):
            try:
                return drf.as_parameter(extra)
            except TypeError as exc:
                raise AnnotationError(str(exc)) from exc
    # Others' metadata says nothing here, and is no fault (PEP 593).
    return _parameter_of(inner, within)


def _of_class(cls: type[Any], within: tuple[Any, ...]) -> Parameter:
    if issubclass(cls, enum.Enum):
        return _choice(cls)
    if _is_record(cls):
        return _record(cls, within)
    if cls is tuple:
        return ListParameter(Parameter(), collection=tuple)
    if cls in LISTS:
        return ListParameter(Parameter(), collection=LISTS[cls])
    if cls in MAPPINGS:
        return MappingParameter(Parameter())
    if issubclass(cls, models.Model):
        rows = f"Annotated[{cls.__name__}, ModelParameter({cls.__name__}.objects.all())]"
        raise AnnotationError(f"{cls.__name__} is a model. Say which of its rows may be chosen: {rows}.")
    if issubclass(cls, Field):
        raise AnnotationError(f"{cls.__name__} is no type of a value. Write Annotated[dict, {cls.__name__}()].")
    raise AnnotationError(f"{hints.shown(cls)} is no type of a parameter. Allowed are {ALLOWED}.")


def _of_generic(annotation: Any, within: tuple[Any, ...]) -> Parameter:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return _choice(args)
    if origin in (typing.Union, types.UnionType):
        return _union(args, within)
    if origin is tuple and (args or isinstance(annotation, types.GenericAlias)):
        return _tuple(args, within)
    if not args and origin in (tuple, *LISTS, *MAPPINGS):
        # Of `typing`, as `typing.List` without its items' type.
        return _of_class(origin, within)
    if origin in LISTS and len(args) == 1:
        return ListParameter(_parameter_of(args[0], within), collection=LISTS[origin])
    if origin in MAPPINGS and len(args) == 2:
        keys = None if args[0] in (str, Any) else _key(args[0], within)
        return MappingParameter(_parameter_of(args[1], within), key_type=keys)
    raise AnnotationError(f"{hints.shown(annotation)} is no type of a parameter. Allowed are {ALLOWED}.")


def _choice(choices: Any) -> Parameter:
    try:
        return ChoiceParameter(choices)
    except (TypeError, ValueError) as exc:
        raise AnnotationError(f"{hints.shown(choices)} gives no choice: {exc}") from exc


def _union(args: tuple[Any, ...], within: tuple[Any, ...]) -> Parameter:
    members = [member for member in args if member is not types.NoneType]
    if int in members and float in members:
        # A number is either, by what it is.
        members = [scalars.NumberParameter() if member is float else member for member in members if member is not int]
    parameters = [_parameter_of(member, within) for member in members]
    parameter = parameters[0] if len(parameters) == 1 else UnionParameter(parameters)
    return parameter.replaced(allow_null=True) if types.NoneType in args else parameter


def _tuple(args: tuple[Any, ...], within: tuple[Any, ...]) -> Parameter:
    if len(args) == 2 and args[1] is Ellipsis:
        return ListParameter(_parameter_of(args[0], within), collection=tuple)
    return TupleParameter([_parameter_of(arg, within) for arg in args])


def _key(annotation: Any, within: tuple[Any, ...]) -> Parameter:
    plain = hints.without_alias(annotation)
    is_choice = typing.get_origin(plain) is typing.Literal or (isinstance(plain, type) and issubclass(plain, enum.Enum))
    if plain in KEYS or is_choice:
        return _parameter_of(plain, within)
    raise AnnotationError(f"{hints.shown(annotation)} is no type of a key. Allowed are {_names(KEYS)} and choices.")


def _names(kinds: tuple[type, ...]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or hints.is_typed_dict(annotation))


def _record(cls: type[Any], within: tuple[Any, ...]) -> Parameter:
    if cls in within:
        raise AnnotationError(f"{cls.__name__} contains itself, which a parameter cannot.")
    fields: dict[str, Parameter] = {}
    try:
        resolved = hints.resolved(cls)
    except (NameError, SyntaxError, TypeError) as exc:
        raise AnnotationError(f"The annotations of {cls.__name__} cannot be resolved: {exc}.") from exc
    names = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else list(resolved)
    for name in names:
        try:
            fields[name] = _parameter_of(hints.without_qualifiers(resolved[name]), (*within, cls))
        except AnnotationError as exc:
            raise AnnotationError(f"Field {name!r} of {cls.__name__}: {exc}") from exc
    try:
        return _dataclass(cls, fields) if dataclasses.is_dataclass(cls) else _typed_dict(cls, fields, resolved)
    except (ValueError, TypeError) as exc:
        raise AnnotationError(f"{cls.__name__}: {exc}") from exc


def _dataclass(cls: type[Any], fields: Mapping[str, Parameter]) -> Parameter:
    return DataclassParameter(cls, fields, help_text=hints.description(cls))


def _typed_dict(cls: type[Any], fields: Mapping[str, Parameter], resolved: Mapping[str, Any]) -> Parameter:
    required = hints.required_keys(cls, resolved)
    # Copies: an annotation may be shared with a field that is required where this one is not.
    own = {name: copy.copy(parameter) for name, parameter in fields.items()}
    for name, parameter in own.items():
        parameter.required = name in required and not parameter.has_default
    return ObjectParameter(own, help_text=hints.description(cls))
