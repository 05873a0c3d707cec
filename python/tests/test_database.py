from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import F, Value

from task_api import database, statements
from task_api.database import DatabaseNow, from_now, outlives_deadlocks
from task_api.models import TaskInfo, TaskMessage
from task_api.statements import update_returning

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
VALUES: dict[str, Any] = {
    "uuid": uuid4(),
    "task": "täsk\n'\"%s",
    "backend_data": None,
    "priority": -3,
    "version": 2**40,
    "inputs": {"a": [1, 2.5, None, True, "ü"], "b": {"c": "%d"}},
    "outputs": {},
    "progress": 2**62,
    "target": None,
    "error_message": "x" * 100_000,
    "started": MOMENT,
    "finished": MOMENT.replace(microsecond=0),
    "run_after": None,
    "claim_token": uuid4(),
    "unique_key": None,
    "request_hash": "",
}


@pytest.fixture(params=["returning", "without returning"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to learn what an UPDATE has changed; MariaDB and MySQL have but the second."""
    if request.param == "without returning":
        monkeypatch.setattr(statements, "can_return_updated_rows", lambda connection: False)
    return str(request.param)


def columns(info: TaskInfo) -> dict[str, Any]:
    return {field.attname: getattr(info, field.attname) for field in TaskInfo._meta.concrete_fields}


def test_rows_come_back_as_a_read_gives_them(way: str) -> None:
    info = TaskInfo.objects.create(task="before")
    (returned,) = update_returning(TaskInfo.objects.filter(pk=info.pk), **VALUES)
    assert columns(returned) == columns(TaskInfo.objects.get(pk=info.pk))
    assert {name: getattr(returned, name) for name in VALUES} == VALUES


def test_rows_come_back_with_the_values_of_expressions(way: str) -> None:
    info = TaskInfo.objects.create(task="a", version=5)
    (returned,) = update_returning(
        TaskInfo.objects.filter(pk=info.pk), version=F("version") + 1, started=DatabaseNow(), task=Value("b")
    )
    assert (returned.version, returned.task) == (6, "b")
    assert returned.started == TaskInfo.objects.get(pk=info.pk).started


def test_only_the_rows_of_the_queryset_change(way: str) -> None:
    infos = [TaskInfo.objects.create(task=name) for name in "abc"]
    returned = update_returning(TaskInfo.objects.filter(task__in=["a", "c"]), task="x")
    assert {info.pk for info in returned} == {infos[0].pk, infos[2].pk}
    assert list(TaskInfo.objects.order_by("pk").values_list("task", flat=True)) == ["x", "b", "x"]


def test_no_row_that_matches_is_no_change(way: str) -> None:
    TaskInfo.objects.create(task="a")
    assert update_returning(TaskInfo.objects.filter(task="b"), task="x") == []


def test_condition_that_can_match_nothing_is_no_change(way: str) -> None:
    TaskInfo.objects.create(task="a")
    assert update_returning(TaskInfo.objects.filter(task__in=[]), task="x") == []


def test_returned_row_can_be_read_on(way: str) -> None:
    info = TaskInfo.objects.create(task="a")
    TaskMessage.objects.create(task=info, seq=1, message="hi")
    (returned,) = update_returning(TaskInfo.objects.filter(pk=info.pk), task="b")
    assert [row.message for row in returned.messages.all()] == ["hi"]
    assert not returned._state.adding


def test_number_of_statements(django_assert_num_queries: Any) -> None:
    info = TaskInfo.objects.create(task="a")
    if not statements.can_return_updated_rows(connection):
        pytest.skip("This database has no UPDATE … RETURNING.")
    with django_assert_num_queries(1):
        update_returning(TaskInfo.objects.filter(pk=info.pk), task="b")


def test_clock_is_utc(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"
    info = TaskInfo.objects.create(task="a", started=DatabaseNow())
    info.refresh_from_db()
    assert info.started is not None
    assert abs(datetime.now(UTC) - info.started) < timedelta(minutes=5)
    assert abs(datetime.now(UTC) - info.created) < timedelta(minutes=5)


def now() -> datetime:
    return TaskInfo.objects.annotate(clock=DatabaseNow()).values_list("clock", flat=True)[0]


def test_clock_moves_within_a_transaction() -> None:
    TaskInfo.objects.create(task="a")
    with transaction.atomic():
        first = now()
        # Two readings within a tick of the clock are equal; a clock that stands still stays so.
        assert any(now() > first for _ in range(10_000))


def test_delays_count_from_the_clock() -> None:
    info = TaskInfo.objects.create(task="a", run_after=from_now(timedelta(hours=1)), expires_at=from_now(-timedelta(1)))
    info.refresh_from_db()
    assert info.run_after is not None
    assert info.expires_at is not None
    assert timedelta(minutes=59) < info.run_after - info.created <= timedelta(minutes=61)
    assert timedelta(hours=23) < info.created - info.expires_at <= timedelta(hours=25)


def test_stored_clock_compares_with_the_clock() -> None:
    """SQLite compares times as texts, which have to be of one form."""
    TaskInfo.objects.create(task="a", started=from_now(-timedelta(milliseconds=5)), finished=from_now(timedelta(1)))
    assert TaskInfo.objects.filter(started__lt=DatabaseNow(), finished__gt=DatabaseNow()).exists()
    assert not TaskInfo.objects.filter(created__gt=DatabaseNow()).exists()


def test_connection_that_was_never_made_does_not_answer() -> None:
    assert not database.answers(connection.copy())


def test_server_that_refuses_answers() -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert database.answers(connection)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Ends a connection at PostgreSQL's side")
@pytest.mark.django_db(transaction=True)
def test_server_that_hung_up_does_not_answer() -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", pid)
        assert not database.answers(other)
        assert database.answers(connection)
    finally:
        other.close()


# Deadlocks, which `test_races` brings about on MariaDB


def refused(*codes: int) -> Any:
    """Return a function that the server refuses with one code after the other, and then lets pass."""
    errors = [OperationalError(code, "refused") for code in codes]

    @outlives_deadlocks(lambda: "default")
    def write() -> str:
        if errors:
            raise errors.pop(0)
        return "written"

    return write


@pytest.mark.django_db(transaction=True)
def test_transaction_that_the_server_ended_for_others_is_done_again() -> None:
    assert refused(1213, 1213)() == "written"
    with pytest.raises(OperationalError, match="1205"):
        refused(1213, 1205)()


def test_transaction_around_one_that_the_server_ended_has_ended_as_well() -> None:
    with transaction.atomic(), pytest.raises(OperationalError, match="1213"):
        refused(1213)()
