"""What holds of every parameter, whatever it is given."""

import dataclasses
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
    ParameterNotValidError,
    StringParameter,
    TimeParameter,
    TupleParameter,
    UnionParameter,
    URLParameter,
    UUIDParameter,
    as_parameter,
    ensure_storable,
)

from .from_schema import values_of
from .strategies import any_json, storable_json, storable_text


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0
    names: list[str] = dataclasses.field(default_factory=list)
    size: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.size = abs(self.x) + abs(self.y)


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
    "time": (TimeParameter(), st.times() | st.times().map(str)),
    "set": (
        ListParameter(IntParameter(), collection=set, min_items=1),
        st.lists(st.integers(), min_size=1) | st.sets(st.integers(), min_size=1),
    ),
    "tuple": (TupleParameter([IntParameter(), StringParameter()]), st.tuples(st.integers(), storable_text)),
    "mapping": (MappingParameter(DateParameter()), st.dictionaries(storable_text, st.dates())),
    "mapping of uuids": (
        MappingParameter(IntParameter(), key_type=UUIDParameter()),
        st.dictionaries(st.uuids() | st.uuids().map(str), st.integers()),
    ),
    "mapping of integers": (
        MappingParameter(StringParameter(), key_type=IntParameter()),
        st.dictionaries(st.integers(), storable_text),
    ),
    "mapping of choices": (
        MappingParameter(FloatParameter(), key_type=ChoiceParameter(Level)),
        st.dictionaries(st.sampled_from([*Level, "1", "2"]), st.floats(-9, 9)),
    ),
    "union": (
        UnionParameter([IntParameter(), DateParameter(), StringParameter(), ListParameter(IntParameter())]),
        st.integers() | st.dates() | storable_text | st.lists(st.integers()),
    ),
    "dataclass": (
        DataclassParameter(
            Point,
            {
                "x": FloatParameter(),
                "y": FloatParameter(),
                "names": ListParameter(StringParameter()),
                "size": FloatParameter(),
            },
        ),
        st.builds(Point, st.floats(-9, 9), st.floats(-9, 9), st.lists(storable_text)),
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
few_examples = settings(max_examples=15, deadline=None)
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


def fields_of_schemas():
    """Yield fields that take all that their schemas admit."""
    yield serializers.BooleanField()
    yield serializers.CharField()
    yield serializers.CharField(allow_blank=True, max_length=5, trim_whitespace=False)
    yield serializers.SlugField()
    yield serializers.EmailField()
    yield serializers.URLField()
    yield serializers.RegexField(r"^[a-c]{2,3}\Z")
    yield serializers.IntegerField(min_value=-5, max_value=5)
    yield serializers.FloatField(min_value=-5)
    yield serializers.DecimalField(5, 2)
    yield serializers.DecimalField(5, 2, coerce_to_string=True)
    yield serializers.DateField()
    yield serializers.DateTimeField()
    yield serializers.TimeField()
    yield serializers.DurationField()
    yield serializers.UUIDField()
    yield serializers.UUIDField(format="int")
    yield serializers.ChoiceField(["a", 1], allow_blank=True)
    yield serializers.MultipleChoiceField(choices=["a", 1], allow_empty=False)
    yield serializers.ListField(child=serializers.DictField(child=serializers.DateField()), min_length=1)
    yield serializers.DictField(allow_empty=False)
    yield serializers.JSONField(allow_null=True)
    yield PersonSerializer()
    yield PersonSerializer(many=True, allow_empty=False)


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
    # What a dataclass computes itself is in its output, too.
    schema = parameter.json_schema() if name == "serializer" else parameter.output_schema()

    validate(parameter.clean(data.draw(values)), schema)


@pytest.mark.parametrize("name", CASES)
@few_examples
@given(data=st.data())
def test_values_of_the_schema_are_taken_and_stored_as_an_output_of_the_schema(name, data):
    parameter, _ = CASES[name]
    schema = parameter.json_schema()
    value = data.draw(values_of(schema))
    validate(value, schema)

    stored = parameter.clean(value)

    output = stored if name == "serializer" else parameter.dump(parameter.load(stored))
    validate(output, parameter.output_schema())


@pytest.mark.parametrize("field", [*fields_of_schemas()], ids=lambda field: type(field).__name__)
@few_examples
@given(data=st.data())
def test_values_of_a_fields_schema_are_taken_and_written_as_its_output_schema_says(field, data):
    parameter = as_parameter(field)
    value = data.draw(values_of(parameter.json_schema()))
    validate(value, parameter.json_schema())

    output = parameter.dump(parameter.load(parameter.clean(value)))

    validate(output, parameter.output_schema())


@pytest.mark.parametrize("name", CASES)
def test_nullable_parameter_has_a_nullable_schema(name):
    parameter = CASES[name][0].replaced(allow_null=True)

    for schema in (parameter.json_schema(), parameter.output_schema()):
        validate(None, schema)
    assert parameter.load(parameter.clean(None)) is None
    assert parameter.dump(None) is None


@pytest.mark.parametrize("name", CASES)
@few_examples
@given(data=st.data())
def test_default_is_in_the_schema_and_fits_it(name, data):
    parameter, values = CASES[name]
    parameter = parameter.replaced(default=data.draw(values))

    assert not parameter.required
    validate(parameter.json_schema()["default"], parameter.output_schema())


def validate(value, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator, format_checker=FORMATS)


def test_long_decimal_comes_back():
    parameter = DecimalParameter()
    value = Decimal("1." + "1" * 690 + "E-300")

    assert parameter.to_python(parameter.clean(value)) == value
