"""What tasks tell in words: the rows of messages, appended with few and cheap statements."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field
from django.db.models.constants import OnConflict

from task_api.models import TaskInfo, TaskMessage

COLUMNS = ("task", "seq", "message")
# Rows of one INSERT, where the database sets no limit and has no arrays.
BATCH = 1_000

UNNESTED = (
    "SELECT %s, %s + told.number, told.message::jsonb FROM unnest(%s::text[]) WITH ORDINALITY AS told (message, number)"
)


def append(info: TaskInfo, messages: Sequence[Any], *, after: int) -> None:
    """Append messages to those of a task, in its transaction, and leave alone those that are there already.

    They are there if the server committed and the connection broke before it said so.

    Args:
        info: The task, which tells the database as well.
        messages: JSON values.
        after: The `seq` of the message before them.
    """
    # Not `bulk_create`, which takes longer to make instances and to compile them than the server takes to store them.
    connection = connections[str(info._state.db)]
    quote = connection.ops.quote_name
    fields = [cast("Field[Any, Any]", TaskMessage._meta.get_field(name)) for name in COLUMNS]
    insert = connection.ops.insert_statement(on_conflict=OnConflict.IGNORE)
    into = f"{quote(TaskMessage._meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)})"
    suffix = connection.ops.on_conflict_suffix_sql(fields, OnConflict.IGNORE, [], [])
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        for source, params in _rows(connection, info.pk, messages, after):
            cursor.execute(f"{insert} {into} {source} {suffix}", params)


def _rows(
    connection: BaseDatabaseWrapper, task: int, messages: Sequence[Any], after: int
) -> Iterator[tuple[str, list[Any]]]:
    """Yield what INSERTs take their rows from, with its parameters."""
    texts = [json.dumps(message) for message in messages]
    if connection.vendor == "postgresql":
        # One parameter, instead of thousands to put into the text here and to take out of it there.
        yield UNNESTED, [task, after, texts]
        return
    batch = (connection.features.max_query_params or BATCH * len(COLUMNS)) // len(COLUMNS)
    for start in range(0, len(texts), batch):
        rows = enumerate(texts[start : start + batch], after + start + 1)
        params = [value for seq, text in rows for value in (task, seq, text)]
        yield f"VALUES {', '.join(['(%s, %s, %s)'] * (len(params) // len(COLUMNS)))}", params
