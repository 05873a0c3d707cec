"""What tasks tell in words: the rows of messages, appended with few and cheap statements."""

import json
from collections.abc import Sequence
from typing import Any, cast

from django.db import connections, transaction
from django.db.models import Field
from django.db.models.constants import OnConflict

from task_api.models import TaskInfo, TaskMessage

COLUMNS = ("task", "seq", "message")
# Rows of one INSERT, where the database sets no limit.
BATCH = 1_000


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
    one = "(%s, %s, %s::jsonb)" if connection.vendor == "postgresql" else "(%s, %s, %s)"
    batch = (connection.features.max_query_params or BATCH * len(COLUMNS)) // len(COLUMNS)
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        for start in range(0, len(messages), batch):
            rows = messages[start : start + batch]
            params = [
                value
                for seq, message in enumerate(rows, after + start + 1)
                for value in (info.pk, seq, json.dumps(message))
            ]
            cursor.execute(f"{insert} {into} VALUES {', '.join([one] * len(rows))} {suffix}", params)
