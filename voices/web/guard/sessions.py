"""Checks that a session belongs to a person who is logged in, before anything they send is stored."""

from collections.abc import Awaitable, Callable
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from voices.kit.clock import Clock, SystemClock
from voices.web.guard.threads import InThreads

IsLive = Callable[[str], Awaitable[bool]]

MAX_KEY_LENGTH = 40  # of the column; Django makes keys of 32


def is_live_session(key: str) -> bool:
    """Whether an active person is logged in with this session."""
    if not (key.isascii() and key.isalnum() and len(key) <= MAX_KEY_LENGTH):
        return False
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    # As Django's middleware does: the session has not expired, its password hash is current, the person is active.
    return get_user(request).is_authenticated


class RecentSessions:
    """Sessions that were recently live. Made-up ones are never added, so they take no memory."""

    def __init__(self, *, seconds: float, size: int = 1_000, clock: Clock | None = None) -> None:
        self._seconds = seconds
        self._size = size
        self._clock = clock or SystemClock()
        self._until: dict[str, float] = {}  # the oldest first

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._clock.monotonic() < self._until.get(key, 0.0)

    def add(self, key: str) -> None:
        """Remember a live session. Call this and `in` from one thread."""
        self._until.pop(key, None)
        self._until[key] = self._clock.monotonic() + self._seconds
        if len(self._until) > self._size:
            del self._until[next(iter(self._until))]


class LiveSessions:
    """Looks up whether sessions are live, caching those that are for a few seconds.

    A person who logs out can still start an upload for that long, but Django refuses it when it has arrived.
    """

    def __init__(
        self,
        *,
        is_live: Callable[[str], bool] = is_live_session,
        seconds: float = 10.0,
        clock: Clock | None = None,
    ) -> None:
        self._is_live = InThreads(is_live, name="session")
        self._recent = RecentSessions(seconds=seconds, clock=clock)

    async def __call__(self, key: str) -> bool:
        """Return whether the session is live. Raises django.db.Error."""
        if key in self._recent:
            return True
        is_live = await self._is_live(key)
        if is_live:
            self._recent.add(key)
        return is_live
