"""The guard's responses to refused requests: a small page and one log line."""

import html
import logging
from asyncio import timeout
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

from voices.kit.metrics import REFUSALS
from voices.web.api.catalogue import CATALOGUE, MEDIA_TYPE, is_api, problem_json, problem_of_status
from voices.web.guard.asgi_types import Receive, Scope, Send, client_address, header_values
from voices.web.links import is_link, without_token
from voices.web.security_headers import RawHeaders, with_security_headers

LOGIN_URL = "/accounts/login/"

# Closing a socket with unread bytes sends RST, and the browser drops our page before it has read it.
# So a refused body is read and discarded for a while before the connection closes.
LINGER_SECONDS = 5.0
LINGER_BYTES = 64_000_000

MAX_LOGGED_PATH = 200
HTML = b"text/html; charset=utf-8"
RETRY_SOON = ((b"retry-after", b"10"),)

logger = logging.getLogger("voices.web.guard")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response of the guard: status, heading, sentence for people, further headers, a link to go on.

    Programs get the problem of that code in the catalogue, else the first of that status.
    """

    status: int
    title: str
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    link: tuple[str, str] = ("/", "Back to the library")
    code: str = ""


# For a speaker, who has no library: the address that the browser is at.
OPEN_AGAIN = ("", "Open the link again")
_LOG_IN = ("Log in first", "Nothing was saved. Log in, then send it again.")
_LOGIN_LINK = (LOGIN_URL, "Log in")
_LOG_IN_PAGE = Refusal(403, *_LOG_IN, link=_LOGIN_LINK)
# No HX-Redirect: it would discard what the page holds, above all the selected recording. Its script says what to do.
_LOG_IN_HTMX = Refusal(401, *_LOG_IN, link=_LOGIN_LINK)

_GO_BACK = "Go back in your browser: what you entered is still there."
UNCLEAR_LENGTH = Refusal(
    400, "Unclear request", f"Your browser didn't say how much data it sends. {_GO_BACK} Then try again."
)
UNREADABLE = Refusal(400, "Unclear request", "This request couldn't be read. Please try again.")
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
NOT_UTF_8 = Refusal(
    415, "Unsupported encoding", "Voice Studio reads text in UTF-8 only. Please send it with a browser."
)
HEADERS_TOO_LARGE = Refusal(
    431,
    "Headers too large",
    "Your browser sent more headers than Voice Studio accepts. Delete this site's cookies, then try again.",
)
NO_SUCH_TOKEN = Refusal(
    401, "No token", "Send the header “Authorization: Bearer vs_…”.", code="token_missing"
)
NO_SUCH_LINK = Refusal(404, "This link doesn't work", "Check that you opened the whole link.")
RATE_LIMITED = Refusal(
    429, "Too many requests", "This token has made too many requests.", code="rate_limited"
)
FAILED = Refusal(
    500,
    "Something went wrong",
    "The error has been logged. If you submitted something, check the library before you send it again.",
)
FULL = Refusal(
    503,
    "Too many connections",
    "Voice Studio has reached its connection limit. Try again in a moment.",
    RETRY_SOON,
)
NO_DATABASE = Refusal(
    503,
    "The database doesn't respond",
    "Voice Studio couldn't check your login. Nothing was saved. Try again in a moment.",
    RETRY_SOON,
)


def too_large(limit_bytes: int) -> Refusal:
    """Return the refusal that names the limit in megabytes."""
    limit = f"{limit_bytes / 1_000_000:.0f} MB" if limit_bytes >= 1_000_000 else f"{limit_bytes:,} bytes"
    return Refusal(413, "Too large", f"The limit here is {limit}. {_GO_BACK} Send less.")


def login_required(scope: Scope) -> Refusal:
    """Return the refusal of a body that takes a login: for a page or for htmx."""
    return _LOG_IN_HTMX if header_values(scope, b"hx-request") == [b"true"] else _LOG_IN_PAGE


async def answer(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Log the refusal and send it."""
    log_refusal(refusal, client_address(scope), f"{scope['method']} {without_token(scope['path'])}")
    await send_refusal(refusal, scope, receive, send)


async def send_refusal(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Count and send the refusal's page, or its problem; keep the connection open until the client has read it."""
    REFUSALS.labels(refusal.status).inc()
    if is_link(scope["path"]):
        refusal = replace(refusal, link=OPEN_AGAIN)
    content_type, body = _problem(refusal) if is_api(scope["path"]) else (HTML, _page(refusal))
    headers = _headers(refusal, body, content_type)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    # All bytes are sent here; the connection stays open until the linger ends.
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await _linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def log_refusal(refusal: Refusal, address: str, request: str = "") -> None:
    """Write one line, in which nothing that the client sent can break the line or the terminal."""
    shown = ascii(request)[1:-1][:MAX_LOGGED_PATH]
    logger.warning("%d %s: %s from %s", refusal.status, refusal.title, shown or "-", address or "unknown")


def raw_response(refusal: Refusal) -> bytes:
    """Count and return the whole response as HTTP/1.1, for a request that never reached the application."""
    REFUSALS.labels(refusal.status).inc()
    body = _page(refusal)
    lines = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}".encode()]
    lines += [name + b": " + value for name, value in _headers(refusal, body)]
    return b"\r\n".join([*lines, b"", body])


async def _linger(receive: Receive) -> None:
    left = LINGER_BYTES
    with suppress(TimeoutError):
        async with timeout(LINGER_SECONDS):
            message = await receive()
            while left > 0 and message.get("more_body", False):
                left -= len(message["body"])
                message = await receive()


def _headers(refusal: Refusal, body: bytes, content_type: bytes = HTML) -> RawHeaders:
    own = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        *refusal.headers,
    ]
    return with_security_headers(own)


def _problem(refusal: Refusal) -> tuple[bytes, bytes]:
    problem = CATALOGUE.get(refusal.code) or problem_of_status(refusal.status)
    # Without a code of its own, the sentence is for somebody at a browser.
    return MEDIA_TYPE.encode(), problem_json(problem, refusal.sentence if refusal.code else "")


def _page(refusal: Refusal) -> bytes:
    title, sentence = html.escape(refusal.title), html.escape(refusal.sentence)
    href, text = refusal.link
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · Voice Studio</title></head>\n"
        f"<body><main><h1>{title}</h1>\n<p>{sentence}</p>\n"
        f'<p><a href="{html.escape(href)}">{html.escape(text)}</a></p></main></body>\n</html>\n'
    ).encode()
