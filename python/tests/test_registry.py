"""Which tasks there are: named by the settings, or found in the `background` modules."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from task_api import registry
from task_api.exceptions import TaskNotRegistered
from task_api.tasks import Task
from tests.discovered import background as discovered
from tests.myapp import background

SUM = "tests.myapp.background.SumNumbers"
COUNT = "tests.myapp.background.Count"


def test_tasks_of_installed_apps_are_offered_where_no_setting_names_any(settings: Settings) -> None:
    assert registry.offered() == registry.known()
    assert registry.offered()["sum"] is background.SumNumbers
    assert "found" not in registry.offered()
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.discovered"]
    assert registry.offered()["found"] is discovered.Found
    assert registry.offered()["sum"] is background.SumNumbers


@pytest.mark.parametrize("setting", ["TASK_API_BACKGROUND_TASKS", "TASK_API_BACKGROUND_CLASSES"])
@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ([SUM], {"sum"}),
        ((SUM, COUNT), {"sum", "count"}),
        ([background.SumNumbers, COUNT], {"sum", "count"}),
        ([SUM, background.SumNumbers, SUM], {"sum"}),
        (["tests.discovered.background"], {"found"}),
        ([], set()),
    ],
)
def test_tasks_that_a_setting_names(settings: Settings, setting: str, entries: Any, names: set[str]) -> None:
    setattr(settings, setting, entries)
    assert set(registry.offered()) == names


def test_both_settings_count(settings: Settings) -> None:
    settings.TASK_API_BACKGROUND_TASKS = [SUM]
    settings.TASK_API_BACKGROUND_CLASSES = [COUNT]
    assert list(registry.offered()) == ["sum", "count"]


def test_worker_knows_more_tasks_than_the_api_offers(settings: Settings) -> None:
    """A task that is started from Python alone needs no setting."""
    settings.TASK_API_BACKGROUND_TASKS = [COUNT]
    assert list(registry.offered()) == ["count"]
    assert registry.get("sum") is background.SumNumbers


def test_change_of_settings_counts_at_once(settings: Settings) -> None:
    settings.TASK_API_BACKGROUND_TASKS = [SUM]
    assert list(registry.offered()) == ["sum"]
    settings.TASK_API_BACKGROUND_TASKS = [COUNT]
    assert list(registry.offered()) == ["count"]
    settings.TASK_API_BACKGROUND_TASKS = None
    assert {"sum", "count"} <= set(registry.offered())


def test_registry_cannot_be_changed_by_accident() -> None:
    with pytest.raises(TypeError):
        registry.offered()["x"] = Task  # type: ignore[index]


def test_task_that_there_is_not(settings: Settings) -> None:
    with pytest.raises(TaskNotRegistered, match=r"^There is no task 'x'. Registered are: .*count.*sum.*") as caught:
        registry.get("x")
    assert str(caught.value).endswith(
        "Name its class in TASK_API_BACKGROUND_TASKS, or put it into the `background` module of an installed app."
    )
    settings.TASK_API_BACKGROUND_TASKS = []
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "tests.myapp"]
    with pytest.raises(TaskNotRegistered, match="Registered are: none"):
        registry.get("x")


def test_path_that_leads_to_no_task_is_named(settings: Settings) -> None:
    settings.TASK_API_BACKGROUND_TASKS = [SUM, "tests.myapp.background.Nothing"]
    with pytest.raises(ImproperlyConfigured, match=r"names 'tests.myapp.background.Nothing', must be a Task class"):
        registry.offered()


@pytest.mark.parametrize("path", ["tests.broken", "tests.broken.Task"])
def test_module_that_lacks_something_of_its_own_says_so(settings: Settings, path: str) -> None:
    settings.TASK_API_BACKGROUND_TASKS = [path]
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_library'"):
        registry.offered()


def test_name_of_two_tasks_is_refused(settings: Settings) -> None:
    class Other(Task):
        name = "sum"

    settings.TASK_API_BACKGROUND_TASKS = [Other]
    assert registry.offered()["sum"] is Other
    # The discovered one of that name would be a worker's choice too.
    with pytest.raises(ImproperlyConfigured, match="SumNumbers both have the name 'sum'; a name must be a task's own"):
        registry.known()


def test_class_that_is_not_the_registered_one_of_its_name() -> None:
    """A worker would run the other one: a subclass that inherits the name, or a class that was made twice."""

    class Better(background.SumNumbers):
        pass

    registry.check(background.SumNumbers)
    with pytest.raises(TaskNotRegistered) as caught:
        registry.check(Better)
    assert str(caught.value).startswith(
        f"tests.test_registry.{Better.__qualname__} is not registered, and a worker would run "
        "tests.myapp.background.SumNumbers instead, whose name is 'sum', too. Give it a name of its own. Name its "
    )


@pytest.mark.django_db
def test_class_that_is_not_the_one_of_its_name_does_not_start() -> None:
    """A worker would run the registered class instead."""

    class Impostor(background.SumNumbers):
        pass

    with pytest.raises(TaskNotRegistered):
        Impostor.start(numbers=[1])
