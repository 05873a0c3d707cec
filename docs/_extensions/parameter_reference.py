"""The directive `parameter`: what a parameter makes of some JSON values, tried while the page is built."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from docutils import nodes
from rest_framework import serializers
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from task_api import params
from task_api.params import Parameter, ParameterNotValidError, as_parameter


@dataclass
class Point:
    x: float
    y: float = 0.0


NAMES = {
    **{name: getattr(params, name) for name in params.__all__},
    "User": User,
    "serializers": serializers,
    "Point": Point,
    "date": date,
    "datetime": datetime,
    "time": time,
    "timedelta": timedelta,
    "Decimal": Decimal,
}
HEADINGS = ("JSON", "Your task gets", "An output is sent as")


class ParameterDirective(SphinxDirective):
    """Show a parameter's values, refusals and JSON Schema.

    The argument is the parameter as one would write it, the content one JSON value a line.
    """

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        source = " ".join(self.arguments[0].split())
        # The expressions are this documentation's own.
        parameter = as_parameter(eval(source, dict(NAMES)))  # noqa: S307
        schema = json.dumps(parameter.json_schema())
        result: list[nodes.Node] = [nodes.literal_block(source, source, language="python")]
        if self.content:
            result.append(table(HEADINGS, [row(parameter, line) for line in self.content if line.strip()]))
        return [*result, nodes.paragraph("", "JSON Schema: ", nodes.literal(schema, schema))]


def row(parameter: Parameter, line: str) -> tuple[nodes.Element, ...]:
    shown = nodes.literal(line, line)
    try:
        value = json.loads(line)
        cleaned = parameter.clean(value)
        loaded = repr(parameter.load(cleaned))
    except ParameterNotValidError as error:
        return shown, nodes.emphasis("", f"Refused: {error}")
    sent = json.dumps(cleaned)
    return shown, nodes.literal(loaded, loaded), nodes.literal(sent, sent)


def table(headings: tuple[str, ...], rows: list[tuple[nodes.Element, ...]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in headings), cols=len(headings))
    group += nodes.thead("", table_row([nodes.inline("", text) for text in headings]))
    group += nodes.tbody("", *(table_row(cells) for cells in rows))
    return nodes.table("", group, classes=["parameter-values"])


def table_row(cells: Any) -> nodes.row:
    entries = [nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells]
    if len(entries) < len(HEADINGS):
        entries[-1]["morecols"] = len(HEADINGS) - len(entries)
    return nodes.row("", *entries)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("parameter", ParameterDirective)
    return {"parallel_read_safe": True}
