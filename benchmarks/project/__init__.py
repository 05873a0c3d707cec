"""The Django project under measurement: ours beside the bare limit of each road, on the same servers."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
