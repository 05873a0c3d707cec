"""`manage.py task_api_types`."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import gettext_lazy

from task_api import params
from task_api.params import IntParameter, Parameter
from task_api.tasks import Task
from tests import typed_settings, typed_tasks

ROOT = Path(__file__).parents[2]


class Sum(Task):
    name = "sum"
    inputs = {"first": IntParameter(help_text=gettext_lazy("Yes"))}


class SumOfTexts(Task):
    name = "sum"


class Unsound(Task):
    name = "unsound"
    inputs = {"first": 5}


class SilentParameter(Parameter):
    def json_schema(self):
        raise LookupError("There is no schema.")


class Silent(Task):
    name = "silent"
    inputs = {"first": SilentParameter()}


@pytest.fixture(autouse=True)
def _registered(settings):
    settings.TASK_API_BACKGROUND_TASKS = [Sum]


def types(**options):
    stdout = StringIO()
    call_command("task_api_types", stdout=stdout, **options)
    return stdout.getvalue()


def test_types_are_printed():
    assert "      sum: {\n" in types()


def test_file_is_written_and_then_up_to_date(tmp_path):
    path = tmp_path / "tasks.gen.ts"
    assert types(output=str(path)) == f"{path} is written.\n"
    assert path.read_text() == types()
    assert [file.name for file in tmp_path.iterdir()] == ["tasks.gen.ts"]
    assert types(output=str(path), check=True) == f"{path} is up to date.\n"


def test_fresh_file_is_left_alone(tmp_path):
    """A bundler that watches it would build anew."""
    path = tmp_path / "tasks.gen.ts"
    types(output=str(path))
    before = path.stat()
    assert types(output=str(path)) == f"{path} is up to date already.\n"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_text_tells_neither_path_nor_time(tmp_path):
    types(output=str(tmp_path / "one.ts"))
    types(output=str(tmp_path / "two.ts"))
    assert (tmp_path / "one.ts").read_bytes() == (tmp_path / "two.ts").read_bytes()
    assert str(tmp_path) not in (tmp_path / "one.ts").read_text()


def test_texts_are_not_translated(settings):
    settings.LANGUAGE_CODE = "de"
    assert "/** Yes */" in types()


def test_check_shows_what_changed_and_writes_nothing(tmp_path, settings):
    path = tmp_path / "tasks.gen.ts"
    types(output=str(path))
    before = path.read_text()
    settings.TASK_API_BACKGROUND_TASKS = [SumOfTexts]
    with pytest.raises(CommandError) as caught:
        types(output=str(path), check=True)
    first, *diff = str(caught.value).splitlines()
    assert first == f"{path} does not fit the tasks any more. Run: python manage.py task_api_types --output {path}"
    assert "-          first: number" in diff
    assert "+        inputs: Record<string, never>" in diff
    assert caught.value.returncode == 1
    assert path.read_text() == before


def test_difference_is_short(tmp_path, settings):
    path = tmp_path / "tasks.gen.ts"
    types(output=str(path))
    settings.TASK_API_BACKGROUND_TASKS = ["tests.typed_tasks"]
    with pytest.raises(CommandError) as caught:
        types(output=str(path), check=True)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (22, "...")


def test_check_of_a_missing_file(tmp_path):
    path = tmp_path / "tasks.gen.ts"
    with pytest.raises(CommandError) as caught:
        types(output=str(path), check=True)
    assert str(caught.value) == f"{path} is missing. Run: python manage.py task_api_types --output {path}"
    assert not path.exists()


def test_check_does_not_mind_line_ends(tmp_path):
    """Git on Windows may have changed them."""
    path = tmp_path / "tasks.gen.ts"
    path.write_text(types(), newline="\r\n")
    assert types(output=str(path), check=True) == f"{path} is up to date.\n"


def test_check_without_a_file():
    with pytest.raises(CommandError, match=r"^--check needs --output FILE, the file to look at\.$"):
        types(check=True)


def test_other_file_is_not_overwritten(tmp_path):
    path = tmp_path / "package.json"
    path.write_text("{}")
    with pytest.raises(CommandError, match=r"package\.json was not written by this command, and is left as it is\."):
        types(output=str(path))
    assert path.read_text() == "{}"


def test_file_that_is_no_text(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG")
    with pytest.raises(
        CommandError, match=r"picture\.png is no text in UTF-8, so it was not written by this command\.$"
    ):
        types(output=str(path))


def test_empty_file_is_filled(tmp_path):
    path = tmp_path / "tasks.gen.ts"
    path.touch(mode=0o640)
    types(output=str(path))
    assert path.read_text() == types()
    assert path.stat().st_mode & 0o777 == 0o640


def test_link_stays_a_link(tmp_path):
    target = tmp_path / "target.ts"
    link = tmp_path / "link.ts"
    target.touch()
    link.symlink_to(target)
    types(output=str(link))
    assert link.is_symlink()
    assert target.read_text() == types()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("missing/tasks.gen.ts", "cannot be written: No such file or directory."),
        (".", "is no file."),
        ("file/tasks.gen.ts", "cannot be read: Not a directory."),
        ("x" * 300, "cannot be read: File name too long."),
        ("nul\0", "cannot be read: embedded null byte."),
    ],
)
def test_path_that_cannot_be_written(tmp_path, name, complaint):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError) as caught:
        types(output=str(tmp_path / name))
    assert str(caught.value).endswith(complaint)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_nothing_is_left_of_a_write_that_fails(tmp_path, monkeypatch):
    """A full disk, say: the old file stays whole."""
    path = tmp_path / "tasks.gen.ts"
    path.write_text("// task_api_types, older")

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CommandError, match=r"cannot be written: No space left on device\.$"):
        types(output=str(path))
    assert path.read_text() == "// task_api_types, older"
    assert [file.name for file in tmp_path.iterdir()] == ["tasks.gen.ts"]


@pytest.mark.parametrize(
    ("tasks", "complaint"),
    [
        ([Sum, SumOfTexts], "both have the name 'sum'; a name must be a task's own."),
        ([Unsound], "The task 'unsound' has a fault: 5 is not a parameter"),
        ([Silent], "The task 'silent' (tests.test_task_api_types.Silent) cannot be described. There is no schema."),
        (["tests.nowhere.Task"], "TASK_API_BACKGROUND_TASKS names 'tests.nowhere.Task'"),
        (["tests.syntax_error"], "The tasks cannot be read: ZeroDivisionError: division by zero. --traceback shows"),
        ("tests", "TASK_API_BACKGROUND_TASKS is 'tests', must be a list"),
    ],
)
def test_tasks_that_cannot_be_written(tmp_path, settings, monkeypatch, tasks, complaint):
    (tmp_path / "syntax_error.py").write_text("1 / 0")
    monkeypatch.setattr("tests.__path__", [*__import__("tests").__path__, str(tmp_path)])
    settings.TASK_API_BACKGROUND_TASKS = tasks
    path = tmp_path / "tasks.gen.ts"
    with pytest.raises(CommandError) as caught:
        types(output=str(path))
    assert complaint in str(caught.value)
    assert not path.exists()


def test_every_parameter_is_in_the_tasks_that_the_compiler_sees():
    """`packages/core/test/types/generated` shows for each that its type is right; a new one belongs there too."""
    used = {type(part) for task in vars(typed_tasks).values() if is_task(task) for part in parameters(task)}
    exported = {value for value in (getattr(params, name) for name in params.__all__) if isinstance(value, type)}
    assert {kind for kind in exported if issubclass(kind, Parameter)} - used == set()


def is_task(value):
    return isinstance(value, type) and issubclass(value, Task) and bool(value.name)


def parameters(task):
    return [*task.interface().inputs.values(), *task.interface().outputs.values()]


GENERATED = {
    "the types that the compiler is tested with": (
        [
            sys.executable,
            "-m",
            "django",
            "task_api_types",
            "--settings",
            "tests.typed_settings",
            "--pythonpath",
            "python",
        ],
        "packages/core/test/types/generated/tasks.gen.ts",
    ),
    "the types of the example's pages": (
        [sys.executable, "examples/manage.py", "task_api_types", "--settings", "example.settings"],
        "examples/frontend/src/tasks.gen.ts",
    ),
}


@pytest.mark.parametrize(("command", "path"), GENERATED.values(), ids=GENERATED)
def test_generated_file_is_fresh(command, path):
    """If this fails, run the same command without `--check`."""
    command = [*command, "--output", path, "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"


def test_check_fails_as_a_program_does(tmp_path):
    """A continuous integration that runs it sees the code 1 and one line that says why."""
    path = tmp_path / "tasks.gen.ts"
    command = [sys.executable, "examples/manage.py", "task_api_types", "--settings", "example.settings"]
    command += ["--check", "--output", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"CommandError: {path} is missing.")


def test_settings_of_the_typed_project_say_how_to_write_its_file():
    assert GENERATED["the types that the compiler is tested with"][1] in (typed_settings.__doc__ or "")
