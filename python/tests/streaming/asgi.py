"""The application that a real server serves to the tests of streams."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
