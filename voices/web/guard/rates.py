"""The rate limit of tokens, checked before anything else: a flood costs a hash and a comparison per request.

The headers follow draft-ietf-httpapi-ratelimit-headers-10
(https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import ceil

from django.db import Error as DatabaseError

from voices.actions.tokens.budget import UNITS_A_MINUTE, Lease
from voices.kit.api_tokens import token_digest
from voices.kit.clock import Clock, SystemClock
from voices.web.api.catalogue import PREFIX
from voices.web.guard.asgi_types import App, Message, Receive, Scope, Send, bearer_of, client_address
from voices.web.guard.refusals import NO_DATABASE, RATE_LIMITED, log_refusal, send_refusal
from voices.web.security_headers import RawHeaders

CLONE_UNITS = 6  # of a request with a recording: at most 20 a minute
WINDOW_SECONDS = 60
POLICY = (b"ratelimit-policy", f'"default";q={UNITS_A_MINUTE};w={WINDOW_SECONDS}'.encode())

LeaseUnits = Callable[[str, int, datetime], Awaitable[Lease | None]]


@dataclass
class _Window:
    """A token's units in one minute, held by this process; `shared` are those not granted to any process yet."""

    ends_at: float  # seconds since 1970
    held: int = 0
    shared: int = UNITS_A_MINUTE
    is_logged: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def left(self) -> int:
        """The token's remaining units, as far as this process knows."""
        return self.held + self.shared

    def take(self, units: int) -> bool:
        """Take the units if this process holds them."""
        if self.held < units:
            return False
        self.held -= units
        return True


class RateLimits:
    """An ASGI application that counts the requests of each token and refuses those beyond the limit."""

    def __init__(self, app: App, *, lease: LeaseUnits, clock: Clock | None = None) -> None:
        self._app = app
        self._lease = lease
        self._clock = clock or SystemClock()
        self._windows: dict[str, _Window] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the headers of its budget, or refuse it."""
        is_counted = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        digest = token_digest(bearer_of(scope)) if is_counted else ""
        if not digest:
            await self._app(scope, receive, send)
            return
        window, units = self._window_of(digest), _units(scope)
        try:
            is_granted = window.take(units) or await self._more(digest, window, units)
        except DatabaseError:
            await send_refusal(NO_DATABASE, scope, receive, send)
            return
        if is_granted:
            await self._app(scope, receive, _with_headers(send, self._headers(window)))
        else:
            await self._refuse(window, scope, receive, send)

    def _window_of(self, digest: str) -> _Window:
        now = self._clock.now().timestamp()
        window = self._windows.get(digest)
        if window is None or window.ends_at <= now:
            self._windows = {key: one for key, one in self._windows.items() if one.ends_at > now}
            window = self._windows[digest] = _Window((now // WINDOW_SECONDS + 1) * WINDOW_SECONDS)
        return window

    async def _more(self, digest: str, window: _Window, units: int) -> bool:
        """Take the units out of a new block. Return False if too few are left; True for an unknown token."""
        if window.left < units:
            return False
        async with window.lock:  # one request leases for all that wait
            if window.take(units):
                return True
            if window.left < units:
                return False
            begins = datetime.fromtimestamp(window.ends_at - WINDOW_SECONDS, UTC)
            lease = await self._lease(digest, units, begins)
            if lease is None:  # the view rejects it; made-up tokens take no memory
                self._windows.pop(digest, None)
                return True
            window.held, window.shared = window.held + lease.granted, lease.left
            return window.take(units)

    async def _refuse(self, window: _Window, scope: Scope, receive: Receive, send: Send) -> None:
        if not window.is_logged:  # once a minute, not a thousand times a second
            window.is_logged = True
            log_refusal(RATE_LIMITED, client_address(scope), f"{scope['method']} {scope['path']}")
        wait = str(self._seconds_left(window)).encode()
        headers = (*self._headers(window), (b"retry-after", wait))
        await send_refusal(replace(RATE_LIMITED, headers=headers), scope, receive, send)

    def _seconds_left(self, window: _Window) -> int:
        return max(1, ceil(window.ends_at - self._clock.now().timestamp()))

    def _headers(self, window: _Window) -> tuple[tuple[bytes, bytes], ...]:
        budget = f'"default";r={max(0, window.left)};t={self._seconds_left(window)}'
        return POLICY, (b"ratelimit", budget.encode())


def _units(scope: Scope) -> int:
    is_clone = scope["method"] == "POST" and scope["path"] == f"{PREFIX}voices"
    return CLONE_UNITS if is_clone else 1


def _with_headers(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given: RawHeaders = list(message.get("headers", ()))
            message = {**message, "headers": [*given, *headers]}
        await send(message)

    return send_with_headers
