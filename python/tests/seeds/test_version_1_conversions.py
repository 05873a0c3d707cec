"""That each of version 1's parameters converts as version 1 did.

`version_1_conversions.json` holds what version 1.4.1 made of each value: `inputs` in `to_python`, `outputs` in
`to_json`, the latter for values of the parameter's own type.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from task_api.params import (
    BooleanParameter,
    DictParameter,
    FloatParameter,
    IntParameter,
    ListParameter,
    NumberParameter,
    Parameter,
    ParameterNotValidError,
    StringParameter,
)

TABLE = json.loads(Path(__file__).with_name("version_1_conversions.json").read_text(encoding="utf-8"))
PARAMETERS = {
    "Parameter": Parameter(),
    "StringParameter": StringParameter(),
    "NumberParameter": NumberParameter(),
    "IntParameter": IntParameter(),
    "FloatParameter": FloatParameter(),
    "BooleanParameter": BooleanParameter(),
    "DictParameter": DictParameter(),
    "ListParameter(NumberParameter)": ListParameter(NumberParameter()),
    "ListParameter(StringParameter)": ListParameter(StringParameter()),
    "ListParameter(ListParameter(IntParameter))": ListParameter(ListParameter(IntParameter())),
}
# Refused by version 2: version 1 answered with a status of 500, or passed on what JSON cannot hold.
REFUSED_NOW = {"crashes", "gives_not_finite"}


def rows(direction: str) -> list[Any]:
    return [
        pytest.param(PARAMETERS[name], row, id=f"{name}-{row['value']!a}")
        for name, conversions in TABLE[direction].items()
        for row in conversions
    ]


def expected(parameter: Parameter, value: Any) -> str:
    def plain(value: Any, number: bool) -> Any:
        if isinstance(value, list):
            return [plain(item, number) for item in value]
        # A boolean that is taken for a number is now that number, which it equals.
        return int(value) if number and isinstance(value, bool) else value

    innermost = parameter
    while isinstance(innermost, ListParameter):
        innermost = innermost.param_type
    return repr(plain(value, isinstance(innermost, NumberParameter)))


@pytest.mark.parametrize(("parameter", "row"), rows("inputs"))
def test_input_converts_as_in_version_1(parameter, row):
    if "gives" not in row:
        assert row.keys() & (REFUSED_NOW | {"refuses"})
        with pytest.raises(ParameterNotValidError):
            parameter.to_python(row["value"])
        with pytest.raises(ParameterNotValidError):
            parameter.clean(row["value"])
        return
    converted = expected(parameter, row["gives"])

    assert repr(parameter.to_python(row["value"])) == converted
    # As stored with the task, and loaded for run().
    assert repr(parameter.load(json.loads(json.dumps(parameter.clean(row["value"]))))) == converted


@pytest.mark.parametrize(("parameter", "row"), rows("outputs"))
def test_output_converts_as_in_version_1(parameter, row):
    if "gives" in row:
        assert repr(parameter.to_json(row["value"])) == expected(parameter, row["gives"])
    else:
        with pytest.raises(ParameterNotValidError):
            parameter.to_json(row["value"])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        # Version 1 gave "None" and "[1]"…
        (StringParameter(), None),
        (StringParameter(), [1]),
        # …and passed on anything.
        (NumberParameter(), None),
        (NumberParameter(), "not a number"),
    ],
    ids=str,
)
def test_output_of_another_type_is_refused_now(parameter, value):
    with pytest.raises(ParameterNotValidError):
        parameter.to_json(value)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_table_has_rows_of_all_kinds(name):
    """A table that lost its rows would pass."""
    inputs, outputs = TABLE["inputs"][name], TABLE["outputs"][name]

    assert (len(inputs), len(outputs) > 2) == (48, True)
    assert any("gives" in row for row in inputs)
    assert any("refuses" in row for row in inputs) == (name != "Parameter")
