"""Settings of a server process: those of the tests' workers, with the bus that the environment names."""

import os

from tests.worker_settings import *  # noqa: F403
from tests.worker_settings import DATABASES

ALLOWED_HOSTS = ["127.0.0.1"]
# Sessions are signed with it.
SECRET_KEY = os.environ["TESTS_SECRET_KEY"]
DATABASES["default"]["ATOMIC_REQUESTS"] = bool(os.environ.get("TESTS_ATOMIC_REQUESTS"))
# The server itself runs no task.
TASK_API_BACKEND = "task_api.backends.celery.CeleryBackend"
TASK_API_EVENT_BUS = os.environ["TESTS_EVENT_BUS"]
TASK_API_REDIS_URL = os.environ.get("TESTS_REDIS_URL", "")
TASK_API_STREAMS_PER_USER = 1000
