"""The ASGI application: liveness, the guard, then Django. A wrong encryption key stops the start."""

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

from voices.actions.tokens.budget import lease_units  # noqa: E402  # models exist only after Django is set up
from voices.audio.concurrency import share_slots  # noqa: E402
from voices.gateway import verify_encryption_key  # noqa: E402
from voices.kit.lifetimes import end_with_parent  # noqa: E402
from voices.kit.metric_files import share_metrics  # noqa: E402
from voices.web.api.admission import admit as admit_token  # noqa: E402
from voices.web.guard import (  # noqa: E402
    PROBE_PATHS,
    Guard,
    Liveness,
    LiveSessions,
    Receive,
    RecentSessions,
    Scope,
    Send,
)
from voices.web.guard.rates import RateLimits  # noqa: E402
from voices.web.guard.threads import InThreads  # noqa: E402
from voices.web.speak.admission import admit  # noqa: E402
from voices.web.spooling import FullDiskAnswer  # noqa: E402

# A page's thread needs the interpreter after every query; next to a thread that parses an upload it would wait 5 ms
# each time.
sys.setswitchinterval(0.001)
# More than pages need: some occupy one while they wait for Althea, as many as voices/gateway.py lets.
PAGE_THREADS = 32
MAPPED_BYTES = 256 * 1024 * 1024


def map_database(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Map SQLite's file, so that all threads share one cache: reading 2,000 random rows takes a third less time.

    Not in the worker, whose memory is bounded: mapped pages count as its own.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")


connection_created.connect(map_database)


class Pages(ASGIHandler):
    """Django, running middlewares and view together in a pooled thread; none of our views is async.

    Django itself switches to a thread and back for each of a dozen middlewares, 3 ms of every page (measured) and
    more while uploads keep the loop busy, and it uses a new thread and connection for each request.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the middleware chain as for WSGI and wrap it once."""
        super().load_middleware(is_async=False)
        chain: Callable[[HttpRequest], HttpResponseBase] = self._middleware_chain  # type: ignore[has-type]  # Django's

        def handle(request: HttpRequest) -> HttpResponseBase:
            # Django's signals do this in another thread, not in ours.
            close_old_connections()
            try:
                return chain(request)
            finally:
                close_old_connections()

        executor = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        in_thread = sync_to_async(handle, thread_sensitive=False, executor=executor)
        # These have threads of their own: while all others wait for a database that is away, they have to say so.
        probe = ThreadPoolExecutor(2, thread_name_prefix="probe")
        in_own_thread = sync_to_async(handle, thread_sensitive=False, executor=probe)

        async def respond(request: HttpRequest) -> HttpResponseBase:
            if request.path in PROBE_PATHS:
                return await in_own_thread(request)
            response = await in_thread(request)
            if hasattr(request, "token"):  # set for programs whose token works
                known_sessions.add(request.token.digest)
            elif hasattr(request, "member"):  # set for everybody who is logged in
                known_sessions.add(request.COOKIES[settings.SESSION_COOKIE_NAME])
            return response

        self._middleware_chain = respond


# Recently authenticated people and programs, who do not wait behind anonymous requests.
known_sessions = RecentSessions(seconds=900.0)
django_application = FullDiskAnswer(Pages())
guarded = Guard(
    django_application,
    session_cookie=settings.SESSION_COOKIE_NAME,
    is_live=LiveSessions(),
    admit_link=InThreads(admit, name="link"),
    admit_token=InThreads(admit_token, name="token"),
    known=known_sessions,
)
counted = RateLimits(guarded, lease=InThreads(lease_units, name="budget"))
alive = Liveness(counted)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Handle requests through the guard; check the encryption key once per process at start-up."""
    if scope["type"] != "lifespan":
        await alive(scope, receive, send)
        return
    await receive()
    end_with_parent()
    share_slots(settings.CHILD_SLOTS_DIR)
    if settings.METRICS_TOKEN:
        share_metrics(settings.METRICS_DIR, program="web")
    try:
        await sync_to_async(verify_encryption_key)()
    except Exception as problem:  # the server prints the message and ends with a non-zero exit
        await send({"type": "lifespan.startup.failed", "message": f"Voice Studio cannot start: {problem}"})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
