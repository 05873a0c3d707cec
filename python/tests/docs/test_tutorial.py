"""The tutorial, followed word by word in a new project; Redis alone listens elsewhere than it says."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from devstack import RedisServer
from tests.docs.pages import TUTORIAL, Block, blocks
from tests.seeds.getting_started import Project

SECOND_PART = "## 6. Move to Celery"
# What the tests' environment has already, and what runs for longer than a command.
DONE_OTHERWISE = ("python3 -m venv", "source ", "pip install", "python manage.py runserver", "celery ")
BROKER = "redis://127.0.0.1:6379/0"


class Follower:
    """Does what the blocks of the tutorial say, in a folder."""

    def __init__(self, project: Project, redis: RedisServer) -> None:
        self.project = project
        self.redis = redis

    def follow(self, part: list[Block]) -> None:
        for block in part:
            if block.language == "sh":
                self.run(block)
            else:
                assert block.file, f"{block} names no file."
                self.write(block, block.code.replace(BROKER, self.redis.url))

    def run(self, block: Block) -> None:
        for line in block.code.splitlines():
            if not line.startswith(DONE_OTHERWISE):
                program, *arguments = shlex.split(line)
                # There are no settings yet when django-admin makes the project.
                environ = {"DJANGO_SETTINGS_MODULE": ""} if program == "django-admin" else {}
                self.project.run(program, *arguments, **environ)

    def write(self, block: Block, code: str) -> None:
        if "(at the end)" in block.caption:
            self.project.append(block.file, "\n", code)
        elif "(instead of " in block.caption:
            settings = (self.project.folder / block.file).read_text()
            replaced, count = re.subn(r"^TASK_API_BACKEND = .*\n", lambda _: code, settings, flags=re.MULTILINE)
            assert count == 1
            self.project.write(block.file, replaced)
        else:
            self.project.write(block.file, code)


@pytest.fixture(scope="module")
def parts():
    """Return the blocks before the move to Celery, and those from there on."""
    text = TUTORIAL.read_text()
    border = text[: text.index(SECOND_PART)].count("\n")
    found = list(blocks(TUTORIAL))
    return [[block for block in found if (block.line > border) is later] for later in (False, True)]


@pytest.fixture(scope="module")
def follower(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("tutorial"), Path(sys.executable).parent, {})
    with RedisServer() as redis:
        yield Follower(project, redis)


def run_wait(server):
    created = server.request("POST", "/tasks/", {"task": "wait", "inputs": {"seconds": 1}})
    assert created.status == 201, created.content
    return server.follow_task(created.json()["uuid"])[-1]


def test_the_tutorial_works_as_written(parts, follower):
    """In threads first, and then, with the second part's changes, in a Celery worker."""
    follower.follow(parts[0])
    assert "no issues" in follower.project.run("python", "manage.py", "check", "--database", "default")
    with follower.project.server() as server:
        page = server.request("GET", "/")
        assert "TaskAPI.run('wait', { seconds: 10 }" in page.content.decode()
        assert server.request("GET", "/static/django-task-api.min.js").status == 200
        refused = server.request("POST", "/tasks/", {"task": "wait", "inputs": {"seconds": "ten"}})
        assert (refused.status, refused.json()) == (400, {"inputs": {"seconds": ["'ten' is not a number."]}})
        ended = run_wait(server)
    assert (ended["status"], ended["progress"], ended["target"]) == ("succeeded", 1, 1)

    follower.follow(parts[1])
    assert "no issues" in follower.project.run("python", "manage.py", "check", "--database", "default")
    with follower.project.server() as server:
        # Clicked while no worker runs, as the tutorial suggests at its end.
        waiting = server.request("POST", "/tasks/", {"task": "wait", "inputs": {"seconds": 1}}).json()
        assert server.request("GET", f"/tasks/{waiting['uuid']}/").json()["status"] == "pending"
        with follower.project.worker() as worker:
            assert server.follow_task(waiting["uuid"])[-1]["status"] == "succeeded"
            assert run_wait(server)["status"] == "succeeded"
            assert waiting["uuid"] in worker.log()
