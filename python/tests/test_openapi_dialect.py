"""JSON Schema in the words of OpenAPI."""

import pytest

from task_api.openapi.dialect import Dialect


def old(schema, declared=None):
    return translated(schema, declared, modern=False)


def translated(schema, declared, *, modern):
    def declare(name, meaning, write):
        if declared is not None and name not in declared:
            declared[name] = None
            declared[name] = write()
        return {"$ref": f"#/components/schemas/{name}"}

    return Dialect(declare, modern=modern).translate(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, {}),
        (False, {"not": {}}),
        ({}, {}),
        ({"type": "string", "maxLength": 3, "x-own": 1}, {"type": "string", "maxLength": 3, "x-own": 1}),
        ({"type": "string", "contentEncoding": "base64", "$comment": "?", "if": {}}, {"type": "string"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": "null"}, {"enum": [None], "nullable": True}),
        (
            {"type": ["object", "array", "null"], "description": "Any."},
            {"anyOf": [{"type": "object"}, {"type": "array", "items": {}}], "description": "Any.", "nullable": True},
        ),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"const": None}, {"enum": [None], "nullable": True}),
        (
            {"type": ["string", "null"], "enum": ["a", None]},
            {"type": "string", "enum": ["a", None], "nullable": True},
        ),
        (
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
            {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True},
        ),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "array", "items": False}, {"type": "array", "items": {}, "maxItems": 0}),
        (
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": False},
            {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}},
        ),
        ({"type": "object", "required": []}, {"type": "object"}),
        (
            {"type": "object", "properties": {"a": True}, "required": ["a"], "additionalProperties": False},
            {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
        ),
        (
            {"type": "object", "patternProperties": {"^x": {"type": "string"}}, "additionalProperties": False},
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        ({"type": "object", "patternProperties": {"^x": {"type": "string"}}}, {"type": "object"}),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            {"allOf": [{"type": "string"}], "nullable": True},
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            {"oneOf": [{"type": "string"}, {"type": "number"}], "nullable": True},
        ),
        ({"not": {"const": 1}}, {"not": {"enum": [1]}}),
        ({"$ref": "#/$defs/missing"}, {}),
    ],
)
def test_version_3_0(schema, expected):
    assert old(schema) == expected


def test_version_3_1_is_json_schema():
    schema = {
        "type": ["array", "null"],
        "prefixItems": [{"const": 1}, True],
        "items": False,
        "anyOf": [{"properties": {"a": {"type": "null"}}, "additionalProperties": {"exclusiveMinimum": 0}}],
        "propertyNames": {"pattern": "^a"},
        "patternProperties": {"^x": {"type": "string"}},
    }
    expected = {**schema, "prefixItems": [{"const": 1}, {}], "items": {"not": {}}}
    assert translated(schema, None, modern=True) == expected


@pytest.mark.parametrize("modern", [False, True])
def test_references_become_components(modern):
    schema = {
        "description": "A tree.",
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}},
    }
    declared: dict[str, object] = {}
    reference = {"$ref": "#/components/schemas/tree"}
    assert translated(schema, declared, modern=modern) == {"allOf": [reference], "description": "A tree."}
    assert declared == {"tree": {"type": "object", "properties": {"left": reference}}}


@pytest.mark.parametrize("modern", [False, True])
def test_enums_of_members_become_components(modern):
    """What drf-spectacular makes of them has equal names for different ones of different tasks."""
    schema = {
        "properties": {
            "size": {"enum": ["s", "l"], "default": "s"},
            "sizes": {"type": "array", "items": {"enum": ["s", "l"]}},
        }
    }
    declared: dict[str, object] = {}
    properties = translated(schema, declared, modern=modern)["properties"]
    assert properties == {
        "size": {"allOf": [{"$ref": "#/components/schemas/size enum"}], "default": "s"},
        "sizes": {"type": "array", "items": {"$ref": "#/components/schemas/sizes enum"}},
    }
    assert declared == {"size enum": {"enum": ["s", "l"]}, "sizes enum": {"enum": ["s", "l"]}}
