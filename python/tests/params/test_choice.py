import enum

import pytest
from django.db import models

from task_api.params import ChoiceParameter

from .refused import refusal


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Level(models.IntegerChoices):
    LOW = 1, "Low"
    HIGH = 2, "High"


class Size(models.TextChoices):
    SMALL = "s", "Small"
    LARGE = "l", "Large"


class TestChoiceParameter:
    @pytest.mark.parametrize(
        "choices",
        [
            ["a", "b"],
            ("a", "b"),
            [("a", "The first"), ("b", "The second")],
            [["a", "The first"], ["b", "The second"]],
            [("Letters", [("a", "The first"), ("b", "The second")])],
            {"a": "The first", "b": "The second"},
            (letter for letter in "ab"),
        ],
    )
    def test_takes_values_and_djangos_choices(self, choices):
        parameter = ChoiceParameter(choices)

        assert parameter.choices == ["a", "b"]
        assert parameter.clean("b") == "b"
        assert refusal(parameter, "c") == ["'c' is not one of 'a', 'b'."]

    @pytest.mark.parametrize(
        ("choices", "value", "member"), [(Color, "b", Color.BLUE), (Size, "l", Size.LARGE), (Level, 2, Level.HIGH)]
    )
    def test_gives_members_of_an_enumeration(self, choices, value, member):
        parameter = ChoiceParameter(choices)

        assert parameter.to_python(value) is member
        assert parameter.to_python(member) is member
        assert parameter.clean(member) == value
        assert type(parameter.clean(member)) is type(value)
        assert parameter.dump(member) == value

    def test_member_of_another_enumeration_is_refused(self):
        assert refusal(ChoiceParameter(Color), Level.LOW) == ["Level.LOW is not one of 'r', 'b'."]

    def test_strings_of_two_characters_are_values(self):
        assert ChoiceParameter(["ab", "cd"]).choices == ["ab", "cd"]

    @pytest.mark.parametrize("value", [True, 1.5, "true", None, [], [1], {}, float("nan")])
    def test_refuses_anything_else(self, value):
        assert refusal(ChoiceParameter([1, 2]), value)

    def test_refuses_a_number_too_long_to_print(self):
        assert refusal(ChoiceParameter([1, 2]), 10**5000)

    def test_true_and_one_are_different_choices(self):
        parameter = ChoiceParameter([0, 1, True])

        assert parameter.to_python(1) is not True
        assert parameter.to_python(True) is True
        assert refusal(parameter, False) == ["false is not one of 0, 1, true."]

    def test_text_of_a_number_is_the_number(self):
        assert ChoiceParameter([1, 2.5]).clean("1") == 1
        assert ChoiceParameter([1, 2.5]).clean("2.5") == 2.5
        assert ChoiceParameter(Level).to_python("2") is Level.HIGH

    def test_text_that_is_a_choice_itself_wins(self):
        assert ChoiceParameter([1, "1"]).clean("1") == "1"

    def test_none_among_the_choices_allows_null(self):
        parameter = ChoiceParameter(["a", None])

        assert parameter.clean(None) is None
        assert parameter.json_schema() == {"type": ["string", "null"], "enum": ["a", None]}

    def test_error_names_at_most_20_choices(self):
        [message] = refusal(ChoiceParameter(range(30)), 99)

        assert message.endswith("18, 19, and 10 more.")

    @pytest.mark.parametrize(
        ("choices", "error", "message"),
        [
            ([], ValueError, "A ChoiceParameter needs at least one choice."),
            ("ab", TypeError, "'ab' is not a set of choices"),
            (5, TypeError, "5 is not a set of choices"),
            (int, TypeError, "the class int is not a set of choices"),
            ([object()], TypeError, "an object of type object cannot be a choice"),
            ([("a", "b", "c")], TypeError, r"\('a', 'b', 'c'\) cannot be a choice"),
            ([float("nan")], ValueError, "NaN is not a finite number"),
        ],
    )
    def test_what_makes_no_choices_is_refused_at_definition(self, choices, error, message):
        with pytest.raises(error, match=message):
            ChoiceParameter(choices)

    def test_default_that_is_no_choice_is_refused_at_definition(self):
        with pytest.raises(ValueError, match="'c' is not one of 'a', 'b'"):
            ChoiceParameter(["a", "b"], default="c")

    @pytest.mark.parametrize(
        ("choices", "schema"),
        [
            (Color, {"type": "string", "enum": ["r", "b"]}),
            (Level, {"type": "integer", "enum": [1, 2]}),
            ([True], {"type": "boolean", "enum": [True]}),
            ([1.5], {"type": "number", "enum": [1.5]}),
            ([1, "a"], {"enum": [1, "a"]}),
        ],
    )
    def test_schema(self, choices, schema):
        assert ChoiceParameter(choices).json_schema() == schema

    def test_schema_with_an_enumerations_default(self):
        assert ChoiceParameter(Color, default=Color.BLUE).json_schema()["default"] == "b"
