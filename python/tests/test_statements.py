"""Updates whose SQL is kept: compiled once, and as good as a fresh one."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import override_settings

from task_api import statements
from task_api.models import TaskInfo
from task_api.statements import CompiledUpdate

pytestmark = pytest.mark.django_db


@pytest.fixture
def built() -> list[tuple[Any, ...]]:
    """The shapes that were built."""
    return []


@pytest.fixture
def update(built: list[tuple[Any, ...]]) -> CompiledUpdate[TaskInfo]:
    def build(slot: Any, names: tuple[str, ...]) -> Any:
        built.append(names)
        rows = TaskInfo.objects.filter(uuid=slot("uuid"), task__in=names)
        return rows, {"version": F("version") + 1, "outputs": slot("outputs"), "progress": slot("progress")}

    return CompiledUpdate(TaskInfo, build)


@pytest.fixture(params=["returning", "without returning"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "without returning":
        monkeypatch.setattr(statements, "can_return_updated_rows", lambda connection: False)
    return str(request.param)


def test_each_execution_brings_its_values(way: str, update: CompiledUpdate[TaskInfo]) -> None:
    infos = [TaskInfo.objects.create(task="a") for _ in range(2)]
    for info, outputs, progress in zip(infos, [{"x": ["%s", None]}, {}], [None, 2**62], strict=True):
        (changed,) = update.execute("default", ("a",), uuid=info.uuid, outputs=outputs, progress=progress)
        assert (changed.pk, changed.version, changed.outputs, changed.progress) == (info.pk, 2, outputs, progress)
    assert [info.outputs for info in TaskInfo.objects.order_by("pk")] == [{"x": ["%s", None]}, {}]


def test_row_that_does_not_match_is_not_changed(way: str, update: CompiledUpdate[TaskInfo]) -> None:
    info = TaskInfo.objects.create(task="b")
    for names in (("a",), ()):
        assert update.execute("default", names, uuid=info.uuid, outputs={}, progress=1) == []


def test_statement_is_built_once_for_each_shape(update: CompiledUpdate[TaskInfo], built: list[Any]) -> None:
    if not statements.can_return_updated_rows(connection):
        pytest.skip("This database has no UPDATE … RETURNING.")
    info = TaskInfo.objects.create(task="a")
    for names in (("a",), ("a", "b"), ("a",), ("a", "b")):
        assert update.execute("default", names, uuid=info.uuid, outputs={}, progress=1)
    assert built == [("a",), ("a", "b")]


def test_changed_settings_build_it_anew(update: CompiledUpdate[TaskInfo], built: list[Any]) -> None:
    info = TaskInfo.objects.create(task="a")
    for zone in ("UTC", "Asia/Kathmandu"):
        with override_settings(TIME_ZONE=zone):
            update.execute("default", ("a",), uuid=info.uuid, outputs={}, progress=1)
    assert built == [("a",), ("a",)]
