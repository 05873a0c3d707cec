"""What whoever reads JSON Schemas needs: where a reference leads, and a name for what it leads to."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Scope:
    """The schemas that a `$ref` may be relative to, the nearest first.

    A parameter writes its references relative to its own schema, which then is put into a list's or an object's. So
    each schema with definitions of its own is tried, from the inside out, and at last the parameter's.
    """

    roots: tuple[dict[str, Any], ...] = ()

    def inside(self, schema: dict[str, Any]) -> "Scope":
        """Return the scope of what is in a schema."""
        opens = not self.roots or "$defs" in schema or "definitions" in schema
        return Scope((schema, *self.roots)) if opens else self

    def resolve(self, ref: Any) -> tuple[str, Any, "Scope"] | None:
        """Return the name of what a reference leads to, its schema and its scope; None if it leads nowhere."""
        if not isinstance(ref, str) or not ref.startswith("#"):
            return None
        steps = [unquote(step).replace("~1", "/").replace("~0", "~") for step in ref[1:].split("/")[1:]]
        for index, root in enumerate(self.roots):
            found = _walk(root, steps)
            if found is not None:
                name = steps[-1] if steps else str(root.get("title", "Value"))
                return name, found, Scope(self.roots[index:])
        return None


def _walk(schema: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(schema, dict):
            schema = schema.get(step)
        elif isinstance(schema, list) and step.isdecimal() and int(step) < len(schema):
            schema = schema[int(step)]
        else:
            return None
    return schema if isinstance(schema, dict | bool) else None


def type_name(text: str) -> str:
    """Return the name of a type that reminds of a text: an identifier in ASCII, the same for some different texts."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"Type{name}"
