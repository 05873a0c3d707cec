import datetime
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task_api.params import ParameterNotValidError, ensure_storable
from task_api.params.storable import ensure_sound

from .strategies import storable_json


def nested(levels, kind=list):
    value: object = 0
    for _ in range(levels):
        value = [value] if kind is list else {"a": value}
    return value


def circular():
    value: dict = {"a": []}
    value["a"].append(value)
    return value


FAULTS = [
    (float("nan"), "NaN is not a finite number."),
    ([1, float("inf")], "Infinity at [1] is not a finite number."),
    ({"a": [{"b c": float("-inf")}]}, "-Infinity at a[0]['b c'] is not a finite number."),
    (10**400, "a number of about 401 digits is too large; a number must stay under 1.8e308."),
    (-(10**400), "a number of about 401 digits is too large; a number must stay under 1.8e308."),
    ("a\0", "The text 'a\\x00' contains U+0000, which databases cannot store."),
    (["\ud800"], "The text '\\ud800' at [0] contains a lone surrogate, which is no character."),
    ({"a": {"\0": 1}}, "The key '\\x00' at a contains U+0000, which databases cannot store."),
    ({"\udfff": 1}, "The key '\\udfff' contains a lone surrogate, which is no character."),
]
DEEP = "is nested deeper than 64 levels, or contains itself."


@pytest.mark.parametrize(("value", "message"), FAULTS)
@pytest.mark.parametrize("ensure", [ensure_storable, ensure_sound])
def test_what_no_database_stores_is_refused_with_its_place(ensure, value, message):
    with pytest.raises(ParameterNotValidError) as caught:
        ensure(value)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"a": {1, 2}},
            "A value of type set at a cannot be stored; use null, true or false, a number, text, a list or a dict.",
        ),
        (
            datetime.date(2026, 1, 1),
            "A value of type date cannot be stored; use null, true or false, a number, text, a list or a dict.",
        ),
        ([{5: 1}], "The key 5 at [0] is not text, and JSON has no other keys."),
    ],
)
def test_what_json_lacks_is_not_storable_but_sound(value, message):
    ensure_sound(value)

    with pytest.raises(ParameterNotValidError) as caught:
        ensure_storable(value)

    assert str(caught.value) == message


@pytest.mark.parametrize("ensure", [ensure_storable, ensure_sound])
@pytest.mark.parametrize("kind", [list, dict])
def test_nesting_of_64_levels_is_the_deepest(ensure, kind):
    ensure(nested(64, kind))

    with pytest.raises(ParameterNotValidError, match=DEEP):
        ensure(nested(65, kind))


@pytest.mark.parametrize(
    "value", [nested(100_000), nested(100_000, dict), circular()], ids=["list", "dict", "circular"]
)
def test_depth_without_end_is_refused_and_overflows_no_stack(value):
    with pytest.raises(ParameterNotValidError, match=DEEP) as caught:
        ensure_storable(value)

    assert len(str(caught.value)) < 200


@settings(deadline=None)
@given(storable_json)
def test_json_is_storable(value):
    ensure_storable(value)
    ensure_storable(json.loads(json.dumps(value)))


@settings(deadline=None)
@given(st.integers(min_value=-(10**308), max_value=10**308))
def test_integers_in_a_doubles_range_are_storable(value):
    ensure_storable(value)


def test_tuples_are_lists():
    ensure_storable((1, ("a", None)))
