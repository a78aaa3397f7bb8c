"""Sends one request to Althea: key to its origin only, one total deadline, a bounded response, one error tree."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from voices.althea.error_mapping import Subject, error_for
from voices.althea.errors import (
    AltheaError,
    GarbledAnswerError,
    InvalidFieldsError,
    KeyRefusedError,
    NotSentError,
    UnknownOutcomeError,
)
from voices.althea.json_text import read_json
from voices.althea.pools import POOL_SLOTS, Pools
from voices.althea.url_policy import Origin, origin
from voices.kit.secret import Secret

KEY_HEADER = "X-API-Key"
CONNECT_SECONDS = 5.0
SLOT_SECONDS = 10.0
MAX_JSON_BYTES = 2_000_000

# The request extension that holds the key and where it may go; httpcore ignores unknown extensions.
_GRANT = "althea_key_grant"

# Responses are requested uncompressed: a byte cap on compressed data would not bound memory.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "VoiceStudio"}

# Most specific first; nothing of the first four has reached Althea. Everything else may have.
_NOT_SENT: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "Can't reach Althea: the connection timed out."),
    (httpx.PoolTimeout, "Too many requests to Althea are in progress on this machine."),
    (httpx.ConnectError, "Can't reach Althea."),
    (httpx.UnsupportedProtocol, "Althea's address isn't a valid URL."),
)
_UNKNOWN: tuple[tuple[type[Exception], str], ...] = (
    (httpx.TimeoutException, "Althea didn't respond in time."),
    (httpx.RemoteProtocolError, "The connection to Althea broke before its response was complete."),
    (httpx.NetworkError, "The connection to Althea broke."),
    (OSError, "The connection to Althea failed."),
    (Exception, "The request to Althea failed."),
)


@dataclass(frozen=True, kw_only=True)
class HttpClients:
    """Two HTTP clients: `keyed` for the configured origin, `plain` for anywhere else and never with a key."""

    keyed: httpx.AsyncClient
    plain: httpx.AsyncClient


@dataclass(frozen=True, kw_only=True)
class KeyGrant:
    """Permission for one request to carry a key to one origin."""

    origin: Origin
    key: Secret


@dataclass(frozen=True, kw_only=True)
class Response:
    """A complete response with a bounded body; the `hidden` secrets are masked in all that is read of it."""

    status: int
    headers: httpx.Headers
    # Not in the repr: a response may quote a key, and a traceback page prints local variables.
    content: bytes = field(repr=False)
    hidden: Sequence[Secret] = ()

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """Return the parsed body. Raise GarbledAnswerError if it is not JSON."""
        try:
            return read_json(self.content, hidden=self.hidden)
        except ValueError as exc:
            raise GarbledAnswerError(
                "Althea answered with something that is not JSON.", status=self.status
            ) from _bare(exc)

    def is_exactly(self, value: object) -> bool:
        """Whether the value, as `json` returned it, is what was sent, with nothing masked or made storable."""
        return bool(json.loads(self.content) == value)


@asynccontextmanager
async def new_http(
    *, transport: httpx.AsyncBaseTransport | None = None, slots: int = 20
) -> AsyncIterator[HttpClients]:
    """Open both clients with `slots` connections each; one pair serves every AltheaClient of an event loop."""
    # The plain client keeps no connection: each one is opened to a checked address for one host name, and must
    # not serve another name that shares the address.
    async with (
        _client(hook=_attach_key, transport=transport or _pools(slots, keep=True)) as keyed,
        _client(hook=_drop_key, transport=transport or _pools(slots, keep=False)) as plain,
    ):
        yield HttpClients(keyed=keyed, plain=plain)


def _pools(slots: int, *, keep: bool) -> Pools:
    sizes = [min(POOL_SLOTS, slots - start) for start in range(0, slots, POOL_SLOTS)]
    limits = [httpx.Limits(max_connections=size, max_keepalive_connections=size * keep) for size in sizes]
    return Pools(
        [httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=one) for one in limits], sizes=sizes
    )


def _client(*, hook: Callable[..., Any], transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    # trust_env: a proxy or netrc of the environment must not see the key, nor bypass the address check.
    return httpx.AsyncClient(
        transport=transport,
        headers=_HEADERS,
        follow_redirects=False,
        trust_env=False,
        event_hooks={"request": [hook]},
    )


@cache
def _tls() -> ssl.SSLContext:
    # Loading the certificates blocks the event loop for 28 ms (measured), so once per process.
    return httpx.create_ssl_context(trust_env=False)


async def _attach_key(request: httpx.Request) -> None:
    # The only place where the key becomes text. A request without a grant, or redirected to another origin,
    # is sent without one: httpx itself forwards X-API-Key to other hosts (measured on 302 and 307).
    await _drop_key(request)
    grant = request.extensions.get(_GRANT)
    if isinstance(grant, KeyGrant) and grant.origin == origin(request.url):
        request.headers[KEY_HEADER] = grant.key.reveal()


async def _drop_key(request: httpx.Request) -> None:
    request.headers.pop(KEY_HEADER, None)


def key_extension(*, base: httpx.URL, key: Secret) -> Mapping[str, Any]:
    """Return the request extensions that attach the key for the base's origin. Raise KeyRefusedError for no key.

    The HTTP library's own error would quote a key that does not fit into a header.
    """
    text = key.reveal()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise KeyRefusedError("This isn't an Althea key: it contains characters that keys never have.")
    return {_GRANT: KeyGrant(origin=origin(base), key=key)}


def timeouts(seconds: float) -> httpx.Timeout:
    """Return the timeouts of single steps; `translated` bounds their sum.

    Connecting times out well before the whole request, so that an unresolvable host is reported as not sent.
    """
    return httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds / 2), pool=SLOT_SECONDS)


@asynccontextmanager
async def translated(*, seconds: float) -> AsyncIterator[None]:
    """Run the block under one total deadline and translate its HTTP failures into the error tree.

    httpx bounds single reads only: a server that sends one byte a second never times out (measured).
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (AltheaError, asyncio.CancelledError):
        raise
    except TimeoutError as exc:
        raise UnknownOutcomeError(f"Althea didn't respond within {seconds:g} seconds.") from _bare(exc)
    except UnicodeError as exc:
        raise InvalidFieldsError("The text contains characters that can't be sent to Althea.") from _bare(exc)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as exc:
        raise failure(exc) from _bare(exc)


def failure(exc: Exception) -> AltheaError:
    """Return the error for an exception of the HTTP library, by table. A bad TLS certificate is permanent."""
    if isinstance(exc, httpx.ConnectError) and _is_certificate(exc):
        return NotSentError("Althea's TLS certificate is not valid.", permanent=True)
    for kind, sentence in _NOT_SENT:
        if isinstance(exc, kind):
            return NotSentError(sentence, permanent=kind is httpx.UnsupportedProtocol)
    sentence = next(sentence for kind, sentence in _UNKNOWN if isinstance(exc, kind))
    return UnknownOutcomeError(sentence)


def _is_certificate(exc: BaseException) -> bool:
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(exc))


def _chain(exc: BaseException | None) -> Sequence[BaseException]:
    chain: list[BaseException] = []
    while exc is not None and exc not in chain:
        chain.append(exc)
        exc = exc.__cause__ or exc.__context__
    return chain


def _bare(exc: Exception) -> Exception:
    # Frames of the HTTP library hold the request's headers in local variables, which a traceback page prints.
    for cause in _chain(exc):
        cause.__traceback__ = None
    return exc


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    max_bytes: int,
    hidden: Sequence[Secret] = (),
    reads_success: bool = True,
) -> Response:
    """Send the request once and return its response of at most `max_bytes`; a longer 2xx is an error.

    Unless `reads_success`, nothing of a 2xx is read but its head, and the connection is closed.
    """
    response = await client.send(request, stream=True)
    try:
        is_read = reads_success or not response.is_success
        content = await _read(response, max_bytes=max_bytes) if is_read else b""
    finally:
        await response.aclose()
    return Response(
        status=response.status_code, headers=response.headers, content=content, hidden=tuple(hidden)
    )


async def _read(response: httpx.Response, *, max_bytes: int) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        if response.is_success:
            raise GarbledAnswerError(
                "Althea sent a compressed response although we asked it not to.", status=response.status_code
            )
        return b""
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > max_bytes:
            return _cut(response)
    return bytes(content)


def _cut(response: httpx.Response) -> bytes:
    if response.is_success:
        raise GarbledAnswerError("Althea's response is too long.", status=response.status_code)
    # An oversized error page is still that error.
    return b""


def check(response: Response, *, now: datetime, subject: Subject) -> Response:
    """Return a 2xx response unchanged. Raise the error for any other one."""
    if response.is_success:
        return response
    raise error_for(
        status=response.status,
        headers=response.headers,
        body=response.content,
        now=now,
        subject=subject,
        hidden=response.hidden,
    )
