"""Helpers for the tests of projects."""

from typing import Any

import pytest
from django.test import TestCase, override_settings
from pytest_django import Settings

from task_api import registry
from task_api.exceptions import InputsNotValidError
from task_api.models import TaskInfo
from task_api.params import IntParameter
from task_api.tasks import Task
from task_api.testing import immediate_tasks, registered, run_task
from tests.backends import RecordingBackend
from tests.myapp.background import Crash, SumNumbers

pytestmark = pytest.mark.django_db


class Double(Task):
    """Not registered anywhere."""

    name = "double"
    inputs = {"number": IntParameter()}
    outputs = {"number": IntParameter()}

    def run(self, number: int) -> int:
        return 2 * number


def test_immediate_tasks_run_inside_start(settings: Settings) -> None:
    settings.TASK_API_BACKEND = RecordingBackend
    assert SumNumbers.start(numbers=[1]).status == "pending"
    with immediate_tasks():
        assert SumNumbers.start(numbers=[1]).outputs == {"sum": 1}
    assert SumNumbers.start(numbers=[1]).status == "pending"


@immediate_tasks()
def started() -> TaskInfo:
    return SumNumbers.start(numbers=[1])


@pytest.mark.usefixtures("recorded")
def test_immediate_tasks_is_a_decorator() -> None:
    assert started().outputs == {"sum": 1}


@override_settings(TASK_API_BACKEND=RecordingBackend)
class TestRecorded(TestCase):
    def test_task_waits(self) -> None:
        assert SumNumbers.start(numbers=[1]).status == "pending"


@immediate_tasks()
class TestImmediately(TestRecorded):
    """As a decorator of a test case, in whose transaction all of it happens."""

    def test_task_waits(self) -> None:
        assert SumNumbers.start(numbers=[1]).outputs == {"sum": 1}


def test_registered_offers_tasks_for_a_while() -> None:
    before = dict(registry.offered())
    with registered(Double):
        assert registry.offered() == before | {"double": Double}
        assert registry.get("double") is Double
        with registered(SumNumbers):
            assert registry.get("double") is Double
    assert registry.offered() == before


@pytest.mark.parametrize("setting", ["TASK_API_BACKGROUND_TASKS", "TASK_API_BACKGROUND_CLASSES"])
def test_registered_adds_to_the_settings(settings: Settings, setting: str) -> None:
    setattr(settings, setting, ["tests.myapp.background.Count"])
    with registered(Double):
        assert set(registry.offered()) == {"count", "double"}
    assert set(registry.offered()) == {"count"}


@pytest.mark.parametrize("start", [lambda: run_task(Double, number=4), lambda: run_task(Double, {"number": 4})])
@pytest.mark.usefixtures("recorded")
def test_run_task_runs_what_is_not_registered(start: Any) -> None:
    info = start()
    assert (info.status, info.outputs, info.attempt) == ("succeeded", {"number": 8}, 1)
    assert TaskInfo.objects.get() == info


@pytest.mark.usefixtures("recorded")
def test_run_task_tells_why_it_failed() -> None:
    info = run_task(Crash)
    assert (info.status, info.error_code) == ("failed", "error")
    assert "ZeroDivisionError: a secret of the server" in info.traceback


def test_run_task_refuses_wrong_inputs() -> None:
    with pytest.raises(InputsNotValidError):
        run_task(Double, number="x")
    assert not TaskInfo.objects.exists()
