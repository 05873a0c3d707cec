"""Django settings of the Python tests: on SQLite, or on the server that devstack names in the environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from django.utils.crypto import get_random_string

SECRET_KEY = get_random_string(50)
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
    "task_api",
    "tests.myapp",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
# Hashing a password properly costs more than the rest of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if os.environ.get("DEVSTACK_DB", "sqlite") == "postgres":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "USER": os.environ["PGUSER"],
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
        }
    }
elif os.environ.get("DEVSTACK_DB") == "mariadb":
    import pymysql

    # Pure Python, where Django's own choice, mysqlclient, has to be compiled.
    pymysql.install_as_MySQLdb()
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": os.environ["MARIADB_DATABASE"],
            "USER": os.environ["MARIADB_USER"],
            "HOST": os.environ["MARIADB_SOCKET"],
        }
    }
else:
    # A file, not memory: threads of a test need connections of their own to one database.
    SQLITE_FOLDER = Path(tempfile.mkdtemp(prefix="task-api-tests-"))
    atexit.register(shutil.rmtree, SQLITE_FOLDER, ignore_errors=True)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": SQLITE_FOLDER / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                "timeout": 20,
            },
            "TEST": {"NAME": SQLITE_FOLDER / "test.sqlite3"},
        }
    }

TASK_API_BACKEND = "task_api.backends.immediate.ImmediateBackend"
