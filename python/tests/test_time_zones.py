"""Projects that store local times: each in a process of its own, for Django reads these settings once."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
from datetime import datetime, timedelta
import django
from django.conf import settings

settings.configure(
    USE_TZ={use_tz}, TIME_ZONE="Asia/Tokyo", INSTALLED_APPS=["task_api"], SECRET_KEY="x",
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
)
django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)

from task_api import transitions
from task_api.snapshots import snapshot

info = transitions.create(task="sum", run_after=timezone.now() - timedelta(minutes=1))
assert abs(info.created - timezone.now()) < timedelta(minutes=1), info.created
created = datetime.fromisoformat(snapshot(info)["created"])
assert abs(created - datetime.now().astimezone()) < timedelta(minutes=1), created
assert transitions.claim(info.uuid, tasks=["sum"]) is not None, "not due"
"""


@pytest.mark.parametrize("use_tz", [True, False])
def test_times_are_those_of_the_project(use_tz: bool) -> None:
    script = SCRIPT.format(use_tz=use_tz)
    # A settings module would set it: `configure()` does not.
    environ = {**os.environ, "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
