"""The Celery app of the tests' workers, which log each connection to the database and who opens it."""

import logging
import os
import threading
from typing import Any

from celery import Celery
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.worker_settings")
logger = logging.getLogger("tests.connections")

app = Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")


def note_connection(**kwargs: Any) -> None:
    logger.info("Process %s opens a connection in thread %r.", os.getpid(), threading.current_thread().name)


connection_created.connect(note_connection, dispatch_uid="tests.connections")
