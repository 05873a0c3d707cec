"""From JSON Schema (2020-12) to the schemas of OpenAPI 3.0, which are a dialect of an older JSON Schema.

OpenAPI 3.1 takes JSON Schema as it is, but for the references between schemas.
"""

from collections.abc import Callable, Iterable
from typing import Any

from task_api.json_schemas import Scope

Schema = dict[str, Any]
Declare = Callable[[str, Any, Callable[[], Schema]], Schema]

NULL: Schema = {"nullable": True, "enum": [None]}
COPIED = {
    *("title", "description", "default", "format", "enum", "pattern", "required", "readOnly", "writeOnly"),
    *("multipleOf", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties", "deprecated", "discriminator", "nullable", "example"),
}
# What a schema says of the place where it stands.
NOTES = ("description", "default", "readOnly", "writeOnly")
LISTS = ("allOf", "anyOf", "oneOf")


class Dialect:
    """Translates schemas.

    Args:
        declare: Makes a component of what a reference leads to: takes a name, what tells it from others of that name,
            and what gives its schema; returns the reference to it.
        modern: Whether the target is OpenAPI 3.1 or newer.
    """

    def __init__(self, declare: Declare, *, modern: bool) -> None:
        self.declare = declare
        self.modern = modern

    def translate(self, schema: Any, scope: Scope | None = None) -> Schema:
        """Return the OpenAPI schema of a JSON Schema."""
        if not isinstance(schema, dict):
            return {"not": {}} if schema is False else {}
        scope = (scope or Scope()).inside(schema)
        if "$ref" in schema:
            return self._reference(schema, scope)
        if self.modern:
            return {key: self._inner(key, value, scope) for key, value in schema.items() if key != "$defs"}
        kinds = _kinds(schema)
        if len(kinds) > 1:
            return self._of_kinds(schema, kinds, scope)
        return self._old(schema, kinds, scope)

    def _inner(self, key: str, value: Any, scope: Scope) -> Any:
        if key == "properties":
            return self._members(value, scope)
        if key == "patternProperties":
            return {name: self.translate(part, scope) for name, part in value.items()}
        if key in (*LISTS, "prefixItems"):
            return [self.translate(part, scope) for part in value]
        if key == "items":
            # As a schema, even where `false` would do: drf-spectacular before 0.29 looks into it.
            return self.translate(value, scope)
        if isinstance(value, dict) and key in ("not", "additionalProperties", "propertyNames", "contains"):
            return self.translate(value, scope)
        return value

    def _reference(self, schema: Schema, scope: Scope) -> Schema:
        ref = schema["$ref"]
        if isinstance(ref, str) and ref.startswith("#/components/"):
            found: Schema = {"$ref": ref}
        else:
            resolved = scope.resolve(ref)
            if resolved is None:
                return {}
            name, target, inside = resolved
            found = self.declare(name, (target, inside.roots[0]), lambda: self.translate(target, inside))
        return _noted(found, {key: schema[key] for key in NOTES if key in schema})

    def _of_kinds(self, schema: Schema, kinds: list[str], scope: Scope) -> Schema:
        notes = {key: schema[key] for key in NOTES if key in schema}
        rest = {key: value for key, value in schema.items() if key not in notes}
        return {"anyOf": [self._old({**rest, "type": kind}, [kind], scope) for kind in kinds], **notes} | (
            {"nullable": True} if _takes_null(schema) else {}
        )

    def _old(self, schema: Schema, kinds: list[str], scope: Scope) -> Schema:
        translated: Schema = {"type": kinds[0]} if kinds else {}
        translated |= {key: value for key, value in schema.items() if key in COPIED or key.startswith("x-")}
        if not translated.get("required", True):
            # An empty list is not allowed.
            del translated["required"]
        if "const" in schema:
            translated["enum"] = [schema["const"]]
        if not kinds and (schema.get("type") in ("null", ["null"]) or translated.get("enum") == [None]):
            translated |= NULL
        if _takes_null(schema) or None in translated.get("enum", ()):
            translated["nullable"] = True
        self._add_bounds(schema, translated)
        self._add_items(schema, kinds, translated, scope)
        self._add_members(schema, translated, scope)
        for key in LISTS:
            self._add_list(key, schema.get(key, ()), translated, scope)
        if "not" in schema:
            translated["not"] = self.translate(schema["not"], scope)
        return translated

    def _add_bounds(self, schema: Schema, translated: Schema) -> None:
        for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
            if exclusive in schema:
                translated |= {bound: schema[exclusive], exclusive: True}

    def _add_items(self, schema: Schema, kinds: list[str], translated: Schema, scope: Scope) -> None:
        first = schema.get("prefixItems", [])
        others = schema.get("items", True)
        if first:
            # There are no tuples: a list of what may stand at any of the places.
            if others is False:
                translated.setdefault("maxItems", len(first))
            all_told = schema.get("maxItems") == len(first) or others is False
            translated["items"] = self._any_of([*first, *([] if all_told else [others])], scope)
        elif kinds == ["array"] or "items" in schema:
            translated["items"] = {} if others is False else self.translate(others, scope)
            if others is False:
                translated["maxItems"] = 0

    def _add_members(self, schema: Schema, translated: Schema, scope: Scope) -> None:
        if "properties" in schema:
            translated["properties"] = self._members(schema["properties"], scope)
        others = schema.get("additionalProperties", True)
        patterns = list(schema.get("patternProperties", {}).values())
        if others is not True:
            parts = [*patterns, *([] if others is False else [others])]
            translated["additionalProperties"] = self._any_of(parts, scope) if parts else False

    def _members(self, properties: Schema, scope: Scope) -> Schema:
        """Return the members of an object; enums among them get a component of their own.

        Else drf-spectacular makes these, and gives equal names to different ones of different tasks.
        """
        members = {}
        for name, part in properties.items():
            member = self.translate(part, scope)
            if "enum" in member:
                member = self._named(f"{name} enum", member)
            elif isinstance(member.get("items"), dict) and "enum" in member["items"]:
                member = {**member, "items": self._named(f"{name} enum", member["items"])}
            members[name] = member
        return members

    def _named(self, name: str, schema: Schema) -> Schema:
        notes = {key: schema[key] for key in NOTES if key in schema}
        rest = {key: value for key, value in schema.items() if key not in notes}
        return _noted(self.declare(name, rest, lambda: rest), notes)

    def _add_list(self, key: str, parts: Iterable[Any], translated: Schema, scope: Scope) -> None:
        others = [part for part in parts if part != {"type": "null"}]
        if len(others) < len(list(parts)):
            translated["nullable"] = True
        if len(others) == 1 and translated.get("nullable"):
            key = "allOf"
        if others:
            translated[key] = [*translated.get(key, []), *(self.translate(part, scope) for part in others)]

    def _any_of(self, parts: list[Any], scope: Scope) -> Schema:
        different: list[Schema] = []
        for part in parts:
            translated = self.translate(part, scope)
            if translated not in different:
                different.append(translated)
        return different[0] if len(different) == 1 else {"anyOf": different}


def _noted(reference: Schema, notes: Schema) -> Schema:
    # Beside a reference OpenAPI 3.0 ignores everything.
    return {"allOf": [reference], **notes} if notes else reference


def _kinds(schema: Schema) -> list[str]:
    named = schema.get("type", [])
    return [kind for kind in ([named] if isinstance(named, str) else named) if kind != "null"]


def _takes_null(schema: Schema) -> bool:
    named = schema.get("type", [])
    return named != "null" and "null" in named
