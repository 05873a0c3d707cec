import datetime
import uuid
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from rest_framework import fields, serializers

from task_api.params import IntParameter, Parameter, ParameterNotValidError, as_parameter

from .refused import refusal


class AddressSerializer(serializers.Serializer):
    street = serializers.CharField(max_length=5)
    since = serializers.DateField(required=False)
    number = serializers.IntegerField(read_only=True)


class PersonSerializer(serializers.Serializer):
    name = serializers.CharField()
    addresses = AddressSerializer(many=True, required=False)

    def validate(self, attrs):
        if attrs["name"] == "nobody":
            raise serializers.ValidationError("Nobody is no person.")
        return attrs


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ("id", "name")


class TestAsParameter:
    def test_passes_a_parameter_through(self):
        parameter = IntParameter()

        assert as_parameter(parameter) is parameter

    @pytest.mark.parametrize(
        "obj", [serializers.IntegerField, serializers.IntegerField(), PersonSerializer, PersonSerializer(many=True)]
    )
    def test_wraps_serializers_and_fields_and_their_classes(self, obj):
        assert isinstance(as_parameter(obj), Parameter)

    @pytest.mark.parametrize(
        ("obj", "message"),
        [
            (None, "null is not a parameter; give a Parameter, or a REST framework serializer or field."),
            (str, "the class str is not a parameter; give a Parameter, or a REST framework serializer or field."),
            (IntParameter, "IntParameter is a class; a parameter is an instance, such as IntParameter()."),
        ],
    )
    def test_refuses_anything_else_by_name(self, obj, message):
        with pytest.raises(TypeError) as caught:
            as_parameter(obj)

        assert str(caught.value) == message

    def test_refuses_a_class_that_needs_arguments(self):
        with pytest.raises(TypeError, match=r"^ChoiceField cannot be made without arguments; give an instance"):
            as_parameter(serializers.ChoiceField)

    def test_refuses_a_default_that_needs_a_request(self):
        with pytest.raises(TypeError, match=r"^CharField has a default that needs a request, and a task has none"):
            as_parameter(serializers.CharField(default=serializers.CurrentUserDefault()))


class TestFieldParameter:
    def test_takes_options_from_the_field(self):
        parameter = as_parameter(serializers.IntegerField(required=False, allow_null=True, help_text="How many."))

        assert not parameter.required
        assert parameter.allow_null
        assert parameter.help_text == "How many."
        assert not parameter.has_default
        assert as_parameter(serializers.IntegerField()).required

    def test_takes_the_default_from_the_field(self):
        parameter = as_parameter(serializers.DateField(default=datetime.date(2026, 1, 31)))

        assert not parameter.required
        assert parameter.get_default() == datetime.date(2026, 1, 31)
        assert parameter.clean(parameter.get_default()) == "2026-01-31"
        assert as_parameter(serializers.ListField(default=list)).get_default() == []

    def test_stores_valid_input_as_it_came_and_gives_what_is_validated(self):
        parameter = as_parameter(serializers.IntegerField())

        assert parameter.clean("5") == "5"
        assert parameter.to_python("5") == 5

    @pytest.mark.parametrize(
        ("field", "value", "stored"),
        [
            (serializers.DateField(), datetime.date(2026, 1, 31), "2026-01-31"),
            (serializers.DecimalField(30, 20), Decimal("0.12345678901234567890"), "0.12345678901234567890"),
            (serializers.DurationField(), datetime.timedelta(days=1, microseconds=1), "1 00:00:00.000001"),
            (serializers.UUIDField(), uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
            (serializers.ListField(child=serializers.DateField()), [datetime.date(2026, 1, 31)], ["2026-01-31"]),
        ],
    )
    def test_takes_python_objects(self, field, value, stored):
        parameter = as_parameter(field)

        assert parameter.clean(value) == stored
        assert parameter.to_python(stored) == value
        assert parameter.to_python(value) == value
        assert parameter.dump(value) == stored

    def test_error_of_a_field_is_a_list(self):
        assert refusal(as_parameter(serializers.IntegerField(max_value=5)), 6) == [
            "Ensure this value is less than or equal to 5."
        ]

    def test_null_is_refused_unless_allowed(self):
        assert refusal(as_parameter(serializers.IntegerField()), None) == ["This field may not be null."]
        assert as_parameter(serializers.IntegerField(allow_null=True)).clean(None) is None

    @pytest.mark.parametrize("value", ["\ud800", ["\0"], float("nan"), "nan", 10**400, "1e400"])
    def test_refuses_what_cannot_be_stored_or_is_not_finite(self, value):
        assert refusal(as_parameter(serializers.FloatField()), value)

    def test_value_that_is_not_json_is_refused(self):
        with pytest.raises(ParameterNotValidError, match=r"^an object of type object is not valid\.$"):
            as_parameter(serializers.JSONField()).clean(object())

    def test_field_that_only_answers_hold_is_no_input(self):
        parameter = as_parameter(serializers.IntegerField(read_only=True))

        assert refusal(parameter, 5) == ["A read-only field cannot be an input."]
        assert parameter.dump(5) == 5

    def test_output_that_the_field_cannot_represent_is_refused(self):
        with pytest.raises(ParameterNotValidError, match=r"^'x' is not valid\.$"):
            as_parameter(serializers.IntegerField()).dump("x")

    def test_output_that_cannot_be_stored_is_refused(self):
        with pytest.raises(ParameterNotValidError, match=r"^NaN is not a finite number\.$"):
            as_parameter(serializers.FloatField()).dump(float("nan"))

    def test_field_that_makes_an_infinite_float_is_refused(self):
        class LooseField(fields.Field):
            def to_internal_value(self, data):
                return {"value": float(data)}

        assert refusal(as_parameter(LooseField()), "1e400") == ["Infinity at value is not a finite number."]

    def test_field_that_is_shared_keeps_nothing_of_a_call(self):
        class Remembering(fields.Field):
            seen = None

            def to_internal_value(self, data):
                assert self.seen is None
                self.seen = data
                return data

        parameter = as_parameter(Remembering())

        assert [parameter.to_python(1), parameter.to_python(2)] == [1, 2]


class TestSerializer:
    def test_stores_raw_input_and_gives_validated_data(self):
        parameter = as_parameter(PersonSerializer)
        value = {"name": " Ada ", "addresses": [{"street": "Main", "since": "2026-01-31"}], "extra": 1}

        assert parameter.clean(value) == value
        assert parameter.to_python(value) == {
            "name": "Ada",
            "addresses": [{"street": "Main", "since": datetime.date(2026, 1, 31)}],
        }

    @pytest.mark.filterwarnings("ignore:The list-based error format")
    def test_errors_are_nested(self):
        detail = refusal(as_parameter(PersonSerializer), {"addresses": [{"street": "Main"}, {"street": "Main Street"}]})

        assert detail["name"] == ["This field is required."]
        assert "Ensure this field has no more than 5 characters." in str(detail["addresses"])
        assert isinstance(detail["addresses"], (dict, list))

    def test_errors_of_the_whole_are_rest_frameworks(self):
        assert refusal(as_parameter(PersonSerializer()), {"name": "nobody"}) == {
            "non_field_errors": ["Nobody is no person."]
        }
        assert refusal(as_parameter(PersonSerializer()), 5) == {
            "non_field_errors": ["Invalid data. Expected a dictionary, but got int."]
        }

    def test_many_takes_a_list(self):
        parameter = as_parameter(PersonSerializer(many=True))

        assert parameter.to_python([{"name": "Ada"}]) == [{"name": "Ada"}]
        assert refusal(parameter, {"name": "Ada"}) == {
            "non_field_errors": ['Expected a list of items but got type "dict".']
        }

    def test_output_may_be_a_model_instance(self, db):
        group = Group.objects.create(name="Editors")

        assert as_parameter(GroupSerializer).dump(group) == {"id": group.pk, "name": "Editors"}
        assert as_parameter(GroupSerializer(many=True)).dump(Group.objects.all()) == [
            {"id": group.pk, "name": "Editors"}
        ]

    def test_model_serializer_validates_against_the_database(self, db):
        Group.objects.create(name="Editors")

        assert refusal(as_parameter(GroupSerializer), {"name": "Editors"}) == {
            "name": ["group with this name already exists."]
        }

    def test_related_field_takes_a_key_and_an_instance(self, db):
        group = Group.objects.create(name="Editors")
        parameter = as_parameter(serializers.PrimaryKeyRelatedField(queryset=Group.objects.all()))

        assert parameter.clean(group.pk) == group.pk
        assert parameter.clean(group) == group.pk
        assert parameter.to_python(group.pk) == group
        assert refusal(parameter, 999) == ['Invalid pk "999" - object does not exist.']
