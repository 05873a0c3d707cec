"""Settings with short waits, so that a run of a minute or two sees many leases run out."""

import os

from django.utils.crypto import get_random_string

SECRET_KEY = get_random_string(50)
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "tests.chaos.project.urls"
ASGI_APPLICATION = "tests.chaos.project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "task_api",
    "tests.chaos.project.apps.ChaosConfig",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"task_api": {"handlers": ["console"], "level": "INFO"}},
}

TASK_API_AUTHENTICATION_CLASSES = ["tests.chaos.project.authentication.HeaderAuthentication"]
TASK_API_BACKEND = "task_api.backends.celery.CeleryBackend"
TASK_API_LEASE = float(os.environ["CHAOS_LEASE"])
TASK_API_PULSE = 0.2
TASK_API_SWEEP = float(os.environ["CHAOS_SWEEP"])

CELERY_BROKER_URL = os.environ["REDIS_URL"]
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# As a project may have it for its own tasks.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
