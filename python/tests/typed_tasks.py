"""A task for everything that types can say: every parameter, and every form of a JSON Schema."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

from django.contrib.auth.models import User
from django.db.models import TextChoices
from rest_framework import serializers

from task_api.params import (
    BooleanParameter,
    ChoiceParameter,
    DataclassParameter,
    DateParameter,
    DateTimeParameter,
    DecimalParameter,
    DictParameter,
    DurationParameter,
    EmailParameter,
    FloatParameter,
    IntParameter,
    ListParameter,
    MappingParameter,
    ModelParameter,
    NumberParameter,
    ObjectParameter,
    Parameter,
    StringParameter,
    TimeParameter,
    TupleParameter,
    UnionParameter,
    URLParameter,
    UUIDParameter,
)
from task_api.tasks import Task


class SchemaParameter(Parameter):
    """Take any JSON, and describe it by a schema of one's own."""

    def __init__(self, schema: Any, **options: Any) -> None:
        self.schema = schema
        super().__init__(**options)

    def json_schema(self) -> Any:
        return self.describe(self.schema) if isinstance(self.schema, dict) else self.schema


class Size(TextChoices):
    SMALL = "s", "Small"
    LARGE = "l", "Large"


@dataclass
class Point:
    x: float
    label: str = ""
    distance: float = field(init=False, default=0.0)


class AddressSerializer(serializers.Serializer[Any]):
    street = serializers.CharField(help_text="With the number of the house.")
    city = serializers.CharField(required=False)
    secret = serializers.CharField(write_only=True)
    id = serializers.IntegerField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    more = serializers.JSONField(required=False)


class Echo(Task):
    """Give back what it was given."""

    def run(self, **inputs: Any) -> Any:
        return inputs


def _scalars() -> dict[str, Any]:
    return {
        "any": Parameter(),
        "boolean": BooleanParameter(),
        "choice": ChoiceParameter(["red", "green", 3, True]),
        "date": DateParameter(min=date(2000, 1, 1)),
        "datetime": DateTimeParameter(),
        "decimal": DecimalParameter(max_digits=9, decimal_places=2),
        "duration": DurationParameter(),
        "email": EmailParameter(),
        "enum": ChoiceParameter(Size),
        "float": FloatParameter(),
        "int": IntParameter(min=-1, max=10),
        "model": ModelParameter(User),
        "number": NumberParameter(),
        "string": StringParameter(min_length=1, max_length=80),
        "time": TimeParameter(),
        "url": URLParameter(),
        "uuid": UUIDParameter(),
    }


class Scalars(Echo):
    """Take and give a value of each simple type."""

    name = "scalars"
    inputs = _scalars()
    outputs = _scalars()


def _containers() -> dict[str, Any]:
    return {
        "dict": DictParameter(),
        "list": ListParameter(IntParameter(allow_null=True), min_items=1, max_items=3),
        "matrix": ListParameter(ListParameter(FloatParameter())),
        "object": ObjectParameter(
            {
                "name": StringParameter(help_text="What people call it."),
                "size": ChoiceParameter(Size, allow_null=True, default=None),
                "inner": ObjectParameter({"deep": ListParameter(DateParameter(), required=False)}),
                "not an identifier": IntParameter(required=False),
            }
        ),
        "empty": ObjectParameter({}),
        "tuple": TupleParameter([StringParameter(), IntParameter(allow_null=True)]),
        "mapping": MappingParameter(IntParameter()),
        "sizes": MappingParameter(IntParameter(), key_type=ChoiceParameter(Size)),
        "union": UnionParameter([IntParameter(), ListParameter(StringParameter())]),
        "point": DataclassParameter(
            Point, {"x": FloatParameter(), "label": StringParameter(), "distance": FloatParameter()}
        ),
    }


class Containers(Echo):
    """Take and give what holds other values.

    The second paragraph of a docstring, with a comment's end */ in it.
    """

    name = "containers"
    inputs = _containers()
    outputs = _containers()


class Fields(Echo):
    name = "fields"
    inputs = {"address": AddressSerializer(), "price": serializers.DecimalField(max_digits=5, decimal_places=2)}
    outputs = {"address": AddressSerializer(), "many": AddressSerializer(many=True)}


class Defaults(Echo):
    name = "defaults"
    inputs = {
        "optional": IntParameter(required=False, help_text="How often."),
        "text": StringParameter(default="it's `so` */", help_text="Shown\nin two lines."),
        "number": DecimalParameter(default=Decimal("1.5")),
        "items": ListParameter(StringParameter(), default=["a", "b"]),
        "computed": DateParameter(default=date.today),
        "nothing": StringParameter(default=None),
        "nullable": IntParameter(allow_null=True),
    }
    outputs = {"maybe": StringParameter(required=False), "null": IntParameter(allow_null=True)}


class Report(TypedDict):
    rows: list[Point]
    kind: Literal["long", "short"]
    note: NotRequired[str]


class Annotated(Task):
    """Have inputs and outputs that are read off `run()`."""

    name = "annotated"

    def run(
        self,
        numbers: list[float],
        kind: Literal["long", "short"] = "long",
        day: date | None = None,
        size: Size = Size.SMALL,
        pair: tuple[str, int] = ("a", 1),
        counts: dict[str, int | str] | None = None,
    ) -> Report:
        return {"rows": [], "kind": kind}


TREE = {
    "$ref": "#/$defs/tree",
    "$defs": {
        "tree": {
            "type": "object",
            "description": "A value, and trees below it.",
            "properties": {
                "value": {"type": "number"},
                "left": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
                "right": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
    },
}
OTHER_TREE = {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}


class Recursive(Echo):
    name = "recursive"
    inputs = {
        "tree": SchemaParameter(TREE),
        "other": SchemaParameter(OTHER_TREE),
        "thread": SchemaParameter(
            {"title": "comment", "type": "object", "properties": {"replies": {"type": "array", "items": {"$ref": "#"}}}}
        ),
    }
    outputs = {"trees": ListParameter(SchemaParameter(TREE))}


class Schemas(Echo):
    """Use what the parameters of the library do not, and a parameter of one's own may."""

    name = "schemas"
    inputs = {
        "pair": SchemaParameter(
            {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": False, "minItems": 2}
        ),
        "open_tuple": SchemaParameter(
            {"prefixItems": [{"type": "string"}, {"type": ["number", "null"]}], "items": {"type": "boolean"}}
        ),
        "record": SchemaParameter({"type": "object", "additionalProperties": {"type": ["integer", "null"]}}),
        "open": SchemaParameter(
            {
                "type": "object",
                "properties": {"id": {"type": "integer"}, "label": {"type": "string"}},
                "required": ["id"],
                "additionalProperties": True,
            }
        ),
        "patterns": SchemaParameter(
            {"type": "object", "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}
        ),
        "constant": SchemaParameter({"const": {"version": 1, "exact": [True, None]}}),
        "union": SchemaParameter({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        "both": SchemaParameter(
            {
                "allOf": [
                    {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
                    {"type": "object", "properties": {"b": {"enum": ["x", None]}}, "required": ["b"]},
                ]
            }
        ),
        "long": SchemaParameter({"enum": [f"a rather long value, number {number}" for number in range(5)]}),
        "unknown": SchemaParameter({"$ref": "https://example.com/elsewhere.json"}),
        "anything": SchemaParameter(True),
    }
    outputs = {"union": SchemaParameter({"type": ["string", "integer", "null"]})}


class Nothing(Task):
    name = "nothing"

    def run(self) -> None:
        pass


class Names(Echo):
    """Have names which are no identifiers, or mean something to the language."""

    name = "reports.früh-jahr 'Δ'\\"
    inputs = {
        "class": StringParameter(),
        "with-dash": IntParameter(),
        "größe": IntParameter(),
        "it's": IntParameter(required=False),
        "1st": IntParameter(required=False),
        "line\nbreak": IntParameter(required=False),
        "\u2028": IntParameter(required=False),
        "__proto__": IntParameter(required=False),
    }
    outputs = {"constructor": StringParameter()}
