"""PostgreSQL and Redis from the environment; no sessions, so that neither side pays for them."""

import os

SECRET_KEY = "of no worth"  # noqa: S105  a server on loopback, for minutes
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "project.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Sets the length of answers, which the measuring side reads.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "task_api", "project"]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": []}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        # As our guide advises for ASGI, where a connection for each request costs more than most requests.
        "OPTIONS": {"pool": True},
    }
}
CELERY_BROKER_URL = CELERY_RESULT_BACKEND = os.environ["REDIS_URL"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
# Celery closes connections around each task by default; a limit that opens one each time would be none.
CELERY_DB_REUSE_MAX = int(os.environ.get("BENCH_DB_REUSE_MAX", "0")) or None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
TASK_API_BACKGROUND_TASKS = ["project.background"]
TASK_API_STREAMS_PER_USER = 100_000
