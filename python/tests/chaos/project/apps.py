import os
from datetime import timedelta

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "tests.chaos.project"
    label = "chaos"

    def ready(self) -> None:
        from task_api import outbox
        from tests.chaos.project import breakage

        # A minute is right for a queue, and too long for a run of two minutes that loses all messages several times.
        outbox.RELAY_WAIT = timedelta(seconds=float(os.environ["CHAOS_RELAY_WAIT"]))
        if name := os.environ.get("CHAOS_BREAK"):
            breakage.BREAKAGES[name]()
