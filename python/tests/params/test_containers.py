import datetime

import pytest
from rest_framework import serializers

from task_api.params import (
    DateParameter,
    DictParameter,
    IntParameter,
    ListParameter,
    NumberParameter,
    ObjectParameter,
    Parameter,
    ParameterNotValidError,
    StringParameter,
)

from .refused import refusal


class TestListParameter:
    @pytest.mark.parametrize(
        ("value", "items"), [([1, "2"], [1, 2]), ([], []), (5, [5]), ("6", [6]), (True, [1]), ((1, 2), [1, 2])]
    )
    def test_converts_each_item_and_wraps_a_scalar(self, value, items):
        parameter = ListParameter(NumberParameter())

        assert parameter.to_python(value) == items
        assert parameter.to_json(value) == items
        assert parameter.clean(value) == items

    def test_wraps_an_object_where_items_are_objects(self):
        assert ListParameter(DictParameter()).clean({"a": 1}) == [{"a": 1}]

    def test_error_names_the_item(self):
        assert refusal(ListParameter(NumberParameter()), [1, "x"]) == ["Item 2: 'x' is not a number."]

    def test_error_within_a_list_of_lists_names_the_way(self):
        parameter = ListParameter(ListParameter(NumberParameter()))

        assert refusal(parameter, [[1], [2, "x"]]) == ["Item 2: Item 2: 'x' is not a number."]

    def test_error_of_an_object_within_names_the_field(self):
        parameter = ListParameter(ObjectParameter({"a": NumberParameter()}))

        assert refusal(parameter, [{"a": 1}, {"a": "x"}]) == ["Item 2: a: 'x' is not a number."]

    def test_errors_are_at_most_ten(self):
        parameter = ListParameter(ListParameter(NumberParameter()))

        assert len(refusal(parameter, [["x"] * 9] * 9)) == 10

    def test_items_after_the_tenth_error_are_not_looked_at(self):
        seen = []

        class Refusing(Parameter):
            def to_python(self, value):
                seen.append(value)
                raise ParameterNotValidError("No.")

        with pytest.raises(ParameterNotValidError):
            ListParameter(Refusing()).to_python(list(range(100)))
        assert seen == list(range(10))

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(None, "null"), ({1}, "{1}"), (b"x", "an object of type bytes"), (range(3), "an object of type range")],
    )
    def test_refuses_null_and_other_collections(self, value, shown):
        assert refusal(ListParameter(Parameter()), value) == [f"{shown} is not a list."]

    def test_output_of_another_collection_is_refused(self):
        with pytest.raises(ValueError, match=r"^an object of type generator is not a list\.$"):
            ListParameter(StringParameter()).dump(letter for letter in "ab")

    def test_number_of_items(self):
        parameter = ListParameter(IntParameter(), min_items=1, max_items=2)

        assert parameter.clean(5) == [5]
        assert refusal(parameter, []) == ["The list has 0 items; at least 1 are needed."]
        assert refusal(parameter, [1, 2, 3]) == ["The list has 3 items; at most 2 are allowed."]
        with pytest.raises(ValueError, match="at most 2 are allowed"):
            parameter.dump([1, 2, 3])

    def test_python_items_are_stored_as_json(self):
        parameter = ListParameter(DateParameter())

        assert parameter.clean([datetime.date(2026, 1, 31)]) == ["2026-01-31"]
        assert parameter.to_python(["2026-01-31"]) == [datetime.date(2026, 1, 31)]
        assert parameter.dump([datetime.date(2026, 1, 31)]) == ["2026-01-31"]

    def test_items_may_be_null_where_allowed(self):
        parameter = ListParameter(IntParameter(allow_null=True))

        assert parameter.clean([1, None]) == [1, None]
        assert parameter.to_python([1, None]) == [1, None]
        assert refusal(ListParameter(IntParameter()), [1, None]) == ["Item 2: null is not a number."]

    def test_item_may_be_a_rest_framework_field(self):
        parameter = ListParameter(serializers.IntegerField(min_value=1))

        assert parameter.to_python(["5"]) == [5]
        assert refusal(parameter, [0]) == ["Item 1: Ensure this value is greater than or equal to 1."]

    @pytest.mark.parametrize(
        ("item", "message"),
        [
            (int, "^the class int is not a parameter; give a Parameter, or a REST framework serializer or field"),
            (IntParameter, r"^IntParameter is a class; a parameter is an instance, such as IntParameter\(\)"),
            (5, "^5 is not a parameter"),
        ],
    )
    def test_item_that_is_no_parameter_is_refused_at_definition(self, item, message):
        with pytest.raises(TypeError, match=message):
            ListParameter(item)

    def test_min_items_above_max_items_is_refused_at_definition(self):
        with pytest.raises(ValueError, match=r"^ListParameter has min_items=2 above max_items=1"):
            ListParameter(IntParameter(), min_items=2, max_items=1)

    def test_param_type_is_what_version_1_called_it(self):
        item = IntParameter()

        assert ListParameter(item).param_type is item

    def test_schema(self):
        parameter = ListParameter(IntParameter(min=0), min_items=1, max_items=5, default=[1])

        assert parameter.json_schema() == {
            "type": "array",
            "items": {"type": "integer", "minimum": 0},
            "minItems": 1,
            "maxItems": 5,
            "default": [1],
        }


class TestDictParameter:
    @pytest.mark.parametrize("value", [{}, {"a": [1, {"b": None}]}, [], [1, "x"]])
    def test_takes_any_object_or_list(self, value):
        assert DictParameter().to_python(value) == value
        assert DictParameter().to_json(value) == value
        assert DictParameter().clean(value) == value

    @pytest.mark.parametrize(("value", "shown"), [(None, "null"), (5, "5"), ("x", "'x'"), (True, "true")])
    def test_refuses_anything_else(self, value, shown):
        assert refusal(DictParameter(), value) == [f"{shown} is not an object or a list."]

    @pytest.mark.parametrize("value", [{"a": "\0"}, {"\ud800": 1}, [float("nan")], {"a": {1}}, {5: 1}])
    def test_refuses_within_what_cannot_be_stored(self, value):
        for convert in (DictParameter().clean, DictParameter().dump):
            with pytest.raises(ValueError, match=r"contains|finite|cannot be stored|is not text"):
                convert(value)

    def test_schema(self):
        assert DictParameter().json_schema() == {"type": ["object", "array"]}


class TestObjectParameter:
    ADDRESS = ObjectParameter(
        {
            "street": StringParameter(max_length=5),
            "number": IntParameter(required=False),
            "since": DateParameter(default=datetime.date(2026, 1, 1)),
        }
    )

    def test_converts_each_field(self):
        value = {"street": "Main", "number": "5", "since": "2026-01-31"}

        assert self.ADDRESS.to_python(value) == {"street": "Main", "number": 5, "since": datetime.date(2026, 1, 31)}
        assert self.ADDRESS.clean(value) == {"street": "Main", "number": 5, "since": "2026-01-31"}
        assert self.ADDRESS.dump(self.ADDRESS.to_python(value)) == self.ADDRESS.clean(value)

    def test_fills_in_defaults_and_leaves_out_what_is_optional(self):
        assert self.ADDRESS.to_python({"street": "Main"}) == {"street": "Main", "since": datetime.date(2026, 1, 1)}
        assert self.ADDRESS.clean({"street": "Main"}) == {"street": "Main", "since": "2026-01-01"}

    def test_errors_are_nested_by_field(self):
        assert refusal(self.ADDRESS, {"number": "x", "street": "Main Street"}) == {
            "street": ["'Main Street' has 11 characters; at most 5 are allowed."],
            "number": ["'x' is not a number."],
        }
        assert refusal(ObjectParameter({"home": self.ADDRESS}), {"home": {}}) == {
            "home": {"street": ["This field is required."]}
        }

    def test_unknown_fields_are_refused(self):
        assert refusal(self.ADDRESS, {"street": "Main", "zip": 5}) == {
            "zip": ["This field is not known; the known ones are: street, number, since."]
        }

    def test_unknown_fields_are_named_shortly_and_at_most_ten(self):
        detail = refusal(ObjectParameter({}), {f"{number}{'x' * 1000}": 1 for number in range(1000)})

        assert len(detail) == 10
        assert all(len(key) <= 80 for key in detail)

    @pytest.mark.parametrize(("value", "shown"), [(None, "null"), ([], "[]"), ("x", "'x'"), (5, "5")])
    def test_refuses_what_is_no_object(self, value, shown):
        assert refusal(self.ADDRESS, value) == [f"{shown} is not an object."]

    def test_output_of_another_shape_is_refused(self):
        with pytest.raises(ValueError, match=r"^zip: This field is not known.* street: This field is required\.$"):
            self.ADDRESS.dump({"zip": 5})

    def test_field_may_be_a_rest_framework_field(self):
        parameter = ObjectParameter({"age": serializers.IntegerField})

        assert parameter.to_python({"age": "5"}) == {"age": 5}
        assert refusal(parameter, {"age": "x"}) == {"age": ["A valid integer is required."]}

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"a": int}, "^the class int is not a parameter"),
            (["a"], "^\\['a'\\] is not a set of fields; give a dict of a parameter for each name"),
        ],
    )
    def test_what_makes_no_fields_is_refused_at_definition(self, fields, message):
        with pytest.raises(TypeError, match=message):
            ObjectParameter(fields)

    def test_schema(self):
        assert self.ADDRESS.json_schema() == {
            "type": "object",
            "properties": {
                "street": {"type": "string", "maxLength": 5},
                "number": {"type": "integer"},
                "since": {"type": "string", "format": "date", "default": "2026-01-01"},
            },
            "required": ["street"],
            "additionalProperties": False,
        }
