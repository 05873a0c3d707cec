import datetime
import json
import logging

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from rest_framework.exceptions import ValidationError as RestValidationError

from task_api.params import IntParameter, ListParameter, Parameter, ParameterNotValidError, StringParameter
from task_api.params.base import UNSET

from .refused import refusal


class Color:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return isinstance(other, Color) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


class ColorParameter(Parameter):
    """A subclass as version 1's users wrote them."""

    def to_python(self, value):
        if value == "octarine":
            raise ParameterNotValidError("Octarine is not a color.")
        return Color(value.lower())

    def to_json(self, value):
        return value.name


class TestParameter:
    @pytest.mark.parametrize("value", [None, True, 5, 5.5, "x", [1, {"a": None}], {}])
    def test_takes_any_json_as_it_is(self, value):
        assert Parameter().to_python(value) == value
        assert Parameter().to_json(value) == value
        assert Parameter().clean(value) == value

    @pytest.mark.parametrize("value", [float("nan"), ["\0"], {"a": "\ud800"}, 10**400])
    def test_refuses_what_cannot_be_stored(self, value):
        with pytest.raises(ParameterNotValidError):
            Parameter().clean(value)

    def test_refuses_a_python_object(self):
        with pytest.raises(ParameterNotValidError, match="A value of type set cannot be stored"):
            Parameter().clean({1})

    @pytest.mark.parametrize(
        ("parameter", "required"),
        [
            (IntParameter(), True),
            (IntParameter(True), True),
            (IntParameter(False), False),
            (IntParameter(required=False), False),
            (IntParameter(default=5), False),
            (IntParameter(required=True, default=5), False),
            (IntParameter(default=None), False),
            (ListParameter(IntParameter(), False), False),
            (ListParameter(IntParameter(), required=False), False),
        ],
    )
    def test_is_required_unless_said_or_given_a_default(self, parameter, required):
        assert parameter.required is required


class TestNull:
    def test_is_refused_by_a_typed_parameter(self):
        assert refusal(IntParameter(), None) == ["null is not a number."]

    def test_is_refused_by_an_optional_parameter(self):
        assert refusal(IntParameter(required=False), None) == ["null is not a number."]

    @pytest.mark.parametrize("parameter", [IntParameter(allow_null=True), IntParameter(default=None)])
    def test_is_taken_where_allowed(self, parameter):
        assert parameter.clean(None) is None
        assert parameter.load(None) is None
        assert parameter.to_python(None) is None
        assert parameter.to_json(None) is None
        assert parameter.dump(None) is None

    def test_does_not_reach_a_conversion_of_ones_own_where_allowed(self):
        parameter = ColorParameter(allow_null=True)

        assert parameter.clean(None) is None
        assert parameter.load(None) is None
        assert parameter.dump(None) is None


class TestDefault:
    def test_is_unset(self):
        assert not IntParameter().has_default
        assert repr(UNSET) == "<unset>"

    def test_is_copied_where_it_could_change(self):
        parameter = ListParameter(IntParameter(), default=[1])
        parameter.get_default().append(2)

        assert parameter.get_default() == [1]

    def test_is_called_where_it_is_callable(self):
        calls = iter([1, 2])
        parameter = IntParameter(default=lambda: next(calls))

        assert parameter.has_default
        assert [parameter.get_default(), parameter.get_default()] == [1, 2]
        assert "default" not in parameter.json_schema()

    def test_that_is_not_valid_is_refused_at_definition(self):
        with pytest.raises(ValueError, match=r"^The default of a IntParameter is not valid\. 'x' is not a number\.$"):
            IntParameter(default="x")

    def test_of_a_subclass_is_checked_with_its_own_conversion(self):
        assert ColorParameter(default="RED").get_default() == "RED"
        with pytest.raises(ValueError, match="Octarine is not a color"):
            ColorParameter(default="octarine")


class TestSubclass:
    def test_converts_both_ways(self):
        parameter = ColorParameter(required=False)

        assert parameter.clean("RED") == "red"
        assert parameter.load("red") == Color("red")
        assert parameter.dump(Color("red")) == "red"

    def test_error_of_its_own_passes(self):
        assert refusal(ColorParameter(), "octarine") == ["Octarine is not a color."]

    def test_works_within_a_list(self):
        parameter = ListParameter(ColorParameter())

        assert parameter.clean(["RED", "Blue"]) == ["red", "blue"]
        assert refusal(parameter, ["red", "octarine"]) == ["Item 2: Octarine is not a color."]

    @pytest.mark.parametrize("value", [5, None, [], {}, "\ud800", float("nan")])
    def test_conversion_that_fails_on_another_type_is_a_refusal(self, value):
        with pytest.raises(ParameterNotValidError):
            ColorParameter().clean(value)

    @pytest.mark.parametrize("value", ["\0", ["\ud800"], {"a": float("nan")}, 10**400])
    def test_conversion_never_sees_what_cannot_be_stored(self, value):
        seen = []

        class Recording(Parameter):
            def to_python(self, value):
                seen.append(value)

        with pytest.raises(ParameterNotValidError):
            Recording().clean(value)
        assert seen == []

    def test_failed_conversion_is_logged_for_whoever_wrote_it(self, caplog):
        with caplog.at_level(logging.WARNING), pytest.raises(ParameterNotValidError) as caught:
            ColorParameter().clean(5)

        assert str(caught.value) == "5 is not valid."
        assert "conversion failed" in caplog.text
        assert "AttributeError" in caplog.text

    @pytest.mark.parametrize(
        ("error", "detail"),
        [
            (ValidationError("Too red."), ["Too red."]),
            (ValidationError({"hue": ["Too red."]}), {"hue": ["Too red."]}),
            (RestValidationError("Too red."), ["Too red."]),
            (RestValidationError({"hue": ["Too red."]}), {"hue": ["Too red."]}),
            (ObjectDoesNotExist("Color 5 of 7 in table colors"), ["'x' is not valid."]),
            (KeyError("x"), ["'x' is not valid."]),
            (RecursionError(), ["'x' is not valid."]),
        ],
    )
    def test_errors_of_validators_become_refusals(self, error, detail):
        class Failing(Parameter):
            def to_python(self, value):
                raise error

            to_json = to_python

        for convert in (Failing().clean, Failing().load, Failing().dump):
            with pytest.raises(ParameterNotValidError) as caught:
                convert("x")
            assert caught.value.detail == detail

    def test_error_that_is_the_servers_own_is_not_hidden(self):
        class Failing(Parameter):
            def to_python(self, value):
                raise ConnectionError("The database is away.")

        with pytest.raises(ConnectionError):
            Failing().clean("x")

    def test_of_a_typed_parameter_may_change_what_to_python_gives(self):
        class HalvedParameter(IntParameter):
            def to_python(self, value):
                return super().to_python(value) / 2

            def to_json(self, value):
                return super().to_json(value * 2)

        assert HalvedParameter().to_python("6") == 3.0
        assert HalvedParameter().clean("6") == 6

    def test_inherits_the_schema_of_its_base(self):
        class SlugParameter(StringParameter):
            def to_python(self, value):
                return super().to_python(value).lower()

        assert SlugParameter().json_schema() == {"type": "string"}
        assert ColorParameter().json_schema() == {}


class TestJsonSchema:
    def test_of_any_value_allows_everything(self):
        assert Parameter().json_schema() == {}
        assert Parameter(allow_null=True).json_schema() == {}

    def test_has_description_default_and_null(self):
        schema = IntParameter(default=5, help_text="How many.", allow_null=True).json_schema()

        assert schema == {"type": ["integer", "null"], "description": "How many.", "default": 5}

    def test_has_the_default_as_json(self):
        schema = ColorParameter(default="RED").json_schema()

        assert json.dumps(schema) == '{"default": "red"}'


def test_conversion_without_a_way_back_keeps_the_value_as_it_came():
    """A parameter written for version 1, which stored inputs as they came, needs no `to_json`."""

    class Day(Parameter):
        def to_python(self, value):
            return datetime.date.fromisoformat(value)

    assert Day().clean("2026-11-22") == "2026-11-22"
    assert Day().load("2026-11-22") == datetime.date(2026, 11, 22)
    with pytest.raises(ParameterNotValidError):
        Day().clean("tomorrow")
