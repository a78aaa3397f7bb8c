"""An ASGI layer before Django that refuses requests by their headers and limits the size and time of bodies.

Django's ASGI handler spools the whole body of any request, of any method, to disk before a middleware, the
login or the CSRF check can refuse it (measured: 200 MB of an anonymous client in the temp folder before the
403). The guard refuses first. It buffers nothing: every message is passed on as it comes.
"""

import asyncio
import html
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from voices.kit.clock import Clock, SystemClock
from voices.web.security_headers import with_security_headers

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOGIN_URL = "/accounts/login/"

# Closing a socket with unread bytes sends RST, and the browser drops our page before it has read it.
# So a refused body is read and discarded for a while before the connection closes.
LINGER_SECONDS = 5.0
LINGER_BYTES = 64_000_000

_MAX_LENGTH_DIGITS = 15
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response of the guard: status, heading, sentence for people, further headers, a link to go on."""

    status: int
    title: str
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    link: tuple[str, str] | None = None


_LOG_IN = ("Please log in", "Log in first, then send the recording again. None of it was saved.")
_GO_BACK = "Go back in your browser: what you entered is still there."
UNCLEAR_LENGTH = Refusal(
    400, "Unclear request", f"Your browser didn't say how much data it sends. {_GO_BACK} Then try again."
)
LOG_IN_PAGE = Refusal(403, *_LOG_IN, link=(LOGIN_URL, "Log in"))
# No HX-Redirect: it would discard what the page holds, above all the selected recording. Its script says what to do.
LOG_IN_HTMX = Refusal(401, *_LOG_IN, link=(LOGIN_URL, "Log in"))
TOO_SLOW = Refusal(
    408,
    "The connection is too slow",
    f"The upload stalled or was too slow, so it was stopped. Nothing was saved. {_GO_BACK} Then try again.",
)
NO_LENGTH = Refusal(
    411,
    "Size missing",
    "The upload was refused because its size wasn't given in advance. Please send it with a browser.",
)


def too_large(limit_bytes: int) -> Refusal:
    """Return the refusal that names the limit in megabytes."""
    limit = f"{limit_bytes / 1_000_000:.0f} MB" if limit_bytes >= 1_000_000 else f"{limit_bytes:,} bytes"
    return Refusal(413, "Too large", f"The limit here is {limit}. {_GO_BACK} Send less.")


@dataclass(frozen=True, slots=True)
class UploadSpeed:
    """How slow a body may be: no pause longer than `stall_seconds`, a mean rate after `grace_seconds`.

    Only the time spent waiting for the client counts, not our own slow disk.
    """

    stall_seconds: float
    min_bytes_per_second: float
    grace_seconds: float

    def is_too_slow(self, *, received_bytes: int, waited_seconds: float) -> bool:
        """Whether the mean rate so far is below the minimum, once the grace period is over."""
        return (
            waited_seconds > self.grace_seconds
            and received_bytes < waited_seconds * self.min_bytes_per_second
        )


class Guard:
    """An ASGI application that refuses bodies that are too large, anonymous, without length or too slow."""

    def __init__(
        self,
        app: App,
        *,
        session_cookie: str,
        upload_paths: tuple[str, ...] = ("/clone/",),
        upload_limit_bytes: int = 50_000_000 + 200_000,
        body_limit_bytes: int = 1_000_000,
        stall_seconds: float = 20.0,
        min_bytes_per_second: float = 4_000.0,
        grace_seconds: float = 10.0,
        uploads_at_once: int = 1,
        clock: Clock | None = None,
    ) -> None:
        self._app = app
        # Complete uploads are passed on one at a time: parsing and hashing 16 of 9 MB at once delayed pages by
        # half a second (measured). The others wait on disk, where Django has put them, at no cost.
        self._upload_slots = asyncio.Semaphore(uploads_at_once)
        self._session_cookie = session_cookie.encode("latin-1")
        self._upload_paths = frozenset(upload_paths)
        self._upload_limit = upload_limit_bytes
        self._body_limit = body_limit_bytes
        self._speed = UploadSpeed(stall_seconds, min_bytes_per_second, grace_seconds)
        self._clock = clock or SystemClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch its body, or refuse it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refusal := self._refusal_from_headers(scope):
            await _answer(refusal, receive, send)
        else:
            await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = _declared_length(scope) or 0
        slots = self._upload_slots if self._is_upload(scope) else None
        body = _Body(
            receive, send, declared_bytes=declared, speed=self._speed, clock=self._clock, slots=slots
        )
        try:
            await self._app(scope, body.receive, body.send)
        finally:
            body.release_slot()
            if body.refusal and not body.has_answered:
                await _answer(body.refusal, receive, send)

    def _refusal_from_headers(self, scope: Scope) -> Refusal | None:
        if _values(scope, b"transfer-encoding"):
            return NO_LENGTH
        declared = _declared_length(scope)
        if declared is None:
            return UNCLEAR_LENGTH
        is_upload = self._is_upload(scope)
        limit = self._upload_limit if is_upload else self._body_limit
        if declared > limit:
            return too_large(limit)
        return _log_in(scope) if is_upload and not self._has_session(scope) else None

    def _is_upload(self, scope: Scope) -> bool:
        return scope["path"] in self._upload_paths and scope["method"] not in _READING_METHODS

    def _has_session(self, scope: Scope) -> bool:
        # Presence only: whether the session is valid is for Django to say, and costs a query.
        pairs = (
            pair.strip().partition(b"=") for line in _values(scope, b"cookie") for pair in line.split(b";")
        )
        return any(name == self._session_cookie and value for name, _, value in pairs)


class _Body:
    """The body of a request on its way to the application: counted, timed, and ended if it breaks a rule."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        declared_bytes: int,
        speed: UploadSpeed,
        clock: Clock,
        slots: asyncio.Semaphore | None,
    ) -> None:
        self._receive = receive
        self._send = send
        self._declared = declared_bytes
        self._speed = speed
        self._clock = clock
        self._received = 0
        self._waited = 0.0
        self._is_complete = False
        self._slots = slots
        self._has_slot = False
        self.refusal: Refusal | None = None
        self.has_answered = False

    async def receive(self) -> Message:
        """Return the next message, or a disconnect once a rule is broken."""
        if self.refusal:
            return _DISCONNECT
        if self._is_complete:
            return await self._receive()
        message = await self._timed()
        if message["type"] == "http.request":
            self._count(message)
        if self._is_complete and self._slots and not self.refusal:
            await self._slots.acquire()
            self._has_slot = True
        return _DISCONNECT if self.refusal else message

    def release_slot(self) -> None:
        """Let the next complete upload in."""
        if self._slots and self._has_slot:
            self._has_slot = False
            self._slots.release()

    async def send(self, message: Message) -> None:
        """Pass the application's response on with our headers, unless the guard has its own to send.

        Django answers some requests before any middleware, such as those with invalid bytes in the URL.
        """
        if self.refusal and not self.has_answered:
            return
        self.has_answered = True
        if message["type"] == "http.response.start":
            message = {**message, "headers": with_security_headers(message.get("headers", ()))}
        await self._send(message)

    async def _timed(self) -> Message:
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._speed.stall_seconds):
                return await self._receive()
        except TimeoutError:
            self.refusal = TOO_SLOW
            return _DISCONNECT
        finally:
            self._waited += self._clock.monotonic() - began

    def _count(self, message: Message) -> None:
        self._received += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._received > self._declared:
            self.refusal = too_large(self._declared) if self._declared else NO_LENGTH
        elif not self._is_complete and self._speed.is_too_slow(
            received_bytes=self._received, waited_seconds=self._waited
        ):
            self.refusal = TOO_SLOW


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _declared_length(scope: Scope) -> int | None:
    # HTTP/1.1 without either header has no body; HTTP/2 may still send one, which `_count` ends.
    values = _values(scope, b"content-length")
    if not values:
        return 0
    is_clear = len(values) == 1 and values[0].isdigit() and len(values[0]) <= _MAX_LENGTH_DIGITS
    return int(values[0]) if is_clear else None


def _log_in(scope: Scope) -> Refusal:
    return LOG_IN_HTMX if _values(scope, b"hx-request") == [b"true"] else LOG_IN_PAGE


async def _answer(refusal: Refusal, receive: Receive, send: Send) -> None:
    page = _page(refusal)
    await send({"type": "http.response.start", "status": refusal.status, "headers": _headers(refusal, page)})
    # All bytes are sent here; the connection stays open until the linger ends.
    await send({"type": "http.response.body", "body": page, "more_body": True})
    await _linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Receive) -> None:
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            message = await receive()
            while left > 0 and message.get("more_body", False):
                left -= len(message["body"])
                message = await receive()


def _headers(refusal: Refusal, page: bytes) -> list[tuple[bytes, bytes]]:
    own = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(page)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        *refusal.headers,
    ]
    return with_security_headers(own)


def _page(refusal: Refusal) -> bytes:
    title, sentence = html.escape(refusal.title), html.escape(refusal.sentence)
    href, text = refusal.link or ("/", "Back to the library")
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · Voice Studio</title></head>\n"
        f"<body><main><h1>{title}</h1>\n<p>{sentence}</p>\n"
        f'<p><a href="{html.escape(href)}">{html.escape(text)}</a></p></main></body>\n</html>\n'
    ).encode()
