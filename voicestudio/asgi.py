"""The ASGI application: the guard in front, Django behind it; a wrong encryption key stops the start."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
django.setup(set_prefix=False)

from voices.gateway import verify_encryption_key  # noqa: E402  # models exist only after Django is set up
from voices.web.guard import Guard, Receive, Scope, Send  # noqa: E402

# A page's thread asks for the interpreter after every query; beside a thread that parses an upload it would wait
# 5 ms each time.
sys.setswitchinterval(0.001)
# More than pages need at once: an edit waits for Althea in one, up to its deadline.
PAGE_THREADS = 32
MAPPED_BYTES = 256 * 1024 * 1024


def map_database(connection: BaseDatabaseWrapper, **_: object) -> None:
    """SQLite's file is mapped, and so cached once for all threads: 2,000 rows at random take two thirds of the time.

    Not in the worker, whose memory is bounded: what is mapped counts as its own.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")


connection_created.connect(map_database)


class Pages(ASGIHandler):
    """Django, with middlewares and view in one go in a thread that stays: no view of ours is async.

    As Django does it, each of a dozen middlewares goes to a thread and comes back, 3 ms of every page (measured) and
    more where uploads keep the loop busy; and the thread is new for each request, as is its connection.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """Builds the chain as for WSGI, and wraps it once."""
        super().load_middleware(is_async=False)
        chain: Callable[[HttpRequest], HttpResponseBase] = self._middleware_chain  # type: ignore[has-type]  # Django's

        def answered(request: HttpRequest) -> HttpResponseBase:
            # Django's signals do this in a thread of their own, not in ours.
            close_old_connections()
            try:
                return chain(request)
            finally:
                close_old_connections()

        hands = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self._middleware_chain = sync_to_async(answered, thread_sensitive=False, executor=hands)


django_application = Pages()
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
