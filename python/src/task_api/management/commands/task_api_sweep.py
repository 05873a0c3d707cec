"""`manage.py task_api_sweep`: what every worker process does from time to time, for cron or as a process of its own."""

import signal
import time
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from task_api import maintenance
from task_api.conf import app_settings
from task_api.utils import get_backend_cls


class Command(BaseCommand):
    help = (
        "Ends tasks that did not start in time, sends due tasks again, deletes old ones, and rescues those whose "
        "worker is lost. Workers do all of this themselves."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forever", action="store_true", help="Go on every TASK_API_SWEEP seconds, until SIGTERM or Ctrl-C."
        )

    def handle(self, *, forever: bool, **options: Any) -> None:
        if forever:
            self._sweep_on()
            return
        try:
            counts = self._sweep_once()
        except DatabaseError as error:
            raise CommandError(f"The database cannot be swept: {error}") from error
        self.stdout.write(", ".join(f"{count} {what}" for what, count in counts.items()))

    def _sweep_on(self) -> None:
        ended = Event()
        signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
        maintenance.sweeper.start()
        self.stdout.write("Sweeping. Ctrl-C ends it.")
        try:
            ended.wait()
        except KeyboardInterrupt:
            self.stdout.write("")
        maintenance.sweeper.stop()

    def _sweep_once(self) -> dict[str, int]:
        counts = {"expired": maintenance.drain(maintenance.expire), "deleted": maintenance.prune()}
        counts["rescued"] = self._rescue()
        # A process of a moment must take no task that would end with it.
        if not get_backend_cls().in_process:
            counts["sent"] = maintenance.drain(maintenance.relay)
        return counts

    def _rescue(self) -> int:
        lost = maintenance.lost()
        if lost:
            lease = app_settings.LEASE
            # After an outage of the database every lease looks run out, also those of runs that are alive.
            self.stderr.write(f"{len(lost)} running tasks gave no sign of life: giving them {lease:g} seconds more.")
            time.sleep(lease)
        return maintenance.end_lost(lost)
