"""What the documentation lists is what the code has: no more, no less."""

import inspect
import re
from pathlib import Path

import pytest

from task_api import checks, params, transitions
from task_api.conf import app_settings
from task_api.params import Parameter
from task_api.snapshots import Snapshot
from task_api.states import ErrorCode, Status
from tests.docs.pages import DOCS, ROOT

REFERENCE = DOCS / "reference"
STATES = DOCS / "explanation" / "states.md"
CORE = ROOT / "packages" / "core" / "src"


def section(text: str, heading: str) -> str:
    """Return the part of a page below a heading, up to the next one of its rank."""
    rank = heading.split(" ")[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"There is no {heading!r}."
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the first table in a text, without its head."""
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines, "There is no table."
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[0].splitlines()[2:]]


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_settings_are_documented():
    text = (REFERENCE / "settings.md").read_text()
    names = [setting.name for setting in app_settings]

    assert sorted(re.findall(r"^### `(\w+)`$", text, re.MULTILINE)) == sorted(names)
    assert sorted(re.findall(r"^```{setting} (\w+)$", text, re.MULTILINE)) == sorted(names)


def test_settings_that_pages_mention_exist():
    names = {setting.name for setting in app_settings}
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        assert set(re.findall(r"TASK_API_\w+", page.read_text())) <= names, page


def test_system_checks_are_documented():
    documented = [codes(cells[0])[0] for cells in rows((REFERENCE / "system-checks.md").read_text())]
    source = "".join(path.read_text() for path in Path(checks.__file__).parent.glob("*.py"))

    assert documented == sorted(set(re.findall(r"task_api\.[EW]\d{3}", source)))


def test_error_codes_are_documented():
    text = section((REFERENCE / "error-codes.md").read_text(), "## Codes of failed tasks")
    reserved = re.findall(r"The code `(\w+)` is reserved", text)

    assert {codes(cells[0])[0] for cells in rows(text)} == {*map(str, ErrorCode), "failed"} - set(reserved)


def test_codes_of_the_client_are_documented():
    text = section((REFERENCE / "error-codes.md").read_text(), "## Codes of the JavaScript client")
    declared = re.search(r"export type ClientErrorCode =(.*?)\n\n", (CORE / "taskError.ts").read_text(), re.DOTALL)
    assert declared

    assert {codes(cells[0])[0] for cells in rows(text)} == set(re.findall(r"'(\w+)'", declared[1]))


def test_snapshot_is_documented():
    table = rows(section((REFERENCE / "rest-api.md").read_text(), "## The snapshot"))

    assert [codes(cells[0])[0] for cells in table] == list(Snapshot.__annotations__)
    status = next(cells for cells in table if cells[0] == "`status`")
    assert codes(status[2]) == list(Status)


def test_states_are_documented():
    introduction = STATES.read_text().split("```{raw}")[0]
    drawn = re.findall(r'<g class="state \w+">.*?<text[^>]*>(\w+)', STATES.with_suffix(".svg").read_text())

    assert sorted(codes(introduction)) == sorted(Status)
    assert sorted(drawn) == sorted(Status)


def test_steps_between_states_are_documented():
    """Every function that takes a step, and so gives the row after it, has a letter in the table and the drawing."""
    table = rows(STATES.read_text())
    functions = inspect.getmembers(transitions, inspect.isfunction)
    own = {name for name, function in functions if function.__module__ == transitions.__name__ and name[0] != "_"}
    steps = {name for name in own if "TaskInfo" in str(inspect.signature(getattr(transitions, name)).return_annotation)}
    letters = [cells[0].strip("| *") for cells in table]
    drawn = re.findall(r'<g class="letter">.*?<text[^>]*>(\w)', STATES.with_suffix(".svg").read_text())

    assert {codes(cells[2])[0] for cells in table} == steps
    assert sorted(set(drawn)) == letters == sorted(letters)


@pytest.mark.parametrize(
    "name",
    [name for name in params.__all__ if inspect.isclass(cls := getattr(params, name)) and issubclass(cls, Parameter)],
)
def test_parameters_are_documented(name):
    """Each has its docstring, and at least one example that is tried."""
    text = (REFERENCE / "parameters.md").read_text()

    assert f".. autoclass:: task_api.params.{name}\n" in text
    assert f"{{parameter}} {name}(" in text


def test_members_of_the_client_that_pages_mention_exist():
    members = {"run", "watch", "list", "cancel", "retry", "createClient", "options", "connection", "TaskError"}
    source = (CORE / "options.ts").read_text()
    options = set(re.findall(r"^  (\w+)\??: ", source.partition("export const defaults")[0], re.MULTILINE))
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        text = page.read_text()
        assert set(re.findall(r"TaskAPI\.(\w+)", text)) <= members, page
        assert set(re.findall(r"TaskAPI\.options\.(\w+)", text)) <= options, page


def test_support_matrix_is_that_of_the_distribution():
    readme = (ROOT / "README.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()

    for name, version in re.findall(r'"(celery|django|djangorestframework)>=([\d.]+)"', project):
        title = {"celery": "Celery", "django": "Django", "djangorestframework": "Django REST Framework"}[name]
        assert re.search(rf"\| {title} \| {re.escape(version)}", readme), f"{title} {version}"
    for title in ("Python", "Django"):
        versions = re.findall(rf'"(?:Framework|Programming Language) :: {title} :: (\d\.\d+)"', project)
        assert f"| {title} | {versions[0]} \N{EN DASH} {versions[-1]} |" in readme, versions
