"""TypeScript from JSON Schema. That it compiles, and says what is meant, `packages/core/test/types` shows."""

from typing import Any

import pytest

from task_api.codegen import TypesNotWritableError, typescript
from task_api.codegen.names import Names
from task_api.codegen.remarks import remarks
from task_api.codegen.syntax import comment, literal, property_name
from task_api.codegen.types import Types
from task_api.json_schemas import Scope, type_name
from task_api.params import IntParameter, ListParameter, Parameter
from task_api.tasks import Task
from tests.docs.pages import DOCS, blocks
from tests.typed_tasks import SchemaParameter


class Sum(Task):
    """Add numbers."""

    name = "sum"
    inputs = {"numbers": ListParameter(IntParameter()), "digits": IntParameter(default=2, help_text="To round to.")}
    outputs = {"sum": IntParameter()}


class Empty(Task):
    name = "empty"


def type_of(schema, *, sent=True):
    return Types(Names(), sent=sent).write(schema, Scope()).text


def test_tasks_are_sorted_and_documented():
    assert typescript({"sum": Sum, "empty": Empty}).partition("declare module")[2] == (
        """ 'django-task-api' {
  interface Register {
    tasks: {
      empty: {
        inputs: Record<string, never>
        outputs: Record<never, never>
      }
      /** Add numbers. */
      sum: {
        inputs: {
          numbers: number[]
          /**
           * To round to.
           * @defaultValue 2
           */
          digits?: number
        }
        outputs: {
          sum: number
        }
      }
    }
  }
}
"""
    )
    assert typescript({"sum": Sum, "empty": Empty}) == typescript({"empty": Empty, "sum": Sum})


def test_no_task_is_no_name():
    assert "    tasks: Record<never, never>\n" in typescript({})


def test_file_is_a_module_that_a_bundler_drops():
    """Else the declaration would replace the package's own, or the page would load the package for nothing."""
    assert "\nimport type {} from 'django-task-api'\n" in typescript({})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, "JsonValue"),
        (False, "never"),
        ({}, "JsonValue"),
        ({"description": "Anything."}, "JsonValue"),
        ({"not": {"type": "string"}}, "JsonValue"),
        ({"type": "unheard of"}, "JsonValue"),
        ({"type": []}, "JsonValue"),
        ({"type": "integer"}, "number"),
        ({"type": ["null", "string"]}, "string | null"),
        ({"type": ["number", "integer"]}, "number"),
        ({"type": "array"}, "JsonValue[]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"type": "array", "items": False}, "never[]"),
        ({"items": {"type": "string"}}, "string[]"),
        ({"prefixItems": [{"type": "string"}], "maxItems": 1}, "[string?]"),
        ({"prefixItems": [{"type": "string"}], "minItems": 1}, "[string, ...JsonValue[]]"),
        ({"type": "object"}, "JsonObject"),
        ({"type": ["object", "array"]}, "JsonObject | JsonValue[]"),
        ({"type": "object", "additionalProperties": False}, "Record<string, never>"),
        ({"type": "object", "properties": {}}, "Record<string, never>"),
        ({"additionalProperties": {"type": "number"}}, "{ [key: string]: number }"),
        ({"type": "object", "patternProperties": {"^x": {"type": "number"}}}, "{ [key: string]: number }"),
        (
            {"patternProperties": {"^x": {"type": "number"}}, "additionalProperties": {"type": "string"}},
            "{ [key: string]: number | string }",
        ),
        (
            {"type": "object", "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": {"type": "number"}},
            "{ [key in 'a' | 'b']?: number }",
        ),
        ({"type": "object", "properties": {"a": True}, "required": ["a"]}, "{\n  a: JsonValue\n}"),
        ({"const": None}, "null"),
        ({"const": "a'b"}, r"'a\'b'"),
        ({"enum": []}, "never"),
        ({"enum": [{"a": [1]}]}, "{ a: [1] }"),
        ({"type": "string", "enum": ["a", 1, None]}, "'a'"),
        ({"type": "number", "enum": [1, 1.5, True]}, "1 | 1.5"),
        ({"type": ["string", "null"], "enum": ["a", None]}, "'a' | null"),
        ({"anyOf": [{"type": "string"}, {"type": "string"}]}, "string"),
        ({"anyOf": [{"type": "string"}, True]}, "string | JsonValue"),
        ({"allOf": [{"type": "string"}]}, "string"),
        ({"type": "string", "anyOf": [{"const": "a"}, {"const": "b"}]}, "string & ('a' | 'b')"),
        ({"$ref": "#/$defs/missing"}, "JsonValue"),
        ({"$ref": "https://example.com/schema.json"}, "JsonValue"),
        ({"$ref": 1}, "JsonValue"),
    ],
)
def test_schema(schema, expected):
    assert type_of(schema) == expected


def test_choices_have_one_order_whatever_the_order_of_a_set():
    assert type_of({"enum": [None, "b", 10, True, "a", 9]}) == "9 | 10 | 'a' | 'b' | true | null"


def test_members_that_go_one_way_only():
    schema = {
        "type": "object",
        "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
        "required": ["secret"],
    }
    assert type_of(schema, sent=True) == "{\n  secret: string\n}"
    assert type_of(schema, sent=False) == "{\n  id: number\n}"


def test_object_without_members_is_closed_both_ways():
    """An input more is refused, and so is reading an output that is not there."""
    assert type_of({"additionalProperties": False}, sent=True) == "Record<string, never>"
    assert type_of({"additionalProperties": False}, sent=False) == "Record<never, never>"


def test_references_are_named_types_and_equal_ones_share_a_name():
    node = {"$ref": "#/$defs/a%20node", "$defs": {"a node": {"type": "array", "items": {"$ref": "#/$defs/a%20node"}}}}
    other = {"$ref": "#/$defs/a node", "$defs": {"a node": {"type": "string"}}}
    names = Names()
    types = Types(names, sent=True)
    written = [types.write(schema, Scope()).text for schema in (node, other, {"items": node})]
    assert written == ["ANode", "ANode2", "ANode[]"]
    assert names.declarations() == "export type ANode = ANode[]\n\nexport type ANode2 = string\n"


def test_reference_to_the_schema_itself():
    names = Names()
    schema = {"title": "tree", "properties": {"left": {"$ref": "#"}}}
    assert Types(names, sent=True).write({"items": schema}, Scope()).text == "{\n  left?: Value\n}[]"
    assert Types(Names(), sent=True).write(schema, Scope()).text == "{\n  left?: Tree\n}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("it's", r"'it\'s'"),
        ('say "so"', "'say \"so\"'"),
        ("back\\slash", r"'back\\slash'"),
        ('\\"', "'\\\\\"'"),
        ("a\nb\0", r"'a\nb\u0000'"),
        ("\u2028\u202e", r"'\u2028\u202e'"),
        ("Δ", "'Δ'"),
        (1.5, "1.5"),
        (True, "true"),
        ([1, None], "[1, null]"),
        ({"a-b": 1}, "{ 'a-b': 1 }"),
    ],
)
def test_literal(value, expected):
    assert literal(value) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("a1_$", "a1_$"), ("1a", "'1a'"), ("a-b", "'a-b'"), ("größe", "'größe'"), ("", "''")]
)
def test_property_name(name, expected):
    assert property_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("a node", "ANode"), ("Größe", "GrE"), ("1st", "Type1st"), ("Δ", "Type")]
)
def test_type_name(text, expected):
    assert type_name(text) == expected


def test_comment_cannot_be_ended_by_its_text():
    assert comment(["a */ b **/"], "") == "/** a *\\/ b **\\/ */\n"
    assert "*/" not in comment(["*\0/", "*\u202e/ */"], "").removesuffix(" */\n").replace("* /", "")


def test_comment_of_no_text_is_none():
    assert comment([], "  ") == comment(["", "  "], "  ") == ""


def test_comment_of_several_lines():
    assert comment(["One.  ", "", "Two."], "  ") == "  /**\n   * One.\n   *\n   * Two.\n   */\n"


def test_remarks_are_description_bounds_and_default():
    schema = {"description": "One.\nTwo.", "format": "date", "minimum": 1, "default": "x"}
    assert [*remarks(schema)] == ["One.", "Two.", "@remarks format 'date', minimum 1", "@defaultValue 'x'"]
    assert [*remarks({"default": "x" * 100})] == []
    assert [*remarks(True)] == []


def test_lone_surrogate_becomes_its_escape():
    """Help texts may hold one, and no file can."""

    class Odd(Task):
        name = "odd"
        inputs = {"text": SchemaParameter({"enum": ["\ud800"]}, help_text="\ud800")}

    assert "/** \\ud800 */\n          text: '\\ud800'\n" in typescript({"odd": Odd})


def test_broken_declaration_is_named():
    class Broken(Task):
        name = "broken"
        inputs = ["numbers"]

    with pytest.raises(
        TypesNotWritableError, match=r"^The task 'broken' \(tests\..*Broken\) cannot be described\. .*list"
    ):
        typescript({"broken": Broken})


def test_parameter_without_a_schema_is_named():
    class Silent(Parameter):
        def json_schema(self):
            raise LookupError("no schema today")

    class Broken(Task):
        name = "broken"
        outputs = {"number": Silent()}

    with pytest.raises(TypesNotWritableError, match=r"'broken' .* cannot be described\. no schema today"):
        typescript({"broken": Broken})


def test_documentation_shows_what_is_written():
    """The types on the page are those of the task above them."""
    python, shown = (
        next(block.code for block in blocks(DOCS / "how-to" / "type-your-tasks.md") if block.language == language)
        for language in ("python", "ts")
    )
    module: dict[str, Any] = {"__name__": "myapp.background"}
    exec(python, module)  # noqa: S102
    task = module["CountWords"]
    assert shown in typescript({task.name: task})
