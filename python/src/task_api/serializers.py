"""What a request asks for: the task to start, and the tasks to list."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from task_api import registry
from task_api.interface import unknown_names
from task_api.states import Status
from task_api.tasks import Task

# Uuids that one request may ask for: more would make the URL too long for some servers.
UUIDS_MAX = 100


def offered_task(name: str) -> type[Task]:
    """Return the task of a name that the API offers.

    Raises:
        ValidationError: There is none; the names of others are not told.
    """
    tasks = registry.offered()
    if name in tasks:
        return tasks[name]
    if name in registry.faulty():
        raise serializers.ValidationError(f"The task {name!r} is not well defined: `manage.py check` tells why.")
    # With no task at all it is the developer who reads this, not a caller who mistyped a name.
    advice = "" if tasks else f" No task is registered. {registry.ADVICE}"
    raise serializers.ValidationError(f"There is no task {name[:80]!r}.{advice}")


class InputsField(serializers.Field[Any, Any, Any, Any]):
    """Takes an object as it is: the task looks into it.

    DRF's `JSONField` would encode it to see whether it is JSON, and stumble over one that is nested deep.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(f"Inputs must be an object by name of the input, not {_json_type(data)}.")
        return data


class BodySerializer(serializers.Serializer[Any]):
    """A body that has no other keys than these: a slip such as "input" would start a task without its inputs."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = unknown_names(data, self.fields) if isinstance(data, dict) else []
        allowed = " or ".join(self.fields)
        errors: dict[str, Any] = {name: [f"Unknown key {name!r}, must be {allowed}."] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(errors | error.detail) from error  # type: ignore[operator]  # a dict here
        if errors:
            raise serializers.ValidationError(errors)
        return value


class StartSerializer(BodySerializer):
    """The body of a POST: the task's name and its inputs; the task itself checks these."""

    task = serializers.CharField(trim_whitespace=False)
    inputs = InputsField(required=False, allow_null=True)

    def validate_task(self, value: str) -> type[Task]:
        return offered_task(value)


class CancelSerializer(BodySerializer):
    """The body of a cancel: whether to wait for the run to stop."""

    terminate = serializers.BooleanField(default=False)


class ListSerializer(serializers.Serializer[Any]):
    """The query of a GET of tasks; an empty filter is none, and an empty list of uuids names no task."""

    uuid = serializers.CharField(required=False, allow_blank=True)
    task = serializers.CharField(required=False, trim_whitespace=False)
    status = serializers.ChoiceField(
        choices=Status.choices,
        required=False,
        error_messages={"invalid_choice": f"There is no status {{input!r:.80}}, must be one of: {', '.join(Status)}."},
    )

    def validate_uuid(self, value: str) -> list[UUID]:
        texts = [text for text in value.split(",") if text.strip()]
        if len(texts) > UUIDS_MAX:
            raise serializers.ValidationError(f"{len(texts)} uuids are asked for, at most {UUIDS_MAX} are allowed.")
        return [_uuid(text) for text in texts]

    def validate_task(self, value: str) -> str:
        return offered_task(value).name


class StreamSerializer(serializers.Serializer[Any]):
    """The query of a stream: uuids, each with the version that is known already if there is one."""

    uuid = serializers.CharField()
    last_event_id = serializers.CharField(allow_blank=True)

    def validate_uuid(self, value: str) -> dict[UUID, int]:
        texts = [text for text in value.split(",") if text.strip()]
        if not texts or len(texts) > UUIDS_MAX:
            raise serializers.ValidationError(f"{len(texts)} tasks are asked for, must be 1 to {UUIDS_MAX}.")
        return dict(_known_version(text) for text in texts)

    def validate_last_event_id(self, value: str) -> dict[UUID, int]:
        # A browser's own EventSource sends what it saw last; a foreign one means nothing here.
        try:
            return dict([_known_version(value)]) if value else {}
        except serializers.ValidationError:
            return {}

    def versions(self) -> dict[UUID, int]:
        """Return the asked-for tasks with the version known of each, 0 for none."""
        asked: dict[UUID, int] = self.validated_data["uuid"]
        seen: dict[UUID, int] = self.validated_data["last_event_id"]
        return {uuid: max(version, seen.get(uuid, 0)) for uuid, version in asked.items()}


def _known_version(text: str) -> tuple[UUID, int]:
    uuid, _, version = text.partition(":")
    if version and not (version.isascii() and version.isdigit() and len(version) < 19):
        raise serializers.ValidationError(f"{version[:80]!r} is no version, must be a whole number.")
    return _uuid(uuid), int(version or 0)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError:
        raise serializers.ValidationError(f"{text[:80]!r} is not a uuid.") from None


def _json_type(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), type(value).__name__)
