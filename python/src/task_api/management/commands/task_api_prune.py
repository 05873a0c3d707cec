"""`manage.py task_api_prune`: deletes old tasks."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from task_api import maintenance, transitions
from task_api.models import TaskInfo

# A hundred years: the databases' calendars begin somewhere.
MAX_DAYS = 36_525


def _days(text: str) -> timedelta:
    try:
        days = float(text)
    except ValueError:
        days = -1
    if not 0 <= days <= MAX_DAYS:
        raise ArgumentTypeError(f"{text!r} must be a number of days from 0 to {MAX_DAYS}.")
    return timedelta(days=days)


class Command(BaseCommand):
    help = (
        "Deletes ended tasks that are older than their retention, as workers do themselves; with --days, all that "
        "ended so long ago."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=_days, help="Delete what ended that many days ago, whatever its retention.")
        parser.add_argument("--task", action="append", metavar="NAME", help="Only tasks of this name; may be repeated.")
        parser.add_argument("--dry-run", action="store_true", help="Only say how many there are.")

    def handle(self, *, days: timedelta | None, task: list[str] | None, dry_run: bool, **options: Any) -> None:
        try:
            tasks = maintenance.outdated() if days is None else [maintenance.ended_before(days)]
            if task:
                _check_names(task)
                tasks = [which.filter(task__in=task) for which in tasks]
            count = sum(which.count() for which in tasks) if dry_run else sum(map(maintenance.delete, tasks))
        except DatabaseError as error:
            raise CommandError(f"Tasks cannot be deleted: {error}") from error
        if not tasks:
            self.stderr.write("No task has a retention: give --days, or set TASK_API_RETENTION or a task's own.")
        self.stdout.write(f"{count} would be deleted" if dry_run else f"{count} deleted")


def _check_names(names: list[str]) -> None:
    stored = TaskInfo._default_manager.using(transitions.database())
    for name in names:
        if not stored.filter(task=name).exists():
            raise CommandError(f"There is no task named {name!r} in the database.")
