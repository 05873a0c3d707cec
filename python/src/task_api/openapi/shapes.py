"""The bodies of requests and answers, each a serializer in name only: it stands for the component that it makes."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_serializer
from rest_framework.serializers import Serializer

from task_api import registry
from task_api.openapi.components import (
    Components,
    any_snapshot_schema,
    attempt_schema,
    prefixes,
    snapshot_schema,
    start_schema,
)
from task_api.openapi.dialect import Schema

TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
UUID: Schema = {"type": "string", "format": "uuid"}
EVENTS = """\
Server-Sent Events, as in the HTML standard. `x-events` has the JSON of the `data` of each.

| event | meaning |
| --- | --- |
| `task` | A task has changed: its snapshot without `inputs`, and with its latest `messages` alone; the last of these \
has the number `seq`. Where messages are missing in between, or there is only `uuid` and `version`, read the task. |
| `gone` | There is no such task, or the user may not see it. The others go on. |
| `end` | The stream ends: `finished`, all tasks have ended; `renew`, open it again. |

The `id` of a `task` event is its uuid and version. Comments are signs of life.
"""


class Shape(Serializer[Any]):
    """A component."""

    name: ClassVar[str]

    def shape(self, components: Components) -> Schema:
        """Return the schema of the component."""
        raise NotImplementedError


class Start(Shape):
    name = "TaskStart"

    def shape(self, components: Components) -> Schema:
        parts = {
            task: components.add(f"{prefix}Start", start_schema(components, registry.offered()[task], prefix), prefix)
            for task, prefix in prefixes().items()
        }
        properties: Schema = {"task": {"type": "string"}, "inputs": {"type": "object"}}
        return components.one_of(parts, {"type": "object", "properties": properties, "required": ["task"]})


class TaskSnapshot(Shape):
    name = "TaskSnapshot"

    def shape(self, components: Components) -> Schema:
        parts = {
            task: components.add(
                f"{prefix}Snapshot", snapshot_schema(components, registry.offered()[task], prefix), prefix
            )
            for task, prefix in prefixes().items()
        }
        return components.one_of(parts, any_snapshot_schema(components))


class TaskDetail(Shape):
    name = "TaskDetail"

    def shape(self, components: Components) -> Schema:
        attempts: Schema = {
            "type": "array",
            "items": components.add("TaskAttempt", attempt_schema(components)),
            "description": "All attempts so far, oldest first.",
        }
        more: Schema = {"type": "object", "properties": {"attempts": attempts}, "required": ["attempts"]}
        return components.translate({"allOf": [components.of(TaskSnapshot), more]})


class Cancel(Shape):
    name = "TaskCancel"

    def shape(self, components: Components) -> Schema:
        terminate: Schema = {
            "type": "boolean",
            "default": False,
            "description": "End a running task at once, without waiting for it to stop.",
        }
        body: Schema = {"type": "object", "properties": {"terminate": terminate}, "additionalProperties": False}
        return components.translate(body)


# Else drf-spectacular, of an answer to a list, makes a page of pages.
@extend_schema_serializer(many=False)
class TaskPage(Shape):
    name = "TaskPage"

    def shape(self, components: Components) -> Schema:
        page: Schema = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "next": page,
            "previous": page,
            "results": {"type": "array", "items": components.of(TaskSnapshot)},
        }
        return components.translate({"type": "object", "properties": properties, "required": [*properties]})


class Catalog(Shape):
    name = "TaskCatalog"

    def shape(self, components: Components) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": {}, "description": "A JSON Schema (2020-12)."}
        text: Schema = {"type": "string"}
        properties = {"name": text, "description": text, "inputs": schema, "outputs": schema}
        entry = {"type": "object", "properties": properties, "required": [*properties]}
        return components.translate({"type": "array", "items": components.add("TaskCatalogEntry", entry)})


class Problem(Shape):
    name = "TaskProblem"

    def shape(self, components: Components) -> Schema:
        properties: Schema = {"detail": {"type": "string"}}
        return components.translate({"type": "object", "properties": properties, "required": ["detail"]})


class Errors(Shape):
    name = "TaskErrors"

    def shape(self, components: Components) -> Schema:
        by_input: Schema = {"type": "object", "additionalProperties": {}, "description": "By the name of the input."}
        return components.translate(
            {
                "type": "object",
                "description": "What is wrong, by the place that it concerns; `detail` of a body that is no JSON.",
                "properties": {
                    "task": TEXTS,
                    "inputs": {"anyOf": [TEXTS, by_input]},
                    "uuid": TEXTS,
                    "status": TEXTS,
                    "Idempotency-Key": TEXTS,
                    "detail": {"type": "string"},
                },
                "additionalProperties": {},
            }
        )


class Stream(Shape):
    name = "TaskStream"

    def shape(self, components: Components) -> Schema:
        whole = any_snapshot_schema(components)
        properties = {name: part for name, part in whole["properties"].items() if name != "inputs"}
        latest: Schema = {
            **whole,
            "properties": {**properties, "seq": {"type": "integer", "minimum": 0}},
            "required": [*properties, "seq"],
        }
        hint = _object(uuid=UUID, version={"type": "integer"})
        events = {
            "task": components.add("TaskEvent", {"anyOf": [latest, hint]}),
            "gone": components.add("TaskGoneEvent", _object(uuid=UUID)),
            "end": components.add("TaskEndEvent", _object(reason={"type": "string", "enum": ["finished", "renew"]})),
        }
        return components.translate({"type": "string", "description": EVENTS, "x-events": events})


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
