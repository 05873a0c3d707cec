"""The project of "Getting Started" with what the guides and the reference add, for a browser to visit.

`python -m tests.seeds.guide` prints one line of JSON with the addresses of its two servers and the documentation's
command to install the client, and stops when its standard input ends.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from devstack import RedisServer
from tests.seeds.blocks import command, corrected, published
from tests.seeds.getting_started import Project

SETTINGS = """
TASK_API_BACKGROUND_TASKS += ['myapp.background.WaitTask', 'myapp.background.SumNumbers']
"""
PAGES = """
urlpatterns += [
    re_path('^-sum$', TemplateView.as_view(template_name='sum.html')),
    re_path('^-script-tag$', TemplateView.as_view(template_name='script-tag.html')),
]
"""
ACCOUNT = {"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_EMAIL": "", "DJANGO_SUPERUSER_PASSWORD": "ada"}

# Of the other server: the API at another address, for logged-in users, with other names for the CSRF token.
MOVED_SETTINGS = """
from mysite.settings import *

ROOT_URLCONF = 'mysite.moved_urls'
CSRF_COOKIE_NAME = 'csrf-tok'
CSRF_HEADER_NAME = 'HTTP_X_CSRF'
"""
MOVED_URLS = """
from django.contrib import admin
from django.urls import include, re_path
"""
MOVED_PAGES = """
urlpatterns += [
    re_path('^myapp', include('myapp.urls')),
    re_path('^admin/', admin.site.urls),
]
"""


def extend(project: Project) -> None:
    """Add the tasks, settings, pages and scripts of the guides to a project that followed "Getting Started"."""
    project.append("myapp/background.py", corrected("sum-numbers"), corrected("my-task"))
    project.append("mysite/settings.py", corrected("my-task-settings"), SETTINGS)
    project.append("myapp/urls.py", "from django.urls import re_path\n", PAGES)
    project.write("myapp/templates/sum.html", corrected("sum-task"))
    project.write("myapp/templates/script-tag.html", corrected("script-tag"))
    project.write("mysite/moved_settings.py", MOVED_SETTINGS + corrected("access-settings"))
    project.write("mysite/moved_urls.py", MOVED_URLS + corrected("task-api-urls") + MOVED_PAGES)
    for name in script_names():
        project.write(f"myapp/static/blocks/{name.replace(':', '-')}.js", corrected(name))
    project.run("python", "manage.py", "createsuperuser", "--no-input", **ACCOUNT)


def script_names() -> list[str]:
    """Return the names of the JavaScript blocks, one for each alternative."""
    names = [name for name, block in published().items() if block.language == "js"]
    names.remove("import-or-require")
    return [*names, "import-or-require:import", "import-or-require:require"]


def main() -> None:
    with TemporaryDirectory(prefix="task-api-guide-") as folder, ExitStack() as servers:
        redis = servers.enter_context(RedisServer())
        project = Project(Path(folder), Path(sys.executable).parent, redis.env)
        project.follow()
        extend(project)
        servers.enter_context(project.worker())
        site = servers.enter_context(project.server())
        moved = servers.enter_context(project.server("mysite.moved_settings"))
        print(json.dumps({"site": site.url, "moved": moved.url, "install": command("npm-install")}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
