"""The blocks of version 1's documentation that define tasks, run as they stand there."""

import textwrap

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from task_api import registry
from task_api.params import IntParameter, ParameterNotValidError
from task_api.tasks import Task
from task_api.testing import run_task
from tests.seeds.blocks import corrected

IMPORTS = """
import os
from task_api.params import IntParameter, ListParameter, StringParameter
from task_api.tasks import Task
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_task(make_module):
    """Make a task out of a block that stands in a class's body."""

    def make(block, *more) -> type[Task]:
        body = textwrap.indent("\n".join(["name = 'fragment'", corrected(block), *more]), "    ")
        return make_module("myapp.background", IMPORTS, f"class Fragment(Task):\n{body}").Fragment

    return make


def outputs_of(task: type[Task], **inputs: object) -> object:
    info = run_task(task, **inputs)
    assert (info.status, info.traceback) == ("succeeded", "")
    return info.outputs


def test_sum_numbers(make_background):
    task = make_background("sum-numbers").SumNumbers

    assert outputs_of(task, numbers=[1, "2", 3.5]) == {"sum": 6.5}


def test_wait_task_counts_to_its_input(make_background):
    info = run_task(make_background("wait-task").WaitTask, seconds=1)

    assert (info.status, info.progress, info.target, info.outputs) == ("succeeded", 1, 1, {})


def test_wait_task_without_its_input(make_background, monkeypatch):
    module = make_background("wait-task")
    slept: list[int] = []
    monkeypatch.setattr(module, "sleep", slept.append)

    info = run_task(module.WaitTask)

    assert (info.status, info.progress, info.target, slept) == ("succeeded", 10, 10, [1] * 10)


def test_my_task(make_background):
    assert outputs_of(make_background("my-task").MyTask, name="Ada") == {"output": "Some output"}


def test_my_task_as_outlined(make_module):
    run = textwrap.indent(corrected("my-task-run"), "    ")
    task = make_module("myapp.background", IMPORTS, corrected("my-task-outline"), run).MyTask

    assert task.name == "my-task"
    assert outputs_of(task, name="Ada", count="6") == {"output": "Ada 6"}
    assert outputs_of(task, name="Ada") == {"output": "Ada 5"}


def test_list_input(make_task):
    task = make_task("list-input", "outputs = inputs", "def run(self, items):", "    return items")

    assert outputs_of(task, items=["a", 1]) == {"items": ["a", "1"]}
    assert outputs_of(task, items="a") == {"items": ["a"]}


def test_optional_input(make_task):
    task = make_task("optional-input", "outputs = {'out': StringParameter()}")

    assert outputs_of(task, must_have="a") == {"out": "a None"}
    assert outputs_of(task, must_have="a", nice_to_have="b") == {"out": "a b"}


def test_one_output(make_task):
    assert outputs_of(make_task("one-output")) == {"out": "Foo"}


def test_several_outputs(make_task):
    assert outputs_of(make_task("several-outputs")) == {"out": "Foo", "count": 5}


def test_progress_through_a_file(make_task, monkeypatch, tmp_path):
    text = "one\nzwölf\nthree\n"
    (tmp_path / "lines.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    task = make_task("progress")
    happened: list[str | int] = []
    task.run.__globals__["process_line"] = happened.append
    set_progress = task.set_progress

    def recorded(self, progress: int) -> None:
        set_progress(self, progress)
        happened.append(progress)

    monkeypatch.setattr(task, "set_progress", recorded)
    info = run_task(task)

    size = len(text.encode())
    assert (info.status, info.progress, info.target) == ("succeeded", size, size)
    assert happened == ["one\n", 4, "zwölf\n", 11, "three\n", size]


def test_int_parameter_in_the_text():
    """What the guide says of `"6"` and `"not a number"` between its blocks."""
    assert IntParameter().to_python("6") == 6
    with pytest.raises(ParameterNotValidError, match="'not a number' is not a number"):
        IntParameter().to_python("not a number")


@pytest.mark.parametrize("block", ["sum-numbers", "wait-task", "my-task"])
def test_system_checks_have_nothing_against_it(make_background, block):
    module = make_background(block)

    with override_settings(TASK_API_BACKGROUND_TASKS=[module.__name__]):
        assert len(registry.offered()) == 1
        assert run_checks(tags=["task_api"]) == []
