"""What a browser may do with our pages, said in headers on every answer.

No inline script or style anywhere, so the policy needs no nonce. Audio plays from our own address or from a
recording the page still holds (`blob:`). The microphone is the one device that any page asks for.
"""

from collections.abc import Awaitable, Callable, Iterable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

RawHeaders = list[tuple[bytes, bytes]]


def completed(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Return an ASGI answer's headers with each of ours that is not among them."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return given + [(name, value) for name, value in _RAW if name not in names]


_Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class PolicyMiddleware:
    """Sets each header that the answer has not set itself; works under sync and async handlers."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], _Answer]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> _Answer:
        """Return the answer with the headers on it, or a promise of it."""
        answer = self._get_response(request)
        return _with_headers(answer) if isinstance(answer, HttpResponseBase) else _when_ready(answer)


async def _when_ready(answer: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    return _with_headers(await answer)


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
