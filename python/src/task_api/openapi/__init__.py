"""The REST API for drf-spectacular, which the app imports where that is installed."""

from task_api.openapi import extensions

__all__ = ["extensions"]
