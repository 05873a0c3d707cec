"""Settings of processes that tests start: those of the tests, on the database that the tests are on."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TESTS_DATABASE"]

if os.environ.get("TESTS_POOL"):
    DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "pool": True}

TASK_API_BACKEND = os.environ.get("TESTS_BACKEND", "task_api.backends.celery.CeleryBackend")
TASK_API_BACKGROUND_TASKS = ["tests.myapp.background", "tests.myapp.slow"]
TASK_API_PULSE = 0.05
TASK_API_SWEEP = float(os.environ.get("TESTS_SWEEP", "0.2"))
TASK_API_LEASE = float(os.environ.get("TESTS_LEASE", "30"))
TASK_API_CONNECTION_IDLE = float(os.environ.get("TESTS_CONNECTION_IDLE", "1"))
TASK_API_THREADS = int(os.environ.get("TESTS_THREADS", "4"))

CELERY_BROKER_URL = os.environ.get("REDIS_URL", "")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What a project may have set for its own tasks, and must not change ours.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True
