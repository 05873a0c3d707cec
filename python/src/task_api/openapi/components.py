"""The components of an OpenAPI schema that tell of tasks: for each what starts it, and what it looks like."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.settings import spectacular_settings

from task_api import registry
from task_api.json_schemas import type_name
from task_api.openapi.dialect import Dialect, Schema
from task_api.snapshots import AttemptSnapshot, Snapshot
from task_api.states import Status
from task_api.tasks import Task

NOTHING: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Schema = {**MOMENT, "type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
STATUS: Schema = {"type": "string", "enum": list(Status)}
FAILURE: Schema = {
    "type": "object",
    "description": "Why a task failed.",
    "properties": {
        "code": {"type": "string", "description": "A word for programs, such as lost or expired."},
        "message": {"type": "string", "description": "A sentence for people."},
    },
    "required": ["code", "message"],
}
# Stands in the names of components of its own.
RESERVED = "Task"


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def described(schema: Schema, task: type[Task]) -> Schema:
    return schema | ({"description": task.description()} if task.description() else {})


class Components:
    """Puts schemas, written as JSON Schema, into the schema that drf-spectacular makes.

    Args:
        components: Those that there are.
        resolve: Gives the component of a serializer.
    """

    def __init__(self, components: ComponentRegistry, resolve: Callable[[Any], ResolvedComponent]) -> None:
        self.components = components
        self.resolve = resolve
        self.modern = not spectacular_settings.OAS_VERSION.startswith("3.0")

    def translate(self, schema: Schema, owner: str = RESERVED) -> Schema:
        """Return the schema as the version of OpenAPI has it; what it refers to gets the owner's name first."""

        def declare(name: str, meaning: Any, write: Callable[[], Schema]) -> Schema:
            return self._declare(f"{owner}{type_name(name)}", meaning, write)

        return Dialect(declare, modern=self.modern).translate(schema)

    def of(self, serializer: type[Any]) -> Schema:
        """Return the reference to the component of a serializer."""
        reference: Schema = self.resolve(serializer).ref
        return reference

    def add(self, name: str, schema: Schema, owner: str = RESERVED) -> Schema:
        """Return the reference to a component of that name and schema."""
        return self._declare(name, schema, lambda: self.translate(schema, owner))

    def one_of(self, names: Mapping[str, Schema], otherwise: Schema) -> Schema:
        """Return the schema of what is told apart by the name of its task."""
        if not names:
            return self.translate(otherwise)
        mapping = {name: reference["$ref"] for name, reference in names.items()}
        return {
            "oneOf": list(names.values()),
            "discriminator": {"propertyName": "task", "mapping": mapping},
            # That of the alternatives all need it does not tell drf-spectacular that a body is required.
            "required": ["task"],
        }

    def _declare(self, name: str, meaning: Any, write: Callable[[], Schema]) -> Schema:
        stem, number = name, 1
        while (found := self._found(name)) is not None and found.object != _Meaning(meaning):
            number += 1
            name = f"{stem}{number}"
        if found is None:
            kind = ResolvedComponent.SCHEMA
            found = ResolvedComponent(name, kind, {}, _Meaning(meaning))  # type: ignore[no-untyped-call]
            # Before its schema is written, which may refer to it.
            self.components.register(found)
            found.schema = write()
        reference: Schema = found.ref
        return reference

    def _found(self, name: str) -> ResolvedComponent | None:
        return self.components._components.get((name, ResolvedComponent.SCHEMA))


class _Meaning:
    """What a component stands for, to tell it from another of its name."""

    def __init__(self, meaning: Any) -> None:
        self.meaning = meaning

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Meaning) and bool(self.meaning == other.meaning)

    __hash__ = None  # type: ignore[assignment]


def prefixes() -> dict[str, str]:
    """Return what the components of each offered task begin with, by the task's name."""
    taken = {RESERVED}
    found = {}
    for name in sorted(registry.offered()):
        stem = prefix = type_name(name)
        number = 1
        while prefix in taken:
            number += 1
            prefix = f"{stem}{number}"
        taken.add(prefix)
        found[name] = prefix
    return found


def start_schema(components: Components, task: type[Task], prefix: str) -> Schema:
    """Return the body that starts a task."""
    schema = task.interface().inputs_schema()
    inputs = components.add(f"{prefix}Inputs", schema, prefix)
    needed = ["inputs"] if schema["required"] else []
    body: Schema = {
        "type": "object",
        "properties": {
            "task": {"type": "string", "enum": [task.name]},
            "inputs": inputs if needed else nullable(inputs),
        },
        "required": ["task", *needed],
        "additionalProperties": False,
    }
    return described(body, task)


def snapshot_schema(components: Components, task: type[Task], prefix: str) -> Schema:
    """Return the snapshot of a task."""
    interface = task.interface()
    outputs = components.add(f"{prefix}Outputs", interface.outputs_schema(), prefix)
    snapshot = any_snapshot_schema(
        components,
        task={"type": "string", "enum": [task.name]},
        inputs=components.add(f"{prefix}Inputs", interface.inputs_schema(), prefix),
        outputs={"anyOf": [outputs, NOTHING], "description": "Empty until the task has succeeded."},
    )
    return described(snapshot, task)


def any_snapshot_schema(components: Components, **known: Schema) -> Schema:
    """Return the snapshot of a task of which more is known, or less."""
    failure = components.add("TaskFailure", FAILURE)
    properties: dict[str, Schema] = {
        "uuid": {"type": "string", "format": "uuid"},
        "task": {"type": "string"},
        "status": components.add("TaskStatus", STATUS),
        "progress": {"type": ["integer", "null"], "description": "Null until the task sets it."},
        "target": {"type": ["integer", "null"], "description": "The progress at which the task is done."},
        "inputs": {"type": "object", "description": "As stored: with the defaults of what was left out."},
        "outputs": {"type": "object", "description": "Empty until the task has succeeded."},
        "messages": {"type": "array", "items": {}, "description": "What the task has said, oldest first."},
        "created": MOMENT,
        "started": {**MAYBE_MOMENT, "description": "When the latest attempt began."},
        "finished": MAYBE_MOMENT,
        "version": {**COUNT, "description": "Grows with each change: the snapshot with the higher one is newer."},
        "attempt": {**COUNT, "description": "How many attempts have begun."},
        "max_attempts": COUNT,
        "error": nullable(failure),
        "cancel_requested": {"type": "boolean", "description": "A running task may take a moment to stop."},
    }
    return {
        "type": "object",
        "properties": properties | known,
        "required": [name for name in Snapshot.__annotations__ if name in properties],
    }


def attempt_schema(components: Components) -> Schema:
    """Return one attempt of a task."""
    properties: dict[str, Schema] = {
        "number": COUNT,
        "started": MAYBE_MOMENT,
        "finished": MAYBE_MOMENT,
        "error": {
            **nullable(components.add("TaskFailure", FAILURE)),
            "description": "Null if it has succeeded, was cancelled, or runs.",
        },
    }
    return {"type": "object", "properties": properties, "required": [*AttemptSnapshot.__annotations__]}
