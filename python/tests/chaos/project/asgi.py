from django.core.asgi import get_asgi_application

from tests.chaos.project.celery_app import app as celery_app

__all__ = ["application", "celery_app"]

application = get_asgi_application()
