"""Move what version 1 stored as text into version 2's columns and rows.

A migration of its own: PostgreSQL refuses to alter a table that has rows waiting for their deferred foreign keys.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import JSONField, Value

from task_api.database import DatabaseNow

BATCH_SIZE = 500
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Deeper values stay text: how deep Python and the database can go differs from version to version.
MAX_DEPTH = 64


def storable(value: Any, depth: int = 0) -> Any:
    """Return a JSON value without what a JSON column refuses: NUL, lone surrogates, NaN and infinities.

    Raises:
        RecursionError: It is nested deeper than `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT).encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item, depth + 1) for key, item in value.items()}
    return value


def parse(text: str, kind: type) -> Any:
    """Return the dict or list that version 1 stored; what is neither comes back inside one, not lost."""
    try:
        value = storable(json.loads(text))
    except (ValueError, RecursionError):
        value = storable(text)
    if isinstance(value, kind):
        return value
    return kind() if value in (None, "") else kind([value] if kind is list else {"value": value})


def batches(queryset: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(queryset.filter(pk__gt=last).order_by("pk")[:BATCH_SIZE]):
        yield batch
        last = batch[-1].pk


def move(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    tasks = apps.get_model("task_api", "TaskInfo")._default_manager.using(alias)
    message_model = apps.get_model("task_api", "TaskMessage")
    for batch in batches(tasks):
        messages = []
        for task in batch:
            task.inputs = parse(task.inputs_v1, dict)
            task.outputs = parse(task.outputs_v1, dict)
            texts = parse(task.messages_v1, list)
            task.message_count = len(texts)
            task.attempt = int(task.started is not None)
            messages += [
                # None alone would be SQL's NULL.
                message_model(task=task, seq=seq, message=Value(None, JSONField()) if text is None else text)
                for seq, text in enumerate(texts, start=1)
            ]
        tasks.bulk_update(batch, ["inputs", "outputs", "message_count", "attempt"])
        message_model._default_manager.using(alias).bulk_create(messages, batch_size=BATCH_SIZE)
    # Nothing runs them any more: their messages, if the broker still holds them, are of a shape that is dropped.
    tasks.filter(status__in=["pending", "running"]).update(
        status="failed",
        finished=DatabaseNow(),
        error_code="upgraded",
        error_message="The task had not finished when the server was upgraded. It can be started again.",
    )
    tasks.filter(status="failed", error_code="").update(
        error_code="error", error_message="The task failed because of an unexpected error."
    )


def move_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    tasks = apps.get_model("task_api", "TaskInfo")._default_manager.using(alias)
    for batch in batches(tasks.prefetch_related("messages")):
        for task in batch:
            task.inputs_v1 = json.dumps(task.inputs)
            task.outputs_v1 = json.dumps(task.outputs)
            task.messages_v1 = json.dumps([row.message for row in task.messages.all()])
        tasks.bulk_update(batch, ["inputs_v1", "outputs_v1", "messages_v1"])
    # Version 1 knows no such word, and its clients wait for one that they know.
    tasks.filter(status="cancelled").update(status="failed")


class Migration(migrations.Migration):
    dependencies = (("task_api", "0002_version_2"),)

    operations = (migrations.RunPython(move, move_back),)
