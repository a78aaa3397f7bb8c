"""An ASGI layer before Django that refuses requests by their headers and limits the size and time of bodies.

Django's ASGI handler spools the whole body of any request, of any method, to disk before a middleware, the
login or the CSRF check can refuse it (measured: 200 MB of an anonymous client in the temp folder before the
403). The guard refuses first. It buffers nothing: every message is passed on as it comes.
"""

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Container
from contextlib import AbstractContextManager, nullcontext

from django.db import Error as DatabaseError
from django.http import parse_cookie
from django.utils.http import parse_header_parameters

from voices.audio.limits import INPUT_BYTES
from voices.kit.api_tokens import token_digest
from voices.kit.clock import Clock, SystemClock
from voices.kit.packs import PACK_BYTES
from voices.kit.secret import Secret
from voices.web.api.catalogue import is_api
from voices.web.caches.errors import CacheUnavailableError
from voices.web.guard.asgi_types import App, Receive, Scope, Send, bearer_of, client_address, header_values
from voices.web.guard.body import Body, UploadSpeed
from voices.web.guard.refusals import (
    FAILED,
    NO_DATABASE,
    NO_LENGTH,
    NO_SUCH_LINK,
    NO_SUCH_TOKEN,
    NOT_UTF_8,
    UNCLEAR_LENGTH,
    UNREADABLE,
    Refusal,
    answer,
    login_required,
    too_large,
)
from voices.web.guard.sessions import IsLive
from voices.web.guard.uploads import Upload, UploadLimits, Uploads
from voices.web.links import token_in, without_token

# Anonymous forms contain little more than an email address. Django keeps such a body in memory.
ANONYMOUS_BYTES = 16_000
PROBE_PATHS = ("/readyz", "/metrics")  # polled by monitoring, which must not wait
CONSENT_PATH = re.compile("/voices/[0-9a-f-]{36}/consent/")  # with the recording of the statement
PACK_PATH = "/packs/"
UPLOAD_PATHS = (
    "/clone/", "/clone/sample/", "/clone/part/", "/clone/several/", "/clone/several/upload/", "/api/v1/voices",
    PACK_PATH,
)  # fmt: skip
FORM_BYTES = 200_000  # of a form with a file, beside the file

_MAX_LENGTH_DIGITS = 15
_MAX_CONTENT_TYPE = 1_000
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_UTF_8 = frozenset({"utf-8", "utf8"})
_SHOWN_FRAMES = 12

logger = logging.getLogger(__name__)

# The name under which the uploads of a speaker's link are counted, or the refusal, for its token and an address.
AdmitLink = Callable[[Secret, str], Awaitable[str | Refusal]]
# The same for the uploads of an API token.
AdmitToken = Callable[[Secret], Awaitable[str | Refusal]]


class Guard:
    """An ASGI application that refuses bodies that are too large, anonymous, unreadable or too slow."""

    def __init__(
        self,
        app: App,
        *,
        session_cookie: str,
        is_live: IsLive,
        admit_link: AdmitLink | None = None,
        admit_token: AdmitToken | None = None,
        upload_paths: tuple[str, ...] = UPLOAD_PATHS,
        upload_limit_bytes: int = INPUT_BYTES + FORM_BYTES,
        pack_limit_bytes: int = PACK_BYTES + FORM_BYTES,
        body_limit_bytes: int = 1_000_000,
        speed: UploadSpeed | None = None,
        uploads: UploadLimits | None = None,
        known: Container[str] = (),
        uploads_at_once: int = 1,
        anonymous_at_once: int = 6,
        probe_paths: tuple[str, ...] = PROBE_PATHS,
        clock: Clock | None = None,
    ) -> None:
        self._app = app
        # Complete uploads are passed on one at a time: parsing and hashing 16 of 9 MB at once delayed pages by
        # half a second (measured). The others wait on disk, where Django has put them, at no cost.
        self._upload_slots = asyncio.Semaphore(uploads_at_once)
        # Requests without a known session wait outside Django: hundreds at once inside it keep
        # the event loop from everything else (measured: /healthz took 42 s beside 500 clients asking for pages).
        self._anonymous_slots = asyncio.Semaphore(anonymous_at_once)
        self._known = known
        self._probe_paths = frozenset(probe_paths)
        self._uploads = Uploads(uploads or UploadLimits())
        self._session_cookie = session_cookie
        self._is_live = is_live
        self._admit_link = admit_link or _admit_no_link
        self._admit_token = admit_token or _admit_no_token
        self._upload_paths = frozenset(upload_paths)
        self._upload_limit = upload_limit_bytes
        self._pack_limit = pack_limit_bytes
        self._body_limit = body_limit_bytes
        self._speed = speed or UploadSpeed()
        self._clock = clock or SystemClock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a guarded body, or refuse it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        admitted = self._refusal_from_headers(scope) or await self._admit(scope)
        if isinstance(admitted, Refusal):
            await answer(admitted, scope, receive, send)
            return
        with admitted:
            await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = _declared_length(scope) or 0
        body = Body(
            receive,
            send,
            declared_bytes=declared,
            speed=self._speed,
            clock=self._clock,
            slots=self._slots_for(scope),
        )
        refusal: Refusal | None = None
        try:
            await self._app(scope, body.receive, body.send)
        except Exception as problem:
            if body.has_answered:
                raise
            _log_failure(scope, problem)
            refusal = FAILED
        finally:
            body.release_slot()
        refusal = body.refusal or refusal
        if refusal and not body.has_answered:
            await answer(refusal, scope, receive, send)

    def _refusal_from_headers(self, scope: Scope) -> Refusal | None:
        if not _is_text(scope.get("query_string", b"")):
            return UNREADABLE
        if header_values(scope, b"transfer-encoding"):
            return NO_LENGTH
        declared = _declared_length(scope)
        if declared is None:
            return UNCLEAR_LENGTH
        limit = self._limit_for(scope)
        if declared > limit:
            return too_large(limit)
        return None if _is_utf_8(scope) else NOT_UTF_8

    def _limit_for(self, scope: Scope) -> int:
        if self._is_upload(scope):
            return self._pack_limit if scope["path"] == PACK_PATH else self._upload_limit
        return ANONYMOUS_BYTES if is_api(scope["path"]) else self._body_limit

    async def _admit(self, scope: Scope) -> Refusal | AbstractContextManager[None]:
        """Return a context for the request, or its refusal: a storable body needs a session, token or link."""
        if not (self._is_upload(scope) or _may_be_stored(scope)):
            return nullcontext()
        token, address = token_in(scope["path"]), client_address(scope)
        try:
            sender = await self._sender(scope, token, address)
        except (DatabaseError, CacheUnavailableError):
            return NO_DATABASE
        if isinstance(sender, Refusal):
            return sender
        if not self._is_upload(scope):
            return nullcontext()
        upload = Upload(sender, address, _declared_length(scope) or 0, is_by_link=bool(token))
        return self._uploads.refusal_of(upload) or self._uploads.counted(upload)

    async def _sender(self, scope: Scope, token: Secret, address: str) -> str | Refusal:
        if token:
            return await self._admit_link(token, address)
        if is_api(scope["path"]):
            return await self._admit_token(bearer_of(scope))
        return await self._admit_session(scope)

    async def _admit_session(self, scope: Scope) -> str | Refusal:
        session = self._session_key(scope)
        return session if await self._is_live(session) else login_required(scope)

    def _slots_for(self, scope: Scope) -> asyncio.Semaphore | None:
        if self._is_upload(scope):
            return self._upload_slots
        # A load balancer has no session, and must learn of an outage even while everybody else waits.
        if scope["path"] in self._probe_paths or self._sender_key(scope) in self._known:
            return None
        return self._anonymous_slots

    def _sender_key(self, scope: Scope) -> str:
        """Return the key of a sender: the session, or for a program the hash of its token."""
        return token_digest(bearer_of(scope)) if is_api(scope["path"]) else self._session_key(scope)

    def _is_upload(self, scope: Scope) -> bool:
        return scope["method"] not in _READING_METHODS and self._takes_recordings(scope["path"])

    def _takes_recordings(self, path: str) -> bool:
        return path in self._upload_paths or bool(token_in(path)) or CONSENT_PATH.fullmatch(path) is not None

    def _session_key(self, scope: Scope) -> str:
        cookies = b"; ".join(header_values(scope, b"cookie")).decode("latin-1")
        return parse_cookie(cookies).get(self._session_cookie, "")


async def _admit_no_token(token: Secret) -> Refusal:
    return NO_SUCH_TOKEN


async def _admit_no_link(token: Secret, address: str) -> Refusal:
    return NO_SUCH_LINK


def _declared_length(scope: Scope) -> int | None:
    # HTTP/1.1 without either header has no body; HTTP/2 may still send one, which `Body` ends.
    values = header_values(scope, b"content-length")
    if not values:
        return 0
    is_clear = len(values) == 1 and values[0].isdigit() and len(values[0]) <= _MAX_LENGTH_DIGITS
    return int(values[0]) if is_clear else None


def _is_text(raw: bytes) -> bool:
    # Django answers any other query with an empty page, before its middlewares.
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _content_type(scope: Scope) -> str:
    # Joined and parsed as Django does, so that both read the same.
    return b",".join(header_values(scope, b"content-type")).decode("latin-1")


def _is_utf_8(scope: Scope) -> bool:
    """Whether the charset is UTF-8 or not declared. Django decodes with any codec of Python, such as UTF-7."""
    content_type = _content_type(scope)
    if len(content_type) > _MAX_CONTENT_TYPE:
        return False
    try:
        _, parameters = parse_header_parameters(content_type)
    except ValueError:
        return False
    return parameters.get("charset", "utf-8").lower() in _UTF_8


def _may_be_stored(scope: Scope) -> bool:
    """Whether Django may write the body to disk: a large one, or a file in a form."""
    declared = _declared_length(scope) or 0
    is_multipart = _content_type(scope).strip().lower().startswith("multipart/")
    return declared > ANONYMOUS_BYTES or (declared > 0 and is_multipart)


def _log_failure(scope: Scope, problem: Exception) -> None:
    """Log an error that Django itself could not handle, with the last frames only, since it may repeat quickly."""
    lines = traceback.format_exception(problem, limit=-_SHOWN_FRAMES, chain=False)
    logger.error(
        "%s %s failed\n%s", scope["method"], ascii(without_token(scope["path"]))[:200], "".join(lines)
    )
