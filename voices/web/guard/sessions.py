"""Whether a session cookie belongs to a person who is logged in, asked before anything they send is stored."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest

from voices.kit.clock import Clock, SystemClock

FindPerson = Callable[[str], Awaitable[int | None]]

MAX_KEY_LENGTH = 40  # of the column; Django makes keys of 32
# Threads of its own: while pages wait for Althea or the database, uploads can still be refused.
THREADS = 2


def person_of_session(key: str) -> int | None:
    """Return the id of the active person who is logged in with this session; None for any other value."""
    if not (key.isascii() and key.isalnum() and len(key) <= MAX_KEY_LENGTH):
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    # As Django's middleware does: the session has not expired, its password hash is current, the person is active.
    user = get_user(request)
    return user.pk if user.is_authenticated else None


class LiveSessions:
    """Finds the person of a session in the database, and remembers the answer for a few seconds.

    Only sessions that were found are remembered, so that made-up values take no memory. A person who logs out can
    still start an upload for that long, but Django refuses it when it has arrived.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], int | None] = person_of_session,
        seconds: float = 10.0,
        size: int = 1_000,
        clock: Clock | None = None,
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._size = size
        self._clock = clock or SystemClock()
        self._known: dict[str, tuple[int, float]] = {}  # the oldest first
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="session")

    async def __call__(self, key: str) -> int | None:
        """Return the id of the session's person, or None. Raises django.db.Error."""
        person, until = self._known.get(key, (None, 0.0))
        if person is not None and self._clock.monotonic() < until:
            return person
        self._known.pop(key, None)
        person = await sync_to_async(self._look_up, thread_sensitive=False, executor=self._threads)(key)
        if person is not None:
            self._remember(key, person)
        return person

    def _look_up(self, key: str) -> int | None:
        close_old_connections()
        try:
            return self._find(key)
        finally:
            close_old_connections()

    def _remember(self, key: str, person: int) -> None:
        self._known.pop(key, None)
        self._known[key] = person, self._clock.monotonic() + self._seconds
        if len(self._known) > self._size:
            del self._known[next(iter(self._known))]
