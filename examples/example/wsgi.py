import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")

# As in asgi.py. Without ASGI the browser polls instead of listening to a stream; the pages stay the same.
application = StaticFilesHandler(get_wsgi_application())
