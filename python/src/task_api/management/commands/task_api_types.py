"""`manage.py task_api_types`: writes the TypeScript types of the registered tasks."""

import difflib
import os
import tempfile
from argparse import ArgumentParser
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, no_translations

from task_api import codegen, registry

DIFF_LINES = 20
# What a file that may be replaced contains.
MARK = "task_api_types"


class Command(BaseCommand):
    help = (
        "Writes TypeScript that makes the npm package django-task-api know the tasks of this project: their names, "
        "inputs and outputs."
    )
    # Where types are checked there need be no database, and no production settings.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", metavar="FILE", help="Write this file instead of printing.")
        parser.add_argument("--check", action="store_true", help="Write nothing; fail if the file is not up to date.")

    # Texts in the language that they are written in, whoever runs the command.
    @no_translations
    def handle(self, *, output: str | None = None, check: bool = False, **options: Any) -> None:
        if check and not output:
            raise CommandError("--check needs --output FILE, the file to look at.")
        text = _types()
        if not output:
            self.stdout.write(text, ending="")
            return
        path = Path(output)
        old = _content(path)
        if check:
            _check(path, old, text)
            self.stdout.write(f"{output} is up to date.")
        elif old == text:
            # Untouched, so that no bundler builds anew.
            self.stdout.write(f"{output} is up to date already.")
        elif old and MARK not in old:
            raise CommandError(f"{path} was not written by this command, and is left as it is. Name another file.")
        else:
            _replace(path, text)
            self.stdout.write(f"{output} is written.")


def _types() -> str:
    try:
        # The API goes without such a task; types without it would fail where it is used, with no word of why.
        if faults := registry.faulty():
            raise CommandError("\n".join(f"The task {name!r} has a fault: {fault}" for name, fault in faults.items()))
        return codegen.typescript(registry.offered())
    except CommandError:
        raise
    except (ImproperlyConfigured, codegen.TypesNotWritableError) as error:
        raise CommandError(str(error)) from error
    except Exception as error:
        # Importing the project's modules may raise anything.
        raise CommandError(
            f"The tasks cannot be read: {type(error).__name__}: {error}. --traceback shows where."
        ) from error


def _content(path: Path) -> str | None:
    """Return what is in a file, None if there is none, with its line ends as a checkout on Windows may have them."""
    try:
        if path.exists() and not path.is_file():
            raise CommandError(f"{path} is no file.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no text in UTF-8, so it was not written by this command.") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {_reason(error)}.") from error


def _check(path: Path, old: str | None, new: str) -> None:
    command = f"python manage.py task_api_types --output {path}"
    if old is None:
        raise CommandError(f"{path} is missing. Run: {command}")
    if old != new:
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "in the file", "of the tasks", "", "", 1, "")
        shown = list(islice(lines, DIFF_LINES + 1))
        if len(shown) > DIFF_LINES:
            shown[DIFF_LINES:] = ["..."]
        raise CommandError("\n".join([f"{path} does not fit the tasks any more. Run: {command}", *shown]))


def _replace(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody ever reads half of it."""
    new = None
    try:
        # What a link leads to is replaced, not the link.
        path = path.resolve()
        descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(new).chmod(_mode(path))
        Path(new).replace(path)
    except (OSError, ValueError) as error:
        if new is not None:
            with suppress(OSError):
                Path(new).unlink()
        raise CommandError(f"{path} cannot be written: {_reason(error)}.") from error


def _mode(path: Path) -> int:
    """Return the rights of a file; of a new one those that any program gives it."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
