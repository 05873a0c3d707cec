import datetime

import jsonschema
import pytest
from django.contrib.auth.models import Group
from rest_framework import serializers

from task_api.params import as_parameter


class ChildSerializer(serializers.Serializer):
    size = serializers.IntegerField()


class ParentSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    secret = serializers.CharField(write_only=True, required=False)
    child = ChildSerializer()
    children = ChildSerializer(many=True, required=False)
    owner = serializers.HiddenField(default=5)
    total = serializers.SerializerMethodField()

    def get_total(self, row):
        return 0


CHILD = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
GROUPS = Group.objects.all()


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (serializers.BooleanField(), {"type": "boolean"}),
        (serializers.IntegerField(min_value=1, max_value=5), {"type": "integer", "minimum": 1, "maximum": 5}),
        (serializers.FloatField(max_value=5), {"type": "number", "maximum": 5}),
        (serializers.DecimalField(5, 2), {"type": "string", "format": "decimal"}),
        (serializers.DecimalField(5, 2, coerce_to_string=False), {"type": "number"}),
        (serializers.CharField(), {"type": "string", "minLength": 1}),
        (serializers.CharField(allow_blank=True, max_length=5), {"type": "string", "maxLength": 5}),
        (serializers.EmailField(min_length=6), {"type": "string", "format": "email", "minLength": 6}),
        (serializers.URLField(), {"type": "string", "format": "uri", "minLength": 1}),
        (serializers.SlugField(), {"type": "string", "minLength": 1}),
        (serializers.RegexField("a"), {"type": "string", "minLength": 1}),
        (serializers.IPAddressField(), {"type": "string", "minLength": 1}),
        (serializers.IPAddressField(protocol="IPv4"), {"type": "string", "format": "ipv4", "minLength": 1}),
        (serializers.UUIDField(), {"type": "string", "format": "uuid"}),
        (serializers.DateField(), {"type": "string", "format": "date"}),
        (serializers.DateTimeField(), {"type": "string", "format": "date-time"}),
        (serializers.TimeField(), {"type": "string"}),
        (serializers.DurationField(), {"type": "string"}),
        (serializers.ChoiceField(["a", "b"]), {"enum": ["a", "b"]}),
        (serializers.ChoiceField([(1, "One")], allow_blank=True), {"enum": [1, ""]}),
        (serializers.ChoiceField(["a"], allow_null=True), {"enum": ["a", None]}),
        (serializers.MultipleChoiceField(choices=["a"]), {"type": "array", "items": {"enum": ["a"]}}),
        (serializers.ListField(), {"type": "array", "items": {}}),
        (
            serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=5),
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 5},
        ),
        (
            serializers.DictField(child=serializers.IntegerField()),
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        (serializers.JSONField(), {}),
        (serializers.FileField(), {}),
        (serializers.Field(), {}),
        (serializers.PrimaryKeyRelatedField(queryset=GROUPS), {"type": "integer"}),
        (serializers.PrimaryKeyRelatedField(read_only=True), {"readOnly": True}),
        (
            serializers.PrimaryKeyRelatedField(queryset=GROUPS, pk_field=serializers.UUIDField()),
            {"type": "string", "format": "uuid"},
        ),
        (
            serializers.PrimaryKeyRelatedField(queryset=GROUPS, many=True, allow_empty=False),
            {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        ),
        (serializers.StringRelatedField(), {"type": "string", "readOnly": True}),
        (serializers.IntegerField(allow_null=True), {"type": ["integer", "null"]}),
        (
            serializers.DateField(default=datetime.date(2026, 1, 1), help_text="When."),
            {"type": "string", "format": "date", "default": "2026-01-01", "description": "When."},
        ),
        (serializers.ListField(default=list), {"type": "array", "items": {}}),
        (ChildSerializer(many=True), {"type": "array", "items": CHILD}),
        (
            ParentSerializer(),
            {
                "type": "object",
                "properties": {
                    "id": {"type": "integer", "readOnly": True},
                    "secret": {"type": "string", "minLength": 1, "writeOnly": True},
                    "child": CHILD,
                    "children": {"type": "array", "items": CHILD},
                    "total": {"readOnly": True},
                },
                "required": ["child"],
            },
        ),
        (ChildSerializer(partial=True), {**CHILD, "required": []}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, serializers.Field) else "",
)
def test_schema_of_each_field(field, schema):
    assert as_parameter(field).json_schema() == schema
    jsonschema.Draft202012Validator.check_schema(schema)
