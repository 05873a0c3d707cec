"""What holds of every parameter, whatever it is given."""

import datetime
import enum
import json
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from task_api import params
from task_api.params import (
    BooleanParameter,
    ChoiceParameter,
    DateParameter,
    DateTimeParameter,
    DecimalParameter,
    DictParameter,
    DurationParameter,
    EmailParameter,
    FloatParameter,
    IntParameter,
    ListParameter,
    ModelParameter,
    NumberParameter,
    ObjectParameter,
    Parameter,
    ParameterNotValidError,
    StringParameter,
    URLParameter,
    UUIDParameter,
    as_parameter,
    ensure_storable,
)

from .strategies import any_json, storable_json, storable_text


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class PersonSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=9)
    born = serializers.DateField(required=False)
    scores = serializers.ListField(child=serializers.FloatField(), required=False)


finite = st.integers(min_value=-(2**64), max_value=2**64) | st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(timezones=st.just(datetime.UTC))
# Each parameter with values that it takes, as JSON and as Python objects.
CASES = {
    "any": (Parameter(), storable_json),
    "string": (StringParameter(), storable_text | finite | st.booleans()),
    "number": (NumberParameter(), finite | finite.map(str) | st.booleans()),
    "bounded int": (IntParameter(min=-5, max=5), st.integers(-5, 5) | st.floats(-5, 5) | st.integers(-5, 5).map(str)),
    "float": (FloatParameter(), finite | finite.map(str)),
    "boolean": (BooleanParameter(), st.booleans() | st.sampled_from([0, 1, "true", "FALSE"])),
    "decimal": (
        DecimalParameter(max_digits=9, decimal_places=4),
        st.decimals(min_value=-99999, max_value=99999, places=4) | st.integers(-99999, 99999),
    ),
    "any decimal": (DecimalParameter(), finite | st.decimals(allow_nan=False, allow_infinity=False, places=300)),
    "choice": (ChoiceParameter(["a", 1, True]), st.sampled_from(["a", 1, "1", True])),
    "enumeration": (ChoiceParameter(Level), st.sampled_from([*Level, 1, "2"])),
    "date": (DateParameter(), st.dates() | st.dates().map(str)),
    "datetime": (DateTimeParameter(), moments | moments.map(str) | st.dates() | st.datetimes().map(str)),
    "duration": (DurationParameter(), st.timedeltas() | st.integers(-(10**9), 10**9)),
    "uuid": (UUIDParameter(), st.uuids() | st.uuids().map(str) | st.uuids().map(lambda uuid: uuid.hex)),
    "email": (EmailParameter(), st.sampled_from(["a@example.com", "a.b+c@sub.example.org"])),
    "url": (URLParameter(), st.sampled_from(["https://example.com/a?b=c#d", "http://127.0.0.1:8000/"])),
    "list": (ListParameter(NumberParameter()), st.lists(finite) | finite),
    "nullable list": (ListParameter(IntParameter(allow_null=True), allow_null=True), st.none() | st.lists(st.none())),
    "dict": (DictParameter(), st.dictionaries(storable_text, storable_json) | st.lists(storable_json)),
    "object": (
        ObjectParameter({"a": DateParameter(), "b": ListParameter(IntParameter(), default=[1]), "c": Parameter(False)}),
        st.fixed_dictionaries({"a": st.dates()}, optional={"b": st.lists(st.integers(-9, 9)), "c": storable_json}),
    ),
    "serializer": (
        as_parameter(PersonSerializer),
        st.fixed_dictionaries(
            {"name": st.just("Ada")}, optional={"born": st.dates(), "scores": st.lists(st.floats(-9, 9))}
        ),
    ),
}
PARAMETERS = {name: parameter for name, (parameter, _) in CASES.items()}
# Few each, for there are many; and no deadline, for a busy machine is no fault of a parameter.
examples = settings(max_examples=40, deadline=None)
FORMATS = jsonschema.FormatChecker(["date", "email", "uuid"])


def fields():
    yield serializers.BooleanField()
    yield serializers.CharField()
    yield serializers.IntegerField()
    yield serializers.FloatField()
    yield serializers.DecimalField(5, 2)
    yield serializers.DateField()
    yield serializers.DateTimeField()
    yield serializers.TimeField()
    yield serializers.DurationField()
    yield serializers.UUIDField()
    yield serializers.URLField()
    yield serializers.IPAddressField()
    yield serializers.ChoiceField(["a", 1])
    yield serializers.MultipleChoiceField(choices=["a", 1])
    yield serializers.ListField(child=serializers.DictField())
    yield serializers.JSONField()
    yield serializers.FileField()


def test_every_public_parameter_is_among_the_cases():
    kinds = {kind for kind in vars(params).values() if isinstance(kind, type) and issubclass(kind, Parameter)}

    # A row needs a database: tests/params/test_model.py.
    assert kinds - {ModelParameter} <= {type(parameter) for parameter in PARAMETERS.values()}
    assert set(params.__all__) >= {kind.__name__ for kind in kinds}


@pytest.mark.parametrize(
    "parameter", [*PARAMETERS.values(), *map(as_parameter, fields())], ids=lambda p: type(p).__name__
)
@examples
@given(value=any_json)
def test_any_json_is_taken_or_refused_and_nothing_else(parameter, value):
    try:
        stored = parameter.clean(value)
    except ParameterNotValidError as exc:
        json.dumps(exc.detail, ensure_ascii=False).encode()
        "".join([str(exc), *exc.messages]).encode()
    else:
        ensure_storable(stored)
        parameter.load(stored)
        parameter.to_python(stored)
    for convert in (parameter.to_python, parameter.load):
        try:
            convert(value)
        except ParameterNotValidError as exc:
            str(exc).encode()


@pytest.mark.parametrize("name", CASES)
@examples
@given(data=st.data())
def test_valid_values_are_stored_stably(name, data):
    parameter, values = CASES[name]
    value = data.draw(values)
    stored = parameter.clean(value)
    assert json.loads(json.dumps(stored)) == stored

    loaded = parameter.to_python(stored)

    assert loaded == parameter.to_python(value)
    assert parameter.clean(stored) == stored
    assert parameter.clean(loaded) == stored or name == "serializer"


@pytest.mark.parametrize("name", [name for name in CASES if name != "serializer"])
@examples
@given(data=st.data())
def test_outputs_are_stored_as_inputs_are(name, data):
    parameter, values = CASES[name]
    stored = parameter.clean(data.draw(values))

    assert parameter.dump(parameter.to_python(stored)) == stored


@pytest.mark.parametrize("name", CASES)
@examples
@given(data=st.data())
def test_stored_values_satisfy_the_schema(name, data):
    parameter, values = CASES[name]
    schema = parameter.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(parameter.clean(data.draw(values)), schema, format_checker=FORMATS)


def test_long_decimal_comes_back():
    parameter = DecimalParameter()
    value = Decimal("1." + "1" * 690 + "E-300")

    assert parameter.to_python(parameter.clean(value)) == value
