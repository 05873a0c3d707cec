"""Version 1's "Getting Started", as written, with the wheel in a new environment and a Celery worker on Redis."""

import sys
from importlib.metadata import distributions as installed
from pathlib import Path

import pytest

from devstack import RedisServer
from tests.seeds.blocks import command
from tests.seeds.getting_started import Project
from tests.waiting import wait_for
from tests.wheel.build import uv

OURS = {"django-task-api", "django-task-api-devstack", "devstack"}
# The hint of task_api.W003.
BROKER_SETTINGS = """
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1}
"""


@pytest.fixture(scope="module")
def scripts(distributions, tmp_path_factory) -> Path:
    """Install the wheel and Celery into a new environment; return the folder of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    environment = folder / "venv"
    # The versions that the other tests run with, so that a new release of a dependency fails no build.
    constraints = folder / "constraints.txt"
    versions = {each.metadata["Name"].lower(): each.version for each in installed()}
    lines = [f"{name}=={version}\n" for name, version in sorted(versions.items()) if name not in OURS]
    constraints.write_text("".join(lines), encoding="utf-8")
    uv("venv", "--no-project", "--python", sys.executable, environment)
    pip, install, _ = command("pip-install")
    options = ["--python", environment, "--constraint", constraints, "--strict"]
    uv(pip, install, *options, distributions.wheel, "celery[redis]")
    return environment / "bin"


@pytest.fixture(scope="module")
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def project(scripts, redis, tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"), scripts, redis.env)
    project.follow()
    return project


@pytest.fixture(scope="module")
def worker(project):
    with project.worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def server(project):
    with project.server() as server:
        yield server


def test_the_project_uses_the_wheel(project, scripts):
    where = project.run("python", "-c", "import task_api; print(task_api.__file__)")

    assert Path(where.strip()).is_relative_to(scripts.parent)


def test_wait_runs_in_the_worker(worker, server):
    created = server.request("POST", "/tasks/", {"task": "wait", "inputs": {"seconds": 1}})
    assert created.status == 201
    assert created.json()["status"] == "pending"

    *_, running, ended = server.follow_task(created.json()["uuid"])

    assert (running["status"], running["progress"], running["target"]) == ("running", 0, 1)
    assert (ended["status"], ended["progress"], ended["target"], ended["error"]) == ("succeeded", 1, 1, None)
    # Its log line comes after the row, which the server answers from.
    wait_for(lambda: ended["uuid"] in worker.log())


def test_bad_input_is_refused(server):
    answer = server.request("POST", "/tasks/", {"task": "wait", "inputs": {"seconds": "not a number"}})

    assert (answer.status, answer.json()) == (400, {"inputs": {"seconds": ["'not a number' is not a number."]}})


def test_page_and_its_script_are_served(server, scripts):
    page = server.request("GET", "/myapp")
    script = server.request("GET", "/static/django-task-api.min.js")

    assert page.status == 200
    assert '<script src="/static/django-task-api.min.js"></script>' in page.content.decode()
    assert script.status == 200
    (source,) = scripts.parent.glob("lib/python*/site-packages/task_api/static/django-task-api.min.js")
    assert script.content == source.read_bytes()


def test_findstatic_finds_the_script(project, scripts):
    printed = project.run("python", "manage.py", "findstatic", "--first", "--verbosity", "0", "django-task-api.min.js")

    # What the system checks have to say comes first.
    assert Path(printed.splitlines()[-1]).is_relative_to(scripts.parent.resolve())


def test_migrations_are_complete(project):
    assert "No changes detected" in project.run("python", "manage.py", "makemigrations", "--check")


def test_check_is_clean_but_for_the_broker_s_timeout(project):
    """What Celery's first steps leave out, task_api's check asks for; with it there is nothing to say."""
    assert "(task_api.W003)" in (before := project.run("python", "manage.py", "check"))
    assert "System check identified 1 issue (0 silenced)." in before

    project.append("mysite/settings.py", BROKER_SETTINGS)

    assert project.run("python", "manage.py", "check") == "System check identified no issues (0 silenced).\n"
