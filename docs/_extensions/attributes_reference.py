"""The directive `attributes`: the class attributes that a docstring explains, with their defaults."""

import inspect
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from task_api.utils import resolve_class

SECTION = re.compile(r"^Attributes:\n(?P<body>(?:    .*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^    (?P<name>\w+): (?P<text>.*(?:\n        .*)*)", re.MULTILINE)


class AttributesDirective(SphinxDirective):
    """List what the section "Attributes" of a class's docstring says; the argument is the class's path."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        cls = resolve_class(self.arguments[0])
        section = SECTION.search(inspect.getdoc(cls) or "")
        if section is None:
            raise ValueError(f"{self.arguments[0]} has no docstring with a section of attributes.")
        entries = [
            f"`{match['name']}`\n: {' '.join(match['text'].split())}\n  Default: `{default(cls, match['name'])}`.\n"
            for match in ENTRY.finditer(section["body"])
        ]
        return self.parse_text_to_nodes("\n".join(entries))


def default(cls: type, name: str) -> str:
    value = getattr(cls, name)
    if isinstance(value, tuple):
        shown = [part.__name__ if isinstance(part, type) else repr(part) for part in value]
        return f"({', '.join(shown)}{',' * (len(shown) == 1)})"
    return repr(value)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("attributes", AttributesDirective)
    return {"parallel_read_safe": True}
