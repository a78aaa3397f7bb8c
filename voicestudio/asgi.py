"""The ASGI application: the guard in front, Django behind it; a wrong encryption key stops the start."""

import os
import sys

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
django_application = get_asgi_application()

from voices.gateway import verify_encryption_key  # noqa: E402  # models exist only after Django is set up
from voices.web.guard import Guard, Receive, Scope, Send  # noqa: E402

# A page's thread asks for the interpreter after every query; beside a thread that parses an upload it would wait
# 5 ms each time.
sys.setswitchinterval(0.001)
guarded = Guard(django_application, session_cookie=settings.SESSION_COOKIE_NAME)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Every request goes through the guard; the start-up message checks the encryption key once a process."""
    if scope["type"] != "lifespan":
        await guarded(scope, receive, send)
        return
    await receive()
    try:
        await sync_to_async(verify_encryption_key)()
    except Exception as problem:  # the server prints the message and ends with a non-zero exit
        await send({"type": "lifespan.startup.failed", "message": f"Voice Studio cannot start: {problem}"})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
