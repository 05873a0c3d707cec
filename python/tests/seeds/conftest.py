import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.seeds.blocks import corrected


@pytest.fixture(autouse=True)
def no_other_tasks(settings) -> None:
    """Leave out the tests' own tasks: the documentation's have some of their names."""
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "tests.myapp"]


@pytest.fixture
def make_module(monkeypatch) -> Callable[..., ModuleType]:
    """Make a module of the documentation's project out of code, for as long as the test lasts."""

    def make(name: str, *code: str) -> ModuleType:
        package, _, submodule = name.rpartition(".")
        if package not in sys.modules:
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(sys.modules[package], submodule, module, raising=False)
        exec(compile("\n".join(code), name, "exec"), vars(module))  # noqa: S102  the documentation's own code
        return module

    return make


@pytest.fixture
def make_background(make_module) -> Callable[..., ModuleType]:
    """Make `myapp.background` out of blocks."""
    return lambda *blocks: make_module("myapp.background", *map(corrected, blocks))
