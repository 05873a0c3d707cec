"""What a comment says of a schema: its description, its bounds and its default."""

from collections.abc import Iterator
from typing import Any

from task_api.codegen.syntax import WIDTH, literal

BOUNDS = (
    *("format", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
)


def remarks(schema: Any) -> Iterator[str]:
    """Yield the lines that document a schema, in TSDoc."""
    if not isinstance(schema, dict):
        return
    yield from str(schema.get("description", "")).strip().splitlines()
    bounds = [f"{key} {literal(schema[key])}" for key in BOUNDS if key in schema]
    if bounds:
        yield f"@remarks {', '.join(bounds)}"
    if "default" in schema:
        default = literal(schema["default"])
        # A long one would hide what the comment is for.
        if len(default) <= WIDTH:
            yield f"@defaultValue {default}"
