"""A Celery app without Django, for the tests of the worker."""

import os

from celery import Celery

app = Celery("devstack", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])


@app.task
def add(left: int, right: int) -> int:
    return left + right
