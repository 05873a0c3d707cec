"""What a task takes and gives: cleaning of inputs, loading them again, shaping of outputs."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group

from task_api.exceptions import InputsNotValidError, OutputsNotValidError
from task_api.interface import Interface
from task_api.params import DateParameter, DictParameter, IntParameter, ListParameter, ModelParameter, StringParameter
from task_api.tasks import Task


def interface(**attributes: Any) -> Interface:
    return type("Sample", (Task,), {"name": "sample"} | attributes).interface()


INPUTS = interface(
    inputs={
        "number": IntParameter(),
        "date": DateParameter(required=False),
        "many": ListParameter(IntParameter(), default=[1]),
        "made": ListParameter(IntParameter(), default=list),
    }
)


def test_inputs_are_stored_as_json() -> None:
    assert INPUTS.clean({"number": "6", "date": "2026-01-02", "many": 3, "made": [4]}) == {
        "number": 6,
        "date": "2026-01-02",
        "many": [3],
        "made": [4],
    }


def test_defaults_are_stored_and_optional_inputs_left_out() -> None:
    one, other = INPUTS.clean({"number": 5.2}), INPUTS.clean({"number": 5.2})
    assert one == {"number": 5, "many": [1], "made": []}
    assert one["many"] is not other["many"]


def test_inputs_are_loaded_as_python_objects() -> None:
    loaded = INPUTS.load({"number": 6, "date": "2026-01-02", "gone": 5})
    assert loaded["date"].isoformat() == "2026-01-02"
    # Those with a default were perhaps stored before the task had them.
    assert loaded == {"number": 6, "date": loaded["date"], "many": [1], "made": []}


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputsNotValidError) as caught:
        INPUTS.clean({"date": "x", "many": ["a", "b"], "extra": 1, 5: 2})
    assert caught.value.errors.keys() == {"number", "date", "many", "extra", "5"}
    assert caught.value.errors["many"] == ["Item 1: 'a' is not a number.", "Item 2: 'b' is not a number."]
    takes = "The task 'sample' takes: number, date, many, made."
    assert caught.value.errors["5"] == [f"Unknown input '5'. {takes}"]
    assert str(caught.value).startswith("The inputs of task 'sample' are not valid: extra: [")


def test_default_is_stored_as_json() -> None:
    dated = interface(
        inputs={"date": DateParameter(default=date(2026, 1, 2)), "today": DateParameter(default=date.today)}
    )
    stored = dated.clean({})
    assert stored["date"] == "2026-01-02"
    assert isinstance(stored["today"], str)
    assert dated.load(stored)["date"] == date(2026, 1, 2)


@pytest.mark.django_db
def test_input_that_is_gone_since_it_was_stored_is_named() -> None:
    groups = interface(inputs={"group": ModelParameter(Group)})
    group = Group.objects.create(name="g")
    stored = groups.clean({"group": group.pk})
    assert groups.load(stored) == {"group": group}
    group.delete()
    with pytest.raises(InputsNotValidError, match=r"^The inputs of task 'sample' are not valid: group: "):
        groups.load(stored)


NONE = interface()
ONE = interface(outputs={"text": StringParameter()})
OPTIONAL = interface(outputs={"text": StringParameter(required=False)})
DICT = interface(outputs={"data": DictParameter()})
TWO = interface(outputs={"a": IntParameter(), "b": IntParameter(required=False)})


@pytest.mark.parametrize(
    ("shape", "returned", "outputs"),
    [
        (NONE, None, {}),
        (NONE, "whatever", {}),
        (NONE, float("nan"), {}),
        (ONE, "x", {"text": "x"}),
        (ONE, {"text": "x"}, {"text": "x"}),
        (ONE, 5, {"text": "5"}),
        (OPTIONAL, None, {}),
        (OPTIONAL, "x", {"text": "x"}),
        (DICT, {"a": 1}, {"data": {"a": 1}}),
        (DICT, {"data": {"a": 1}}, {"data": {"a": 1}}),
        (DICT, {"data": {"a": 1}, "b": 2}, {"data": {"data": {"a": 1}, "b": 2}}),
        (TWO, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        (TWO, {"a": "1"}, {"a": 1}),
        (TWO, {"a": 1, "more": 2}, {"a": 1}),
    ],
)
def test_outputs_are_shaped(shape: Interface, returned: Any, outputs: dict[str, Any]) -> None:
    assert shape.dump(returned) == outputs


@pytest.mark.parametrize(
    ("shape", "returned", "message"),
    [
        (ONE, None, "Task 'sample' did not return its output 'text'."),
        (ONE, {"text": None}, "Task 'sample' did not return its output 'text'."),
        (ONE, ["x"], "Output 'text' of task 'sample' is not valid: "),
        (ONE, "a\0b", "Output 'text' of task 'sample' is not valid: The text "),
        (TWO, None, "Task 'sample' did not return its output 'a'."),
        (TWO, {"b": 1}, "Task 'sample' did not return its output 'a'."),
        (TWO, [1, 2], "Task 'sample' returned list, must be a dict of its outputs: a, b."),
        (TWO, {"a": "x"}, "Output 'a' of task 'sample' is not valid: 'x' is not a number."),
        (DICT, {"a": {1, 2}}, "Output 'data' of task 'sample' is not valid: A value of type set at a cannot be stored"),
    ],
)
def test_outputs_of_a_wrong_shape_are_refused(shape: Interface, returned: Any, message: str) -> None:
    with pytest.raises(OutputsNotValidError) as caught:
        shape.dump(returned)
    assert str(caught.value).startswith(message)


def test_interface_is_made_once_a_class() -> None:
    class One(Task):
        inputs = {"a": IntParameter()}

    class Two(One):
        inputs = {"b": IntParameter()}

    assert One.interface() is One.interface()
    assert (list(One.interface().inputs), list(Two.interface().inputs)) == (["a"], ["b"])


def test_schemas() -> None:
    assert INPUTS.inputs_schema() == {
        "type": "object",
        "properties": {
            "number": {"type": "integer"},
            "date": {"type": "string", "format": "date"},
            "many": {"type": "array", "items": {"type": "integer"}, "default": [1]},
            "made": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["number"],
        "additionalProperties": False,
    }
    assert NONE.outputs_schema() == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


NULLS = interface(
    outputs={
        "needed": IntParameter(),
        "optional": StringParameter(required=False),
        "nullable": StringParameter(allow_null=True),
    }
)


def test_none_is_an_output_only_where_null_is_allowed() -> None:
    returned = {"needed": 1, "optional": None, "nullable": None}
    assert NULLS.dump(returned) == {"needed": 1, "nullable": None}
    with pytest.raises(OutputsNotValidError, match="did not return its output 'needed'"):
        NULLS.dump(returned | {"needed": None})
    with pytest.raises(OutputsNotValidError, match="did not return its output 'nullable'"):
        NULLS.dump({"needed": 1})


def test_none_of_the_only_output() -> None:
    assert interface(outputs={"text": StringParameter(required=False)}).dump(None) == {}
    assert interface(outputs={"text": StringParameter(allow_null=True)}).dump(None) == {"text": None}
