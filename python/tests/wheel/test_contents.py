import json
import re
import tarfile
import zipfile
from email import message_from_string
from pathlib import PurePosixPath

import pytest

from tests.wheel.build import TOP

PACKAGE = TOP / "python" / "src" / "task_api"
VERSION = json.loads((TOP / "packages/core/package.json").read_text(encoding="utf-8"))["version"]
INFO = f"django_task_api-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def wheel(distributions):
    with zipfile.ZipFile(distributions.wheel) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel):
    return message_from_string(wheel.read(f"{INFO}/METADATA").decode())


def source_files():
    """Return the package's files, by the names that they should have in the wheel."""
    paths = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"task_api/{path.relative_to(PACKAGE).as_posix()}": path for path in paths}


def test_wheel_holds_the_package_and_nothing_else(wheel):
    sources = source_files()
    own = {f"{INFO}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")}

    assert set(wheel.namelist()) == set(sources) | own
    assert [name for name, path in sources.items() if wheel.read(name) != path.read_bytes()] == []


def test_wheel_holds_what_django_and_type_checkers_look_for(wheel):
    names = set(wheel.namelist())

    assert {
        "task_api/py.typed",
        "task_api/migrations/0001_initial.py",
        "task_api/migrations/0002_version_2.py",
        "task_api/static/django-task-api.min.js",
        "task_api/static/django-task-api.legacy.min.js",
    } <= names


def test_wheel_holds_no_machine_s_path(wheel):
    """No file names a folder of who built it."""
    home = re.compile(rb"/(?:home|root|Users|tmp)/\w|" + re.escape(str(TOP).encode()))
    found = {name: match[0] for name in wheel.namelist() if (match := home.search(wheel.read(name)))}

    assert found == {}


def test_metadata(metadata):
    readme = (TOP / "README.md").read_text(encoding="utf-8")

    assert (metadata["Name"], metadata["Version"]) == ("django-task-api", VERSION)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload().strip() == readme.strip() != ""
    assert metadata.get_all("Provides-Extra") == ["openapi", "redis"]
    required = {re.split(r"[<>=; ]", line)[0] for line in metadata.get_all("Requires-Dist")}
    assert required == {"celery", "celery[redis]", "django", "djangorestframework", "drf-spectacular", "redis"}


def test_licence_is_in_the_wheel(wheel):
    licence = wheel.read(f"{INFO}/licenses/LICENSE").decode()

    assert licence == (TOP / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence


def test_sdist_builds_the_same_wheel(distributions):
    with zipfile.ZipFile(distributions.wheel) as direct, zipfile.ZipFile(distributions.wheel_of_sdist) as through:
        assert direct.read(f"{INFO}/RECORD") == through.read(f"{INFO}/RECORD")


def test_sdist_holds_what_the_build_needs_and_nothing_else(distributions):
    with tarfile.open(distributions.sdist) as archive:
        paths = [PurePosixPath(*PurePosixPath(member.name).parts[1:]) for member in archive if member.isfile()]

    outside = {path.as_posix() for path in paths if not path.is_relative_to("python/src/task_api")}
    # hatchling adds .gitignore, by which it left out what is not to be published.
    assert outside == {
        *(".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"),
        "packages/core/package.json",
    }
    assert len(paths) - len(outside) == len(source_files())
