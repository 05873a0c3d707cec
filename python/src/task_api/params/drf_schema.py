"""The JSON Schemas of REST framework's serializers and fields."""

import re
from functools import singledispatch
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.core.validators import RegexValidator
from rest_framework import ISO_8601, fields, relations, serializers
from rest_framework.settings import api_settings

from task_api.params.base import nullable
from task_api.params.model import primary_key_schema
from task_api.params.primitive import primitive
from task_api.params.scalars import decimal_pattern
from task_api.params.temporal import DURATION_PATTERN, TIME_PATTERN
from task_api.params.text import SCHEMES

AnyField = fields.Field[Any, Any, Any, Any]
# As Django writes durations, and reads them again.
DJANGO_DURATION_PATTERN = r"^-?([0-9]{1,9} )?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?$"


def field_schema(field: AnyField, *, output: bool) -> dict[str, Any]:
    """Return the JSON Schema of what a serializer or field takes, or of what it gives as an `output`.

    It is ``{}``, which is any JSON, for a type that is not known here, and for the output of a field with a
    `to_representation()` of the project's own. Bounds are not in the schema of an output, for REST framework does not
    check what it writes.
    """
    schema = _schema(field, output) if not output or _represents_as_usual(field) else {}
    if field.allow_null:
        schema = nullable(schema)
    if field.help_text:
        schema["description"] = str(field.help_text)
    if not output and field.default is not fields.empty and not callable(field.default):
        schema["default"] = primitive(field.default)
    return schema


def _represents_as_usual(field: AnyField) -> bool:
    if isinstance(field, serializers.BaseSerializer):
        return True
    return type(field).to_representation.__module__.startswith("rest_framework.")


@singledispatch
def _schema(field: AnyField, output: bool) -> dict[str, Any]:
    return {}


@_schema.register(serializers.Serializer)
def _(field: serializers.Serializer[Any], output: bool) -> dict[str, Any]:
    shown = {name: child for name, child in field.fields.items() if _is_shown(child, output)}
    properties = {name: field_schema(child, output=output) for name, child in shown.items()}
    required = [name for name, child in shown.items() if (_is_sure(child) if output else child.required)]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": [] if field.partial and not output else required,
    }
    own = not type(field).to_representation.__module__.startswith("rest_framework.")
    # Unknown keys of an input are ignored, and a `to_representation()` of the project's own may add some.
    return schema | ({"additionalProperties": False} if output and not own else {})


def _is_shown(child: AnyField, output: bool) -> bool:
    return not child.write_only if output else not (child.read_only or isinstance(child, fields.HiddenField))


def _is_sure(child: AnyField) -> bool:
    """Return whether an output has the field in any case; what is read-only counts as there."""
    return child.required or child.read_only or child.allow_null or child.default is not fields.empty


@_schema.register(serializers.ListSerializer)
@_schema.register(fields.ListField)
def _(field: Any, output: bool) -> dict[str, Any]:
    schema = {"type": "array", "items": field_schema(field.child, output=output)}
    least = field.min_length if field.min_length is not None or field.allow_empty else 1
    return schema if output else _with(schema, minItems=least, maxItems=field.max_length)


@_schema.register(relations.ManyRelatedField)
def _(field: relations.ManyRelatedField, output: bool) -> dict[str, Any]:
    items = {"type": "array", "items": field_schema(field.child_relation, output=output)}
    return _with(items, minItems=None if field.allow_empty or output else 1)


@_schema.register(fields.DictField)
def _(field: fields.DictField, output: bool) -> dict[str, Any]:
    values = {"type": "object", "additionalProperties": field_schema(field.child, output=output)}
    return _with(values, minProperties=None if field.allow_empty or output else 1)


@_schema.register(fields.SerializerMethodField)
def _(field: fields.SerializerMethodField, output: bool) -> dict[str, Any]:
    # Not at the top: annotations name parameters, and these know fields.
    from task_api.params.annotations import returned_schema

    return returned_schema(getattr(field.parent, field.method_name or "", None))


@_schema.register(fields.BooleanField)
def _(field: fields.BooleanField, output: bool) -> dict[str, Any]:
    return {"type": "boolean"}


@_schema.register(fields.IntegerField)
@_schema.register(fields.FloatField)
def _(field: Any, output: bool) -> dict[str, Any]:
    schema = {"type": "integer" if isinstance(field, fields.IntegerField) else "number"}
    return schema if output else _with(schema, minimum=field.min_value, maximum=field.max_value)


@_schema.register(fields.DecimalField)
def _(field: fields.DecimalField, output: bool) -> dict[str, Any]:
    schema = {"type": "string", "format": "decimal"}
    as_text = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    if field.localize:
        return {"type": "string"}
    if output:
        # JSON has no exact numbers, so that REST framework writes text even where it keeps a Decimal.
        return _with(schema, pattern=decimal_pattern(None, None) if as_text else None)
    if not as_text:
        return {"type": "number"}
    return _with(schema, pattern=decimal_pattern(field.max_digits, field.decimal_places))


@_schema.register(fields.CharField)
def _(field: fields.CharField, output: bool) -> dict[str, Any]:
    if output:
        return {"type": "string"}
    least = field.min_length if field.min_length is not None or field.allow_blank else 1
    sizes = _with({"type": "string"}, minLength=least, maxLength=field.max_length)
    return _with(sizes, format=_text_format(field), pattern=_pattern(field))


@_schema.register(fields.UUIDField)
def _(field: fields.UUIDField, output: bool) -> dict[str, Any]:
    if not output or field.uuid_format == "hex_verbose":
        return {"type": "string", "format": "uuid"}
    return {"type": "integer" if field.uuid_format == "int" else "string"}


@_schema.register(fields.DateField)
@_schema.register(fields.DateTimeField)
@_schema.register(fields.TimeField)
def _(field: Any, output: bool) -> dict[str, Any]:
    kind = {fields.DateField: "DATE", fields.DateTimeField: "DATETIME", fields.TimeField: "TIME"}
    name = next(name for cls, name in kind.items() if isinstance(field, cls))
    if output:
        written = getattr(field, "format", getattr(api_settings, f"{name}_FORMAT"))
        is_iso = written is None or written.lower() == ISO_8601
    else:
        read = getattr(field, "input_formats", getattr(api_settings, f"{name}_INPUT_FORMATS"))
        is_iso = ISO_8601 in map(str.lower, read)
    if not is_iso or (name == "DATETIME" and not settings.USE_TZ):
        return {"type": "string"}
    if name == "TIME":
        return {"type": "string", "pattern": f"^{TIME_PATTERN}$"}
    return {"type": "string", "format": "date" if name == "DATE" else "date-time"}


@_schema.register(fields.DurationField)
def _(field: Any, output: bool) -> dict[str, Any]:
    # Older releases of REST framework have no such choice.
    written = getattr(field, "format", getattr(api_settings, "DURATION_FORMAT", None)) or "django"
    is_iso = str(written).lower() == ISO_8601
    return {"type": "string", "pattern": DURATION_PATTERN if is_iso else DJANGO_DURATION_PATTERN}


@_schema.register(fields.ChoiceField)
def _(field: fields.ChoiceField, output: bool) -> dict[str, Any]:
    return {"enum": [*primitive(list(field.choices)), *([""] if field.allow_blank else [])]}


@_schema.register(fields.MultipleChoiceField)
def _(field: fields.MultipleChoiceField, output: bool) -> dict[str, Any]:
    items = {"type": "array", "items": {"enum": primitive(list(field.choices))}}
    return _with(items, minItems=None if field.allow_empty or output else 1)


@_schema.register(relations.PrimaryKeyRelatedField)
def _(field: Any, output: bool) -> dict[str, Any]:
    if field.pk_field is not None:
        return field_schema(field.pk_field, output=output)
    queryset = field.get_queryset() if field.queryset is not None else None
    model = queryset.model if queryset is not None else _related_model(field)
    return {} if model is None else primary_key_schema(model)


@_schema.register(relations.HyperlinkedRelatedField)
@_schema.register(relations.StringRelatedField)
def _(field: Any, output: bool) -> dict[str, Any]:
    return {"type": "string"}


def _related_model(field: Any) -> Any:
    """Return the model that a read-only field of a model serializer leads to, if any."""
    meta = getattr(field.parent, "Meta", None)
    try:
        return meta.model._meta.get_field(field.source).related_model if meta else None
    except (AttributeError, FieldDoesNotExist):
        return None


def _text_format(field: fields.CharField) -> str | None:
    if isinstance(field, fields.EmailField):
        return "email"
    if isinstance(field, fields.URLField):
        return "uri"
    if isinstance(field, fields.IPAddressField) and field.protocol.lower() in ("ipv4", "ipv6"):
        return str(field.protocol.lower())
    return None


def _pattern(field: fields.CharField) -> str | None:
    """Return the regular expression of a field, if there is one and JavaScript's dialect has it, too."""
    if isinstance(field, fields.URLField):
        return SCHEMES
    if not isinstance(field, (fields.RegexField, fields.SlugField)):
        # Spaces alone are trimmed to nothing.
        plain = type(field) is fields.CharField and field.trim_whitespace and not field.allow_blank
        return r"\S" if plain else None
    own: list[Any] = [validator for validator in field.validators if isinstance(validator, RegexValidator)]
    pattern = own[-1].regex.pattern if own else ""
    translated = pattern.replace(r"\Z", "$").replace(r"\A", "^") if isinstance(pattern, str) else ""
    is_shared = "(?" not in translated.replace("(?:", "").replace("(?=", "").replace("(?!", "")
    return translated if translated and is_shared and not own[-1].regex.flags & ~re.UNICODE else None


def _with(schema: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return schema | {key: value for key, value in extra.items() if value is not None}
