"""The WSGI application, for tools that ask for one; uploads need the ASGI one, whose guard reads headers first."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
application = get_wsgi_application()
