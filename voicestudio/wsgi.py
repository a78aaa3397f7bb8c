"""The WSGI application, for tools that need one. Serve with the ASGI one, whose guard protects uploads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
application = get_wsgi_application()
