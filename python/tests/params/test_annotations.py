"""Which parameter stands for which annotation."""

import datetime
import enum
import typing
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass
from decimal import Decimal
from typing import Any, Literal, NewType, Optional, Required, TypedDict, Union
from uuid import UUID

import pytest
from django.db.models import IntegerChoices

from task_api.params import IntParameter, Parameter, ParameterNotValidError, StringParameter
from task_api.params.annotations import AnnotationError, fields_of, parameter_of, returned_schema
from task_api.params.temporal import DURATION_PATTERN, TIME_PATTERN

from .refused import refusal


class Rank(IntegerChoices):
    FIRST = 1
    SECOND = 2


class Plain(enum.Enum):
    RED = "red"


class Base(TypedDict, total=False):
    a: Required[int]
    b: str


class Derived(Base):
    c: float


UserId = NewType("UserId", int)
INTEGERS = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (Any, {}),
        (object, {}),
        (Decimal, {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]+(\.[0-9]{1,})?$"}),
        (datetime.date, {"type": "string", "format": "date"}),
        (datetime.datetime, {"type": "string", "format": "date-time"}),
        (datetime.time, {"type": "string", "pattern": f"^{TIME_PATTERN}$"}),
        (datetime.timedelta, {"type": "string", "pattern": DURATION_PATTERN}),
        (UUID, {"type": "string", "format": "uuid"}),
        (UserId, {"type": "integer"}),
        (int | None, {"type": ["integer", "null"]}),
        (Optional[int], {"type": ["integer", "null"]}),  # noqa: UP045
        (Union[int, str], {"anyOf": [{"type": "integer"}, {"type": "string"}]}),  # noqa: UP007
        (int | str | None, {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}),
        (int | float, {"type": "number"}),
        (list[int], INTEGERS),
        (typing.List[int], INTEGERS),  # noqa: UP006
        (Sequence[int], INTEGERS),
        (Collection[int], INTEGERS),
        (Iterable[int], INTEGERS),
        (tuple[int, ...], INTEGERS),
        (set[int], INTEGERS | {"uniqueItems": True}),
        (frozenset[int], INTEGERS | {"uniqueItems": True}),
        (AbstractSet[int], INTEGERS | {"uniqueItems": True}),
        (list, {"type": "array", "items": {}}),
        (typing.List, {"type": "array", "items": {}}),  # noqa: UP006
        (tuple, {"type": "array", "items": {}}),
        (typing.Tuple, {"type": "array", "items": {}}),  # noqa: UP006
        (set, {"type": "array", "items": {}, "uniqueItems": True}),
        (
            tuple[int, str],
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        ),
        (tuple[()], {"type": "array", "minItems": 0, "maxItems": 0}),
        (dict, {"type": "object", "additionalProperties": {}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Mapping[str, Any], {"type": "object", "additionalProperties": {}}),
        (
            MutableMapping[int, str],
            {"type": "object", "propertyNames": {"pattern": "^-?[0-9]+$"}, "additionalProperties": {"type": "string"}},
        ),
        (
            dict[Rank, int],
            {"type": "object", "propertyNames": {"enum": ["1", "2"]}, "additionalProperties": {"type": "integer"}},
        ),
        (
            dict[Literal["a"], int],
            {
                "type": "object",
                "propertyNames": {"type": "string", "enum": ["a"]},
                "additionalProperties": {"type": "integer"},
            },
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1, None], {"enum": ["a", 1, None]}),
        (Rank, {"type": "integer", "enum": [1, 2]}),
        (Plain | None, {"type": ["string", "null"], "enum": ["red", None]}),
        (
            Derived,
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "number"}},
                "required": ["a", "c"],
                "additionalProperties": False,
            },
        ),
        (IntParameter(min=1), {"type": "integer", "minimum": 1}),
    ],
    # An address in a name would be another one in each process of pytest-xdist.
    ids=lambda value: type(value).__name__ if isinstance(value, Parameter) else str(value),
)
def test_schema_of_each_annotation(annotation, schema):
    assert parameter_of(annotation).json_schema() == schema


@pytest.mark.parametrize(
    ("annotation", "value", "python"),
    [
        (int | str, "6", "6"),
        (int | str, 6, 6),
        (str | int, 6, 6),
        (int | bool, True, True),
        (bool | int, 1, 1),
        (int | float, "5.5", 5.5),
        (int | Decimal, 5.5, Decimal("5.5")),
        (float | str, 5, 5.0),
        (datetime.date | str, "2026-01-31", datetime.date(2026, 1, 31)),
        (datetime.date | str, "soon", "soon"),
        (str | list[str], ["a"], ["a"]),
        (str | list[str], "a", "a"),
        (list[int] | dict[str, int], {"a": 1}, {"a": 1}),
        (int | None | str, None, None),
        (Base | int, {"a": 5}, {"a": 5}),
        (tuple[int, ...], [1, "2"], (1, 2)),
        (frozenset[int], [1, 1, "2"], frozenset({1, 2})),
        (dict[datetime.date, int], {"2026-01-31": 1}, {datetime.date(2026, 1, 31): 1}),
    ],
    ids=str,
)
def test_value_of_each_annotation(annotation, value, python):
    parameter = parameter_of(annotation)
    stored = parameter.clean(value)

    loaded = parameter.load(stored)

    assert (loaded, type(loaded)) == (python, type(python))
    assert parameter.clean(python) == stored


@pytest.mark.parametrize(
    ("annotation", "value", "detail"),
    [
        (
            int | datetime.date,
            "x",
            ["'x' is of none of the types allowed. 'x' is not a number. 'x' is not a date, such as 2026-01-31."],
        ),
        (tuple[int, str], [1], ["The list has 1 items; exactly 2 are needed."]),
        (tuple[int, str], ["x", []], ["Item 1: 'x' is not a number.", "Item 2: [] is not text."]),
        (tuple[int, str], "x", ["'x' is not a list."]),
        (dict[int, int], {"a": 1, "2": "b"}, {"a": ["'a' is not a number."], "2": ["'b' is not a number."]}),
        (dict[str, int], [1], ["[1] is not an object."]),
        (dict[str, int], {5: 1}, {"5": ["A key must be text."]}),
        (set[int], ["x"], ["Item 1: 'x' is not a number."]),
    ],
    ids=str,
)
def test_refusal_of_each_annotation(annotation, value, detail):
    assert refusal(parameter_of(annotation), value) == detail


def test_item_that_no_set_can_have_is_refused_and_not_an_error():
    assert refusal(parameter_of(set[Any]), [{"a": 1}]) == ["A list or an object cannot be an item of a set."]


def test_errors_of_a_large_object_are_few():
    assert len(refusal(parameter_of(dict[str, int]), {str(number): "x" for number in range(1000)})) == 10


def test_keys_of_an_output_are_text():
    assert parameter_of(dict[Rank, int]).dump({Rank.FIRST: 5}) == {"1": 5}
    assert parameter_of(dict[str, int]).dump({6: 5}) == {"6": 5}
    assert parameter_of(dict[UUID, int]).dump({UUID(int=1): 5}) == {"00000000-0000-0000-0000-000000000001": 5}


def test_set_of_an_output_is_in_order():
    assert parameter_of(set[int]).dump({10, 9, 1}) == [1, 9, 10]
    assert parameter_of(set[int | str]).dump({10, "a", 9}) == ["a", 10, 9]


def test_shared_parameter_is_required_in_one_place_and_optional_in_another():
    shared = typing.Annotated[str, StringParameter(max_length=3)]

    class One(TypedDict):
        a: shared

    class Other(TypedDict, total=False):
        a: shared

    one, other = parameter_of(One), parameter_of(Other)

    assert (one.json_schema()["required"], other.json_schema()["required"]) == (["a"], [])


def test_what_a_dataclass_raises_is_a_refusal():
    @dataclass
    class Even:
        number: int

        def __post_init__(self):
            if self.number < 0:
                raise ParameterNotValidError({"number": ["It is below zero."]})
            if self.number % 2:
                raise ValueError("This text is for the log.")

    assert refusal(parameter_of(Even), {"number": 5}) == ["{'number': 5} is not valid."]
    assert refusal(parameter_of(Even), {"number": -5}) == {"number": ["It is below zero."]}


def test_dataclass_that_takes_more_than_its_fields_is_refused():
    @dataclass
    class Made:
        number: int
        seed: InitVar[int]

    with pytest.raises(AnnotationError, match=r"^Made: Its __init__\(\) takes 'seed', which is no field\.$"):
        parameter_of(Made)


def test_fields_of_what_has_none():
    assert fields_of(int) is None
    assert fields_of(dict[str, int]) is None
    assert list(fields_of(Base)) == ["a", "b"]


def test_schema_of_a_function_that_tells_nothing():
    def untold(): ...

    def odd() -> complex: ...

    assert returned_schema(None) == returned_schema(untold) == returned_schema(odd) == {}


def test_replaced_is_a_copy():
    parameter = Parameter()

    assert parameter.replaced(default=5).default == 5
    assert not parameter.has_default
    with pytest.raises(ValueError, match=r"^The default of a IntParameter is not valid\. 'x' is not a number\.$"):
        IntParameter().replaced(default="x")
