import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")

# Any ASGI server then serves the static files straight from the apps: nothing more to install, no collectstatic.
# In production a web server, a CDN or WhiteNoise does this instead.
application = ASGIStaticFilesHandler(get_asgi_application())
