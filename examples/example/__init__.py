# Celery's `shared_task`s bind to this app only if it exists before they are used.
from example.celery import app as celery_app

__all__ = ["celery_app"]
