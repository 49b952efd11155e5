"""ASGI entry point, for servers that speak nothing else; WSGI is faster for this project."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.local")

application = get_asgi_application()
