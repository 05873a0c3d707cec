"""A reader who types off the Python code of a page, each block into the file that its caption names."""

import doctest
import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.test import override_settings

from task_api.backends.base import TaskBackend, execute_task
from task_api.checks import check_backend, check_settings
from task_api.models import TaskInfo
from task_api.tasks import Task
from tests.docs.pages import Block, blocks

PACKAGES = ("myapp", "mysite")
SETTINGS = ("settings.py", "mysite/settings.py", "test_settings.py")


class WaitingBackend(TaskBackend):
    """Keeps tasks until they are asked for, as if a worker were slow; needs no commit."""

    inline = True
    waiting: ClassVar[list[UUID]] = []

    def run_task(self, info: TaskInfo, class_str: str) -> None:
        self.waiting.append(info.uuid)

    @classmethod
    def run_all(cls) -> None:
        while cls.waiting:
            execute_task(cls.waiting.pop(0))


class Reader:
    """Runs the Python blocks of pages in modules that last as long as the reader."""

    def __init__(self) -> None:
        # What is typed into a shell, or belongs into no file.
        self.shell: dict[str, Any] = {"__name__": "shell"}

    def read(self, page: Path) -> None:
        """Run a page's blocks in their order."""
        for block in blocks(page):
            if block.language in {"python", "pycon"}:
                self.run(block)

    def run(self, block: Block) -> None:
        code = compile_block(block)
        if block.mark == "compile" or (code is None and block.language != "pycon"):
            return
        with override_settings(TASK_API_BACKEND=WaitingBackend, TASK_API_BACKGROUND_TASKS=tasks()):
            if block.language == "pycon":
                self.type(block)
            elif block.file in SETTINGS:
                configure(block, code)
            elif block.file:
                run_in_module(block, code)
            else:
                exec(code, self.shell)  # noqa: S102  the documentation's own code
            # Between two blocks the reader reads, and the workers work.
            WaitingBackend.run_all()

    def type(self, block: Block) -> None:
        """Type a session into the shell and compare what it answers."""
        session = doctest.DocTestParser().get_doctest(block.code, self.shell, str(block), str(block), block.line)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        output: list[str] = []
        # The session goes on in the next block of the page.
        runner.run(session, out=output.append, clear_globs=False)
        self.shell.update(session.globs)
        assert not runner.failures, "".join(output)


def compile_block(block: Block) -> Any:
    """Return a block's code; sessions have none."""
    return None if block.language == "pycon" else compile(block.code, str(block), "exec")


def configure(block: Block, code: Any) -> None:
    """Run a block of settings, and check those that are ours."""
    namespace: dict[str, Any] = {"INSTALLED_APPS": [], "DATABASES": {"default": {}}}
    exec(code, namespace)  # noqa: S102
    ours = {name: value for name, value in namespace.items() if name.startswith("TASK_API_")}
    with override_settings(**ours):
        assert check_settings() == [], block
        assert check_backend() == [], block


def run_in_module(block: Block, code: Any) -> None:
    module = open_module(block.file.removesuffix(".py").replace("/", "."))
    before = set(vars(module))
    exec(code, vars(module))  # noqa: S102
    added = [vars(module)[name] for name in vars(module).keys() - before]
    cases = [value for value in added if isinstance(value, type) and issubclass(value, unittest.TestCase)]
    for case in (case for case in cases if case.__module__ == module.__name__):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        assert result.testsRun, f"{block}: {case} has no tests."
        assert result.wasSuccessful(), f"{block}: {result.failures}{result.errors}"


def open_module(name: str) -> ModuleType:
    """Return a module, and make it and the packages above it where they are missing."""
    parent, _, last = name.rpartition(".")
    above = open_module(parent) if parent else None
    if name not in sys.modules:
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
        if above:
            setattr(above, last, module)
    return sys.modules[name]


def tasks() -> list[type[Task]]:
    """Return the tasks that have been typed into files so far."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] in PACKAGES]
    return [
        value
        for module in modules
        for value in list(vars(module).values())
        if isinstance(value, type) and issubclass(value, Task) and value.__module__ == module.__name__
    ]


@contextmanager
def new_reader() -> Iterator[Reader]:
    """Give a reader whose project is not the tests', and forget at the end what they have typed."""
    apps = [app for app in settings.INSTALLED_APPS if app != "tests.myapp"]
    try:
        with override_settings(INSTALLED_APPS=apps):
            yield Reader()
    finally:
        WaitingBackend.waiting.clear()
        for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
            del sys.modules[name]
