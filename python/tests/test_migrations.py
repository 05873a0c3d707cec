"""Databases of version 1, whose only migration made the table that 0001_initial makes here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from task_api import submission, transitions
from task_api.models import TaskInfo, TaskMessage
from task_api.transitions import Report
from tests.myapp.background import SumNumbers

pytestmark = pytest.mark.django_db(transaction=True)

VERSION_1 = "0001_initial"
CREATED = datetime(2021, 5, 6, 7, 8, 9, 123_456, UTC)
NUL, SURROGATE = '"a\\u0000b"', '"a\\ud800b"'
HUGE = f'{{"a": {"9" * 5000}}}'
DEEP = "[" * 900 + "]" * 900


def migrate(name: str | None) -> Any:
    """Migrate to a migration, or to the last one, and return its model of a task."""
    executor = MigrationExecutor(connection)
    targets = executor.loader.graph.leaf_nodes("task_api") if name is None else [("task_api", name)]
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps.get_model("task_api", "TaskInfo")


@pytest.fixture
def version_1() -> Iterator[Any]:
    """The model of version 1, on its table."""
    yield migrate(VERSION_1)
    migrate(None)


def create(model: Any, **columns: Any) -> Any:
    return model.objects.create(**{"task": "sum", "created": CREATED, **columns})


def upgraded(row: Any) -> TaskInfo:
    return TaskInfo.objects.get(pk=row.pk)


def messages(row: Any) -> list[Any]:
    return list(TaskMessage.objects.filter(task_id=row.pk).order_by("seq").values_list("seq", "message"))


def test_ended_tasks_keep_their_data(version_1: Any) -> None:
    succeeded = create(
        version_1,
        status="succeeded",
        backend_data='{"celery_id": "c1"}',
        progress=7,
        target=2**31 - 1,
        inputs='{"numbers": [1, 2.5]}',
        outputs='{"sum": 3.5, "ü": null}',
        messages='["eins", {"zwei": 2}]',
        started=CREATED + timedelta(1),
        finished=CREATED + timedelta(2),
    )
    failed = create(version_1, status="failed", started=CREATED, finished=CREATED)
    migrate(None)
    info = upgraded(succeeded)
    assert (info.uuid, info.task, info.status, info.created) == (succeeded.uuid, "sum", "succeeded", CREATED)
    assert (info.started, info.finished) == (CREATED + timedelta(1), CREATED + timedelta(2))
    assert (info.progress, info.target, info.backend_data) == (7, 2**31 - 1, '{"celery_id": "c1"}')
    assert (info.inputs, info.outputs) == ({"numbers": [1, 2.5]}, {"sum": 3.5, "ü": None})
    assert (info.owner, info.version, info.attempt, info.message_count) == ("", 1, 1, 2)
    assert messages(succeeded) == [(1, "eins"), (2, {"zwei": 2})]
    info = upgraded(failed)
    assert (info.status, info.error_code, info.finished) == ("failed", "error", CREATED)
    assert info.error_message == "The task failed because of an unexpected error."


def test_tasks_that_had_not_ended_fail_and_can_be_started_again(version_1: Any) -> None:
    rows = [
        create(version_1, status="pending", inputs='{"numbers": [1, 2]}'),
        create(version_1, status="running", inputs='{"numbers": [1, 2]}', started=CREATED),
    ]
    migrate(None)
    for row in rows:
        info = upgraded(row)
        assert (info.status, info.error_code) == ("failed", "upgraded")
        assert info.error_message == "The task had not finished when the server was upgraded. It can be started again."
        assert info.finished is not None
        submission.retry(SumNumbers, info)
        info = upgraded(row)
        assert (info.status, info.outputs, info.error_code) == ("succeeded", {"sum": 3}, "")


DICTS = {
    "": {},
    "null": {},
    "{}": {},
    "{broken": {"value": "{broken"},
    '"text"': {"value": "text"},
    "[1]": {"value": [1]},
    "17": {"value": 17},
    f'{{"a": {NUL}}}': {"a": "a\N{REPLACEMENT CHARACTER}b"},
    f"{{{NUL}: 1}}": {"a\N{REPLACEMENT CHARACTER}b": 1},
    f'{{"a": [{SURROGATE}]}}': {"a": ["a?b"]},
    '{"a": NaN, "b": [Infinity, -Infinity]}': {"a": "nan", "b": ["inf", "-inf"]},
    '{"a": 1e400}': {"a": "inf"},
    f'{{"a": {10**100}}}': {"a": 10**100},
    HUGE: {"value": HUGE},
    DEEP: {"value": DEEP},
}


def test_inputs_and_outputs_of_every_kind_become_json(version_1: Any) -> None:
    rows = [create(version_1, status="succeeded", inputs=text, outputs=text) for text in DICTS]
    migrate(None)
    assert [upgraded(row).inputs for row in rows] == list(DICTS.values())
    assert [upgraded(row).outputs for row in rows] == list(DICTS.values())


LISTS = {
    "": [],
    "null": [],
    "[]": [],
    "[null, 1, true]": [None, 1, True],
    '"text"': ["text"],
    '{"a": 1}': [{"a": 1}],
    "[broken": ["[broken"],
    f"[{NUL}, {SURROGATE}, NaN]": ["a\N{REPLACEMENT CHARACTER}b", "a?b", "nan"],
}


def test_messages_of_every_kind_become_rows(version_1: Any) -> None:
    rows = [create(version_1, status="succeeded", messages=text) for text in LISTS]
    migrate(None)
    assert [messages(row) for row in rows] == [list(enumerate(items, start=1)) for items in LISTS.values()]
    assert [upgraded(row).message_count for row in rows] == [len(items) for items in LISTS.values()]


def test_many_rows_move_batch_by_batch(version_1: Any) -> None:
    version_1.objects.bulk_create(
        version_1(
            task=f"task {number}",
            created=CREATED,
            status=["pending", "running", "succeeded", "failed"][number % 4],
            inputs=f'{{"number": {number}}}',
            messages=f'["message {number}"]',
        )
        for number in range(1_200)
    )
    migrate(None)
    infos = list(TaskInfo.objects.order_by("pk"))
    assert [(info.task, info.inputs) for info in infos] == [
        (f"task {number}", {"number": number}) for number in range(1_200)
    ]
    assert [info.error_code for info in infos[:4]] == ["upgraded", "upgraded", "", "error"]
    assert TaskMessage.objects.count() == 1_200
    assert messages(infos[777]) == [(1, "message 777")]


def test_way_back_and_forth_keeps_the_data() -> None:
    succeeded = transitions.create(task="sum", inputs={"numbers": [1, "ü"]})
    claimed = transitions.claim(succeeded.uuid, tasks=["sum"])
    assert claimed is not None
    transitions.succeed(claimed[1], {"sum": [None, 2.5]}, Report(3, 2**40, ("one", None, {"two": 2})))
    cancelled = transitions.create(task="sum")
    transitions.cancel(cancelled.uuid)
    TaskInfo.objects.filter(pk=succeeded.pk).update(target=2**31 - 1)
    before = TaskInfo.objects.filter(pk=succeeded.pk).values().get()
    try:
        old = migrate(VERSION_1).objects.get(pk=succeeded.pk)
        assert (old.inputs, old.outputs) == ('{"numbers": [1, "\\u00fc"]}', '{"sum": [null, 2.5]}')
        assert old.messages == '["one", null, {"two": 2}]'
        # Version 1 knows no other words, and its clients wait for one of them.
        assert migrate(VERSION_1).objects.get(pk=cancelled.pk).status == "failed"
    finally:
        migrate(None)
    after = TaskInfo.objects.filter(pk=succeeded.pk).values().get()
    kept = {"uuid", "task", "status", "progress", "target", "inputs", "outputs", "created", "started", "finished"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert messages(succeeded) == [(1, "one"), (2, None), (3, {"two": 2})]


def test_every_change_of_the_models_has_its_migration() -> None:
    output = StringIO()
    call_command("makemigrations", "task_api", check=True, dry_run=True, stdout=output)
    assert "No changes detected" in output.getvalue()
