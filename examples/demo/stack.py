from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest


def stack(request: HttpRequest) -> dict[str, Any]:
    """Name the parts that serve and run this project's tasks, for the pages to show."""
    celery = settings.TASK_API_BACKEND.endswith("CeleryBackend")
    return {
        "stack": {
            "database": connection.display_name,
            "runs_in": "a Celery worker on Redis" if celery else "threads of this very process",
        }
    }
