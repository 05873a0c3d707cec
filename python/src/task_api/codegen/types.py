"""From JSON Schema (2020-12) to the types of TypeScript.

What TypeScript cannot say (bounds, formats, `not`, conditions) is left out, which makes a type wider, never wrong.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from task_api.codegen.names import Names
from task_api.codegen.remarks import remarks
from task_api.codegen.syntax import STEP, WIDTH, comment, literal, property_name
from task_api.json_schemas import Scope

SCALARS = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}
# The keywords that tell the type of a schema which does not name it.
TELLING = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems"),
}


class Type(NamedTuple):
    """A type as text, and whether it needs parentheses beside an operator."""

    text: str
    compound: bool = False

    def grouped(self) -> str:
        return f"({self.text})" if self.compound else self.text


class Types:
    """Writes the types of what goes one way.

    Args:
        names: The named types of the file.
        sent: Whether browsers send the values, as inputs, or receive them. Members of schemas that are `readOnly`
            are left out of the first, `writeOnly` ones of the second.
    """

    def __init__(self, names: Names, *, sent: bool) -> None:
        self.names = names
        self.sent = sent
        self.hidden = "readOnly" if sent else "writeOnly"

    def write(self, schema: Any, scope: Scope, indent: str = "") -> Type:
        """Return the type of a schema; lines after the first start with `indent`."""
        if schema is False:
            return Type("never")
        if not isinstance(schema, dict):
            return Type(self.names.any_value())
        scope = scope.inside(schema)
        parts = [*self._own(schema, scope, indent), *self._combined(schema, scope, indent)]
        return _joined(" & ", parts) if parts else Type(self.names.any_value())

    def members(self, schema: dict[str, Any], scope: Scope, indent: str) -> str:
        """Return the members of an object's type, each on lines of its own."""
        required = schema.get("required", ())
        return "".join(
            f"{comment(remarks(member), indent)}{indent}{property_name(name)}"
            f"{'' if name in required or _is_always_there(member) else '?'}: "
            f"{self.write(member, scope, indent).text}\n"
            for name, member in schema.get("properties", {}).items()
            if not (isinstance(member, dict) and member.get(self.hidden))
        )

    def closed(self, members: str, indent: str) -> str:
        """Return the type of an object with these members and no others."""
        if members:
            return f"{{\n{members}{indent}}}"
        # Of these two the first refuses to be given a member, the second to be asked for one.
        return "Record<string, never>" if self.sent else "Record<never, never>"

    def _own(self, schema: dict[str, Any], scope: Scope, indent: str) -> list[Type]:
        if "$ref" in schema:
            return [self._reference(schema["$ref"], scope)]
        if "const" in schema:
            return [Type(literal(schema["const"]))]
        kinds = _kinds(schema)
        if "enum" in schema:
            allowed = [value for value in schema["enum"] if not kinds or _kind(value) in map(_plain, kinds)]
            return [_union((Type(literal(value)) for value in sorted(allowed, key=_order)), indent)]
        write: dict[str, Callable[..., Type]] = {"array": self._array, "object": self._object}
        types = [write[kind](schema, scope, indent) if kind in write else Type(SCALARS[kind]) for kind in kinds]
        return [_union(types, indent)] if types else []

    def _combined(self, schema: dict[str, Any], scope: Scope, indent: str) -> list[Type]:
        parts = [self.write(part, scope, indent) for part in schema.get("allOf", ())]
        for key in ("anyOf", "oneOf"):
            if key in schema:
                parts.append(_union((self.write(part, scope, indent) for part in schema[key]), indent))
        return parts

    def _object(self, schema: dict[str, Any], scope: Scope, indent: str) -> Type:
        members = self.members(schema, scope, indent + STEP)
        patterns = list(schema.get("patternProperties", {}).values())
        # JSON Schema's default, any other member, is meant where none is named at all.
        others = schema.get("additionalProperties", not ("properties" in schema or patterns))
        rest = [part for part in (*patterns, others) if part is not False]
        if not rest:
            return Type(self.closed(members, indent))
        if members:
            # An index signature has to fit the named members as well.
            index = f"{indent}{STEP}[key: string]: {self.names.any_value()} | undefined\n"
            return Type(self.closed(members + index, indent))
        if rest == [True]:
            return Type(self.names.any_object())
        value = _union((self.write(part, scope, indent) for part in rest), indent).text
        keys = schema.get("propertyNames")
        if isinstance(keys, dict) and keys.get("enum"):
            return Type(f"{{ [key in {self.write(keys, scope, indent).text}]?: {value} }}")
        return Type(f"{{ [key: string]: {value} }}")

    def _array(self, schema: dict[str, Any], scope: Scope, indent: str) -> Type:
        first = [self.write(item, scope, indent) for item in schema.get("prefixItems", ())]
        others = schema.get("items", True)
        if not first:
            return Type(f"{self.write(others, scope, indent).grouped()}[]")
        least = schema.get("minItems", 0)
        items = [item.text if index < least else f"{item.grouped()}?" for index, item in enumerate(first)]
        if others is not False and schema.get("maxItems", len(items) + 1) > len(items):
            items.append(f"...{self.write(others, scope, indent).grouped()}[]")
        return Type(f"[{', '.join(items)}]")

    def _reference(self, ref: Any, scope: Scope) -> Type:
        found = scope.resolve(ref)
        if found is None:
            return Type(self.names.any_value())
        wanted, schema, inside = found

        def declaration(name: str) -> str:
            return f"{comment(remarks(schema), '')}export type {name} = {self.write(schema, inside).text}\n"

        # Most types are the same both ways, and share a name.
        root = inside.roots[0]
        way = self.sent if any(word in repr(root) for word in ("readOnly", "writeOnly")) else None
        return Type(self.names.declare(wanted, (schema, root, way), declaration))


def _kinds(schema: dict[str, Any]) -> list[str]:
    """Return the types that a schema names, or that its other keywords tell, null last."""
    named = schema.get("type")
    if named is None:
        named = [kind for kind, keys in TELLING.items() if any(key in schema for key in keys)]
    kinds = [named] if isinstance(named, str) else named
    return sorted((kind for kind in dict.fromkeys(kinds) if kind in (*SCALARS, *TELLING)), key="null".__eq__)


def _plain(kind: str) -> str:
    return SCALARS.get(kind, kind)


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int | float: "number", str: "string", list: "array", dict: "object"}
    return next((kind for types, kind in kinds.items() if isinstance(value, types)), "null")


def _order(value: Any) -> tuple[Any, ...]:
    """Order the values of an enum, for they may come from a set: numbers by size, then others, null last."""
    is_number = _kind(value) == "number"
    return value is None, not is_number, value if is_number else 0, literal(value)


def _joined(operator: str, parts: Iterable[Type]) -> Type:
    different = list(dict.fromkeys(parts))
    if len(different) == 1:
        return different[0]
    return Type(operator.join(part.grouped() for part in different), compound=True)


def _union(parts: Iterable[Type], indent: str) -> Type:
    different = list(dict.fromkeys(parts)) or [Type("never")]
    joined = _joined(" | ", different)
    if len(joined.text) <= WIDTH or "\n" in joined.text or len(different) == 1:
        return joined
    return Type("".join(f"\n{indent}{STEP}| {part.grouped()}" for part in different), compound=True)


def _is_always_there(schema: Any) -> bool:
    # What a serializer only ever gives is never required as an input, and always there in what it gives.
    return isinstance(schema, dict) and bool(schema.get("readOnly"))
