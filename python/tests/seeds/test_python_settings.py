"""The blocks of version 1's documentation that configure a project."""

import sys

import pytest
from django.test import Client, override_settings
from django.urls import resolve
from django.views.generic import TemplateView

from task_api import registry
from task_api.backends.celery import CeleryBackend
from task_api.utils import get_backend_cls
from tests.seeds.blocks import corrected

START_MY_TASK = {"task": "my-task", "inputs": {"name": "Ada"}}


def settings_of(block: str, **given: object) -> dict[str, object]:
    """Return what a block sets in a settings module that holds `given` so far."""
    namespace = dict(given)
    exec(corrected(block), namespace)  # noqa: S102  the documentation's own code
    return {name: value for name, value in namespace.items() if name.isupper()}


def post(client: Client, path: str, body: object):
    return client.post(path, body, content_type="application/json")


@pytest.fixture
def make_urls(make_module):
    """Make the project's `mysite.urls` out of code and use it."""
    overridden = []

    def make(*code: str):
        module = make_module("mysite.urls", *code)
        override = override_settings(ROOT_URLCONF=module)
        override.enable()
        overridden.append(override)
        return module

    yield make
    for override in overridden:
        override.disable()


def test_settings(make_background, settings):
    make_background("wait-task")
    installed = [app for app in settings.INSTALLED_APPS if app != "task_api"]

    made = settings_of("settings", INSTALLED_APPS=list(installed))

    assert made.pop("INSTALLED_APPS") == [*installed, "task_api"]
    assert list(made) == ["TASK_API_BACKGROUND_TASKS"]
    with override_settings(**made):
        assert list(registry.offered()) == ["wait"]


@pytest.mark.parametrize("block", ["my-task-settings", "class-paths", "class-objects"])
def test_my_task_is_offered(block, make_background, client, db):
    module = make_background("my-task")

    with override_settings(**settings_of(block)):
        assert dict(registry.offered()) == {"my-task": module.MyTask}
        answer = post(client, "/tasks/", START_MY_TASK)

    assert answer.status_code == 201
    assert answer.json()["outputs"] == {"output": "Some output"}


@pytest.fixture
def my_task(make_background, settings, db):
    settings.TASK_API_BACKGROUND_TASKS = [make_background("my-task").MyTask]


def test_api_urls(my_task, make_urls, client):
    make_urls(corrected("api-urls"))

    assert post(client, "/tasks/", START_MY_TASK).status_code == 201


def test_template_urls_and_project_urls(my_task, make_urls, make_module, client):
    make_module("myapp.urls", corrected("template-urls"))
    make_urls(corrected("project-urls"))

    page = resolve("/myapp").func
    assert (page.view_class, page.view_initkwargs) == (TemplateView, {"template_name": "example.html"})
    assert post(client, "/tasks/", START_MY_TASK).status_code == 201


def test_task_api_urls(my_task, make_urls, client):
    make_urls("from django.urls import include, re_path", corrected("task-api-urls"))

    answer = post(client, "/task-api/tasks/", START_MY_TASK)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"http://testserver/task-api/tasks/{answer.json()['uuid']}/"
    assert post(client, "/tasks/", START_MY_TASK).status_code == 404


def test_access_settings_refuse_anonymous_callers(make_background, client, db):
    make_background("my-task")

    with override_settings(**settings_of("access-settings"), **settings_of("my-task-settings")):
        answer = post(client, "/tasks/", START_MY_TASK)

    assert answer.status_code == 403
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


def test_access_settings_let_logged_in_callers_in(make_background, client, user):
    make_background("my-task")
    client.force_login(user)

    with override_settings(**settings_of("access-settings"), **settings_of("my-task-settings")):
        started = post(client, "/tasks/", START_MY_TASK)
        answer = client.get(f"/tasks/{started.json()['uuid']}/")

    assert (started.status_code, answer.status_code) == (201, 200)
    assert answer.json()["outputs"] == {"output": "Some output"}


def test_backend_by_default(settings):
    """What the reference says of TASK_API_BACKEND between its blocks."""
    del settings.TASK_API_BACKEND

    assert get_backend_cls() is CeleryBackend


def test_the_project_is_gone_after_each_test():
    assert not {"myapp", "myapp.background", "mysite", "mysite.urls"} & set(sys.modules)
