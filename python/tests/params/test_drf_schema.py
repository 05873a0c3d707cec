import datetime
import re

import jsonschema
import pytest
from django.contrib.auth.models import Group, Permission
from rest_framework import serializers

from task_api.params import as_parameter
from task_api.params.drf_schema import DJANGO_DURATION_PATTERN
from task_api.params.temporal import DURATION_PATTERN, TIME_PATTERN
from task_api.params.text import SCHEMES


class ChildSerializer(serializers.Serializer):
    size = serializers.IntegerField()


class ParentSerializer(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    secret = serializers.CharField(write_only=True, required=False)
    child = ChildSerializer()
    children = ChildSerializer(many=True, required=False)
    owner = serializers.HiddenField(default=5)
    total = serializers.SerializerMethodField()

    def get_total(self, row) -> int:
        return 0


class LoudField(serializers.CharField):
    def to_representation(self, value):
        return [value.upper()]


class OpenSerializer(ChildSerializer):
    size = serializers.IntegerField(required=False)

    def to_representation(self, row):
        return super().to_representation(row) | {"more": 5}


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Permission
        fields = ("id", "name", "content_type")
        read_only_fields = ("content_type",)


CHILD = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
CHILD_OUT = {**CHILD, "additionalProperties": False}
DECIMAL = {"type": "string", "format": "decimal"}
GROUPS = Group.objects.all()


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (serializers.BooleanField(), {"type": "boolean"}),
        (serializers.IntegerField(min_value=1, max_value=5), {"type": "integer", "minimum": 1, "maximum": 5}),
        (serializers.FloatField(max_value=5), {"type": "number", "maximum": 5}),
        (serializers.DecimalField(5, 2), {**DECIMAL, "pattern": r"^-?0*[0-9]{1,3}(\.[0-9]{1,2})?$"}),
        (serializers.DecimalField(5, 2, coerce_to_string=False), {"type": "number"}),
        (serializers.CharField(), {"type": "string", "minLength": 1, "pattern": r"\S"}),
        (serializers.CharField(allow_blank=True, max_length=5), {"type": "string", "maxLength": 5}),
        (serializers.EmailField(min_length=6), {"type": "string", "format": "email", "minLength": 6}),
        (serializers.URLField(), {"type": "string", "format": "uri", "minLength": 1, "pattern": SCHEMES}),
        (serializers.SlugField(), {"type": "string", "minLength": 1, "pattern": "^[-a-zA-Z0-9_]+$"}),
        (serializers.RegexField("^a+$"), {"type": "string", "minLength": 1, "pattern": "^a+$"}),
        (serializers.RegexField("(?P<a>a)"), {"type": "string", "minLength": 1}),
        (serializers.RegexField(re.compile("a", re.IGNORECASE)), {"type": "string", "minLength": 1}),
        (serializers.IPAddressField(), {"type": "string", "minLength": 1}),
        (serializers.IPAddressField(protocol="IPv4"), {"type": "string", "format": "ipv4", "minLength": 1}),
        (serializers.UUIDField(), {"type": "string", "format": "uuid"}),
        (serializers.DateField(), {"type": "string", "format": "date"}),
        (serializers.DateTimeField(), {"type": "string", "format": "date-time"}),
        (serializers.TimeField(), {"type": "string", "pattern": f"^{TIME_PATTERN}$"}),
        (serializers.DateField(input_formats=["%d.%m.%Y"]), {"type": "string"}),
        (serializers.DurationField(), {"type": "string", "pattern": DJANGO_DURATION_PATTERN}),
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
        (serializers.PrimaryKeyRelatedField(read_only=True), {}),
        (
            serializers.PrimaryKeyRelatedField(queryset=GROUPS, pk_field=serializers.UUIDField()),
            {"type": "string", "format": "uuid"},
        ),
        (
            serializers.PrimaryKeyRelatedField(queryset=GROUPS, many=True, allow_empty=False),
            {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        ),
        (serializers.StringRelatedField(), {"type": "string"}),
        (serializers.DictField(allow_empty=False), {"type": "object", "additionalProperties": {}, "minProperties": 1}),
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
                    "secret": {"type": "string", "minLength": 1, "pattern": r"\S"},
                    "child": CHILD,
                    "children": {"type": "array", "items": CHILD},
                },
                "required": ["child"],
            },
        ),
        (ChildSerializer(partial=True), {**CHILD, "required": []}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, serializers.Field) else "",
)
def test_schema_of_each_field_as_an_input(field, schema):
    assert as_parameter(field).json_schema() == schema
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (serializers.IntegerField(min_value=1, max_value=5, default=2), {"type": "integer"}),
        (serializers.CharField(max_length=5, help_text="Why."), {"type": "string", "description": "Why."}),
        (serializers.DecimalField(5, 2), {**DECIMAL, "pattern": r"^-?[0-9]+(\.[0-9]{1,})?$"}),
        (serializers.DecimalField(5, 2, coerce_to_string=False), DECIMAL),
        (serializers.DecimalField(5, 2, localize=True), {"type": "string"}),
        (serializers.DateField(format="%d.%m.%Y"), {"type": "string"}),
        (serializers.DateField(format=None), {"type": "string", "format": "date"}),
        (serializers.UUIDField(format="int"), {"type": "integer"}),
        (serializers.UUIDField(format="hex"), {"type": "string"}),
        (
            serializers.ListField(child=serializers.IntegerField(), min_length=1),
            {"type": "array", "items": {"type": "integer"}},
        ),
        (serializers.IntegerField(read_only=True, allow_null=True), {"type": ["integer", "null"]}),
        (LoudField(), {}),
        (
            ParentSerializer(),
            {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "child": CHILD_OUT,
                    "children": {"type": "array", "items": CHILD_OUT},
                    "total": {"type": "integer"},
                },
                "required": ["id", "child", "total"],
                "additionalProperties": False,
            },
        ),
        (OpenSerializer(), {"type": "object", "properties": {"size": {"type": "integer"}}, "required": []}),
        (
            GroupSerializer(),
            {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "name": {"type": "string"},
                    "content_type": {"type": "integer"},
                },
                "required": ["id", "name", "content_type"],
                "additionalProperties": False,
            },
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, serializers.Field) else "",
)
def test_schema_of_each_field_as_an_output(field, schema):
    assert as_parameter(field).output_schema() == schema
    jsonschema.Draft202012Validator.check_schema(schema)


def test_iso_8601_duration():
    parameter = as_parameter(serializers.DurationField(format="iso-8601"))

    assert parameter.output_schema() == {"type": "string", "pattern": DURATION_PATTERN}
    assert re.search(DURATION_PATTERN, parameter.dump(datetime.timedelta(seconds=-90.5)))


def test_moments_of_a_project_without_time_zones(settings):
    settings.USE_TZ = False

    assert as_parameter(serializers.DateTimeField()).output_schema() == {"type": "string"}
