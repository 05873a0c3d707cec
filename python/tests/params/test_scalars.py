from decimal import Decimal
from fractions import Fraction

import pytest

from task_api.params import BooleanParameter, DecimalParameter, FloatParameter, IntParameter, NumberParameter

from .refused import refusal

HUGE = "a number of about 401 digits"


class TestNumberParameter:
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (6, 6),
            (5.5, 5.5),
            (5.0, 5.0),
            ("6", 6),
            ("6.0", 6),
            ("5.5", 5.5),
            ("-1e3", -1000),
            (" 7 ", 7),
            ("9007199254740993", 9007199254740993),
            (True, 1),
            (False, 0),
            (Decimal("5.5"), 5.5),
            (Decimal(6), 6),
            (Fraction(1, 2), 0.5),
        ],
    )
    def test_converts_numbers_and_their_text(self, value, number):
        for converted in (NumberParameter().to_python(value), NumberParameter().to_json(value)):
            assert converted == number
            assert type(converted) is type(number)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("x", "'x' is not a number."),
            ("", "'' is not a number."),
            (None, "null is not a number."),
            ([1], "[1] is not a number."),
            ({"a": 1}, "{'a': 1} is not a number."),
            (b"5", "an object of type bytes is not a number."),
            (1j, "an object of type complex is not a number."),
            (float("nan"), "NaN is not a finite number."),
            (float("inf"), "Infinity is not a finite number."),
            ("nan", "'nan' is not a finite number."),
            ("-Infinity", "'-Infinity' is not a finite number."),
            ("1e400", "'1e400' is not a finite number."),
            (10**400, f"{HUGE} is too large; a number must stay under 1.8e308."),
            (Decimal("NaN"), "NaN is not a finite number."),
            (Fraction(10**400), "an object of type Fraction is too large; a number must stay under 1.8e308."),
        ],
    )
    @pytest.mark.parametrize("parameter", [NumberParameter(), IntParameter(), FloatParameter()])
    def test_refuses_what_is_no_finite_number(self, parameter, value, message):
        assert refusal(parameter, value) == [message]

    def test_refuses_text_of_5000_digits(self):
        [message] = refusal(NumberParameter(), "9" * 5000)

        assert message.endswith("is not a finite number.")
        assert len(message) < 120

    def test_refuses_text_of_400_digits(self):
        [message] = refusal(NumberParameter(), "9" * 400)

        assert message.endswith("is too large; a number must stay under 1.8e308.")

    def test_bounds_are_included(self):
        parameter = NumberParameter(min=0, max=1.5)

        assert parameter.clean(0) == 0
        assert parameter.clean("1.5") == 1.5
        assert refusal(parameter, -1) == ["-1 is too small; the minimum is 0."]
        assert refusal(parameter, 1.6) == ["1.6 is too large; the maximum is 1.5."]

    def test_schema(self):
        assert NumberParameter().json_schema() == {"type": "number"}
        assert FloatParameter(min=0).json_schema() == {"type": "number", "minimum": 0}
        assert IntParameter(max=5).json_schema() == {"type": "integer", "maximum": 5}


class TestIntParameter:
    @pytest.mark.parametrize(("value", "number"), [("6", 6), (5.2, 5), ("5.9", 5), (-5.9, -5), (True, 1), (7, 7)])
    def test_cuts_off_the_fraction(self, value, number):
        for converted in (IntParameter().to_python(value), IntParameter().to_json(value)):
            assert converted == number
            assert type(converted) is int

    def test_bounds_hold_for_the_whole_number(self):
        assert IntParameter(max=5).clean(5.9) == 5


class TestFloatParameter:
    @pytest.mark.parametrize(("value", "number"), [("6", 6.0), (5, 5.0), (5.5, 5.5), (True, 1.0)])
    def test_makes_a_float(self, value, number):
        for converted in (FloatParameter().to_python(value), FloatParameter().to_json(value)):
            assert converted == number
            assert type(converted) is float


class TestBounds:
    @pytest.mark.parametrize("kind", [NumberParameter, IntParameter, FloatParameter, DecimalParameter])
    def test_min_above_max_is_refused_at_definition(self, kind):
        with pytest.raises(ValueError, match=f"^{kind.__name__} has min=2 above max=1, which no value can satisfy"):
            kind(min=2, max=1)

    def test_bound_of_another_type_is_refused_at_definition(self):
        with pytest.raises(TypeError, match=r"^IntParameter has max='5'; it must be of type int or float\.$"):
            IntParameter(max="5")

    def test_bound_that_is_not_finite_is_refused_at_definition(self):
        with pytest.raises(ValueError, match=r"^IntParameter has min=NaN; it must be finite\.$"):
            IntParameter(min=float("nan"))

    def test_default_out_of_bounds_is_refused_at_definition(self):
        with pytest.raises(ValueError, match=r"not valid\. 6 is too large; the maximum is 5\."):
            IntParameter(max=5, default=6)


class TestDecimalParameter:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            ("1.10", "1.10"),
            (" 5 ", "5"),
            (5, "5"),
            (0.1, "0.1"),
            (Decimal("1.10"), "1.10"),
            ("1e3", "1000"),
            ("1E-7", "0.0000001"),
            ("-0", "-0"),
        ],
    )
    def test_is_stored_as_text_and_loaded_exactly(self, value, stored):
        parameter = DecimalParameter()

        assert parameter.clean(value) == stored
        assert parameter.to_python(stored) == Decimal(stored)
        assert parameter.dump(Decimal(stored)) == stored

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("x", "'x' is not a decimal number."),
            ("", "'' is not a decimal number."),
            (None, "null is not a decimal number."),
            (True, "true is not a decimal number."),
            ([], "[] is not a decimal number."),
            ("NaN", "'NaN' is not a finite number."),
            ("sNaN", "'sNaN' is not a finite number."),
            ("-Infinity", "'-Infinity' is not a finite number."),
            ("1e309", "'1e309' has too many digits."),
            ("1e999999999", "'1e999999999' has too many digits."),
            ("1e-999999999", "'1e-999999999' has too many digits."),
            ("0e999999999", "'0e999999999' has too many digits."),
        ],
    )
    def test_refuses_what_is_no_decimal_of_sensible_size(self, value, message):
        assert refusal(DecimalParameter(), value) == [message]

    @pytest.mark.parametrize("value", ["1" * 1001, "0." + "1" * 999, "9" * 10**6, f"1.{'1' * 900}e-200"])
    def test_refuses_text_beyond_1000_characters(self, value):
        [message] = refusal(DecimalParameter(), value)

        assert message.endswith("has too many digits.")

    def test_refuses_an_integer_too_long_to_print(self):
        [message] = refusal(DecimalParameter(), 10**5000)

        assert message.startswith("a number of about 5001 digits is")

    def test_digits_and_places_are_djangos(self):
        parameter = DecimalParameter(max_digits=4, decimal_places=2)

        assert parameter.clean("12.34") == "12.34"
        assert refusal(parameter, "12.345") == [
            "12.345 is not valid: Ensure that there are no more than 4 digits in total."
        ]
        assert refusal(parameter, "1.234") == [
            "1.234 is not valid: Ensure that there are no more than 2 decimal places."
        ]
        assert refusal(parameter, "123") == [
            "123 is not valid: Ensure that there are no more than 2 digits before the decimal point."
        ]

    def test_bounds(self):
        parameter = DecimalParameter(min=0, max=Decimal("1.5"))

        assert parameter.clean("1.50") == "1.50"
        assert refusal(parameter, "-0.1") == ["-0.1 is too small; the minimum is 0."]
        assert refusal(parameter, "1.51") == ["1.51 is too large; the maximum is 1.5."]

    def test_more_places_than_digits_are_refused_at_definition(self):
        with pytest.raises(ValueError, match="DecimalParameter has decimal_places=3 above max_digits=2"):
            DecimalParameter(max_digits=2, decimal_places=3)

    def test_schema(self):
        assert DecimalParameter(default=Decimal("1.5")).json_schema() == {
            "type": "string",
            "format": "decimal",
            "pattern": r"^-?[0-9]+(\.[0-9]{1,})?$",
            "default": "1.5",
        }


class TestBooleanParameter:
    @pytest.mark.parametrize(
        ("value", "truth"),
        [
            (True, True),
            (False, False),
            (1, True),
            (0, False),
            ("true", True),
            ("TRUE", True),
            ("False", False),
        ],
    )
    def test_converts_booleans_their_text_and_one_and_zero(self, value, truth):
        assert BooleanParameter().to_python(value) is truth
        assert BooleanParameter().clean(value) is truth

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("yes", "'yes' is not true or false."),
            ("", "'' is not true or false."),
            (2, "2 is not true or false."),
            (1.0, "1.0 is not true or false."),
            (None, "null is not true or false."),
            ([], "[] is not true or false."),
        ],
    )
    def test_refuses_anything_else(self, value, message):
        assert refusal(BooleanParameter(), value) == [message]

    @pytest.mark.parametrize(
        ("value", "truth"),
        [([1], True), ({}, False), (None, False), (5, True), ("false", False), ("yes", True), ("", False)],
    )
    def test_output_is_the_truth_of_any_object(self, value, truth):
        assert BooleanParameter().to_json(value) is truth

    def test_null_output_stays_null_where_allowed(self):
        assert BooleanParameter(allow_null=True).dump(None) is None

    def test_schema(self):
        assert BooleanParameter().json_schema() == {"type": "boolean"}
