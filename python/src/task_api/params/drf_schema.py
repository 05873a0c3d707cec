"""The JSON Schemas of REST framework's serializers and fields."""

from functools import singledispatch
from typing import Any

from rest_framework import fields, relations, serializers
from rest_framework.settings import api_settings

from task_api.params.base import nullable
from task_api.params.model import primary_key_schema
from task_api.params.primitive import primitive

AnyField = fields.Field[Any, Any, Any, Any]


def field_schema(field: AnyField) -> dict[str, Any]:
    """Return the JSON Schema of a serializer or field; ``{}``, which is any JSON, for a type that is not known here.

    What only answers hold is marked `readOnly`, what only inputs hold `writeOnly`.
    """
    schema = _schema(field)
    if field.allow_null:
        schema = nullable(schema)
    if field.read_only:
        schema["readOnly"] = True
    if field.write_only:
        schema["writeOnly"] = True
    if field.help_text:
        schema["description"] = str(field.help_text)
    if field.default is not fields.empty and not callable(field.default):
        schema["default"] = primitive(field.default)
    return schema


@singledispatch
def _schema(field: AnyField) -> dict[str, Any]:
    return {}


@_schema.register(serializers.Serializer)
def _(field: serializers.Serializer[Any]) -> dict[str, Any]:
    shown = {name: child for name, child in field.fields.items() if not isinstance(child, fields.HiddenField)}
    return {
        "type": "object",
        "properties": {name: field_schema(child) for name, child in shown.items()},
        "required": [name for name, child in shown.items() if child.required and not field.partial],
    }


@_schema.register(serializers.ListSerializer)
@_schema.register(fields.ListField)
def _(field: Any) -> dict[str, Any]:
    least = field.min_length if field.min_length is not None or field.allow_empty else 1
    return _with({"type": "array", "items": field_schema(field.child)}, minItems=least, maxItems=field.max_length)


@_schema.register(relations.ManyRelatedField)
def _(field: relations.ManyRelatedField) -> dict[str, Any]:
    items = {"type": "array", "items": field_schema(field.child_relation)}
    return _with(items, minItems=None if field.allow_empty else 1)


@_schema.register(fields.DictField)
def _(field: fields.DictField) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": field_schema(field.child)}


@_schema.register(fields.BooleanField)
def _(field: fields.BooleanField) -> dict[str, Any]:
    return {"type": "boolean"}


@_schema.register(fields.IntegerField)
@_schema.register(fields.FloatField)
def _(field: Any) -> dict[str, Any]:
    name = "integer" if isinstance(field, fields.IntegerField) else "number"
    return _with({"type": name}, minimum=field.min_value, maximum=field.max_value)


@_schema.register(fields.DecimalField)
def _(field: fields.DecimalField) -> dict[str, Any]:
    as_text = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    return {"type": "string", "format": "decimal"} if as_text else {"type": "number"}


@_schema.register(fields.CharField)
def _(field: fields.CharField) -> dict[str, Any]:
    least = field.min_length if field.min_length is not None or field.allow_blank else 1
    return _with({"type": "string"}, format=_text_format(field), minLength=least, maxLength=field.max_length)


@_schema.register(fields.UUIDField)
@_schema.register(fields.DateField)
@_schema.register(fields.DateTimeField)
def _(field: AnyField) -> dict[str, Any]:
    formats = {fields.UUIDField: "uuid", fields.DateField: "date", fields.DateTimeField: "date-time"}
    return {"type": "string", "format": next(name for kind, name in formats.items() if isinstance(field, kind))}


# JSON Schema's own formats for these two differ from Django's: a time has an offset there, a duration is ISO 8601.
@_schema.register(fields.TimeField)
@_schema.register(fields.DurationField)
def _(field: AnyField) -> dict[str, Any]:
    return {"type": "string"}


@_schema.register(fields.ChoiceField)
def _(field: fields.ChoiceField) -> dict[str, Any]:
    return {"enum": [*primitive(list(field.choices)), *([""] if field.allow_blank else [])]}


@_schema.register(fields.MultipleChoiceField)
def _(field: fields.MultipleChoiceField) -> dict[str, Any]:
    items = {"type": "array", "items": {"enum": primitive(list(field.choices))}}
    return _with(items, minItems=None if field.allow_empty else 1)


@_schema.register(relations.PrimaryKeyRelatedField)
def _(field: Any) -> dict[str, Any]:
    if field.pk_field is not None:
        return field_schema(field.pk_field)
    queryset = field.get_queryset() if field.queryset is not None else None
    return primary_key_schema(queryset.model) if queryset is not None else {}


@_schema.register(relations.HyperlinkedRelatedField)
@_schema.register(relations.StringRelatedField)
def _(field: Any) -> dict[str, Any]:
    return {"type": "string"}


def _text_format(field: fields.CharField) -> str | None:
    if isinstance(field, fields.EmailField):
        return "email"
    if isinstance(field, fields.URLField):
        return "uri"
    if isinstance(field, fields.IPAddressField) and field.protocol.lower() in ("ipv4", "ipv6"):
        return str(field.protocol.lower())
    return None


def _with(schema: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return schema | {key: value for key, value in extra.items() if value is not None}
