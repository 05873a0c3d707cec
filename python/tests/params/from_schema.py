"""Values of a JSON Schema, as far as the parameters' schemas go, to try on the parameter that gave it."""

from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from .strategies import storable_json, storable_text

# What a strategy heeds, or may ignore: a keyword that is not here would make the tests blind to it.
KEYWORDS = {
    *("additionalProperties", "anyOf", "default", "description", "enum", "format", "items", "maxItems", "maxLength"),
    *(
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "pattern",
        "prefixItems",
        "properties",
        "propertyNames",
    ),
    *("required", "type", "uniqueItems"),
}
FORMATS = {
    "date": st.dates().map(str),
    "date-time": st.builds(
        lambda moment, offset: moment.isoformat() + offset,
        # The calendar's outermost days are beyond it in some time zones.
        st.builds(datetime.combine, st.dates(date(2, 1, 1), date(9998, 1, 1)), st.times()),
        st.sampled_from(["Z", "+01:00", "-11:30"]),
    ),
    "email": st.emails(domains=st.just("example.com")).filter(lambda text: "'" not in text),
    "uuid": st.uuids().map(str),
    "uri": st.sampled_from(["https://example.com/a?b=c#d", "HTTP://127.0.0.1:8000/", "ftp://example.com"]),
}


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of values that a schema admits."""
    assert set(schema) <= KEYWORDS, f"{set(schema) - KEYWORDS} is not known here."
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([values_of(member) for member in schema["anyOf"]])
    types = schema.get("type", [])
    kinds = types if isinstance(types, list) else [types]
    return st.one_of([TYPES[kind](schema) for kind in kinds]) if kinds else storable_json


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: _fits(schema, text))
    return storable_text.filter(lambda text: _fits(schema, text)) | st.text(
        "ab 6", min_size=schema.get("minLength", 0), max_size=schema.get("maxLength")
    )


def _fits(schema: dict[str, Any], text: str) -> bool:
    # `$` and from_regex know a newline at the end; JSON Schema's dialect of regular expressions does not.
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(text))
    return least <= len(text) <= most and "\0" not in text and not text.endswith("\n")


def _integer(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = schema.get("minimum", -(2**64)), schema.get("maximum", 2**64)
    whole = st.integers(least, most)
    return whole | whole.map(float).filter(lambda number: least <= number <= most)


def _number(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    least, most = schema.get("minimum"), schema.get("maximum")
    return st.floats(least, most, allow_nan=False, allow_infinity=False) | _integer(schema)


def _array(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        return st.tuples(*map(values_of, schema["prefixItems"])).map(list)
    return st.lists(
        values_of(schema.get("items", {})),
        min_size=schema.get("minItems", 0),
        max_size=schema.get("maxItems"),
        unique_by=_identity if schema.get("uniqueItems") else None,
    )


def _identity(value: Any) -> object:
    # To JSON Schema 1 and 1.0 are one number.
    return float(value) if isinstance(value, (int, float)) else repr(value)


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    properties = {name: values_of(member) for name, member in schema.get("properties", {}).items()}
    required = set(schema.get("required", []))
    if properties or schema.get("additionalProperties") is False:
        return st.fixed_dictionaries(
            {name: member for name, member in properties.items() if name in required},
            optional={name: member for name, member in properties.items() if name not in required},
        )
    keys = {"type": "string"} | schema.get("propertyNames", {})
    values = values_of(schema.get("additionalProperties", {}))
    return st.dictionaries(values_of(keys), values, min_size=schema.get("minProperties", 0), max_size=4)


TYPES = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
    "array": _array,
    "object": _object,
}
