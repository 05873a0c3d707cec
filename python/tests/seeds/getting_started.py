"""A project made by following version 1's "Getting Started", step by step, with whichever Python is given."""

import http.client
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from devstack import CeleryWorker, Server, free_port
from tests.seeds.blocks import command, corrected

# Celery's "First steps with Django", to which the documentation sends the reader.
CELERY_APP = """\
import os

from celery import Celery

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')

app = Celery('mysite')
app.config_from_object('django.conf:settings', namespace='CELERY')
app.autodiscover_tasks()
"""
CELERY_IMPORT = """\
from .celery import app as celery_app

__all__ = ('celery_app',)
"""
CELERY_SETTINGS = """
import os

CELERY_BROKER_URL = os.environ['REDIS_URL']
"""
# What Django's own tutorial says after startapp.
APP_SETTINGS = """
INSTALLED_APPS += ['myapp']
"""


class Project:
    """A Django project `mysite` with an app `myapp`.

    Args:
        folder: Where to make it.
        scripts: The folder of `python` and `django-admin` of the environment that the project runs in.
        environ: Added to the environment of its processes; `REDIS_URL` names Celery's broker.
    """

    def __init__(self, folder: Path, scripts: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.scripts = scripts
        # Without the settings and the path of the tests that start it.
        self.environ = {**environ, "DJANGO_SETTINGS_MODULE": "mysite.settings", "PYTHONPATH": ""}

    def follow(self) -> None:
        """Do everything that "Getting Started" says, after the installation."""
        self.run("django-admin", "startproject", "mysite", ".", DJANGO_SETTINGS_MODULE="")
        self.run("python", "manage.py", "startapp", "myapp")
        self.write("mysite/celery.py", CELERY_APP)
        self.write("mysite/__init__.py", CELERY_IMPORT)
        self.append("mysite/settings.py", CELERY_SETTINGS, APP_SETTINGS)
        self.write("myapp/background.py", corrected("wait-task"))
        self.append("mysite/settings.py", corrected("settings"))
        self.run(*command("migrate"))
        self.write("mysite/urls.py", corrected("api-urls"))
        self.write("myapp/templates/example.html", corrected("example"))
        self.write("myapp/urls.py", corrected("template-urls"))
        self.write("mysite/urls.py", corrected("project-urls"))

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, in place of what is there."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def append(self, path: str, *texts: str) -> None:
        """Add to the end of a file of the project."""
        self.write(path, (self.folder / path).read_text(encoding="utf-8") + "".join(texts))

    def run(self, program: str, *arguments: str, **environ: str) -> str:
        """Run a program of the environment in the project's folder; return what it printed, errors included."""
        done = subprocess.run(
            [self.scripts / program, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, f"{program} {arguments}\n{done.stdout}"
        return done.stdout

    def worker(self) -> "ProjectWorker":
        """Return the project's Celery worker, to be started."""
        return ProjectWorker(self)

    def server(self, settings: str = "mysite.settings") -> "DevelopmentServer":
        """Return Django's development server of the project, to be started."""
        return DevelopmentServer(self, settings)


class ProjectWorker(CeleryWorker):
    """The Celery worker of a project."""

    def __init__(self, project: Project) -> None:
        super().__init__("mysite", environ=project.environ, cwd=project.folder, concurrency=1)
        self.python = project.scripts / "python"

    def command(self) -> Sequence[str | Path]:
        return [self.python, *super().command()[1:]]


class DevelopmentServer(Server):
    """`manage.py runserver` of a project, on a free port."""

    name = "runserver"

    def __init__(self, project: Project, settings: str) -> None:
        super().__init__(environ={**project.environ, "DJANGO_SETTINGS_MODULE": settings}, cwd=project.folder)
        self.python = project.scripts / "python"
        self.port: int = free_port()

    @property
    def env(self) -> dict[str, str]:
        return {"BASE_URL": self.url}

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str | Path]:
        return [self.python, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"]

    def is_ready(self) -> bool:
        try:
            self.request("HEAD", "/")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def request(self, method: str, path: str, body: Any = None) -> "Answer":
        """Send one request, with a JSON body if there is one."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def follow_task(self, uuid: str) -> list[dict[str, Any]]:
        """Return each snapshot of a task that differs from the one before, up to its end."""
        seen: list[dict[str, Any]] = []

        def ended() -> bool:
            snapshot = self.request("GET", f"/tasks/{uuid}/").json()
            if seen[-1:] != [snapshot]:
                seen.append(snapshot)
            return snapshot["status"] not in ("pending", "running")

        self.wait_until(ended)
        return seen


class Answer:
    """What the server answered."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status = status
        self.content = content

    def json(self) -> Any:
        return json.loads(self.content)
