"""The security headers of every response, and who may keep a copy of it.

No inline script or style anywhere, so the policy needs no nonce. Audio plays from our own address or from a
recording the page still holds (`blob:`). The microphone is the one device that any page asks for.
"""

from collections.abc import Callable, Iterable

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
# Pages that people return to: "no-store" would disable the back-forward cache for them, and lose the state of a
# half-filled form. All other responses without a policy of their own are not stored.
RETURNED_TO = frozenset(
    f"voices:{name}"
    for name in (
        "library", "views", "bulk", "bulk-run", "compare", "model-change", "clone", "clone-sample", "clone-part",
        "clone-job", "requests", "request",
        "clone-jobs", "several", "several-batch",
        "voice", "voice-edit", "voice-delete", "voice-remove", "voice-clone-again", "voice-activity", "voice-uses",
        "voice-swap", "voice-new", "voice-new-engine", "voice-settings", "pack-imports", "pack-import", "pack-export",
        "tags", "tag-rename", "tag-merge", "tag-remove",
        "consents", "consent", "statements", "voice-consent",
        "auditions", "audition-new", "audition",
        "aliases", "alias-new", "alias-move", "alias-rename", "alias-remove",
        "team", "webhooks", "webhook", "notifications", "approvals", "approval", "activity",
    )
)  # fmt: skip
# A shared browser then deletes its stored data, such as drafts of recordings.
LOGOUTS = frozenset({"account_logout", "admin:logout"})
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

RawHeaders = list[tuple[bytes, bytes]]


def with_security_headers(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Return the headers of an ASGI response, adding ours where missing."""
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return given + [(name, value) for name, value in _RAW if name not in names]


def cache_policy(request: HttpRequest) -> str:
    """Return the Cache-Control of a page that sets none."""
    route = request.resolver_match
    return "private, no-cache" if route and route.view_name in RETURNED_TO else "no-store"


def is_logout(request: HttpRequest) -> bool:
    """Whether the request logs out, instead of only showing the page that asks."""
    route = request.resolver_match
    return request.method == "POST" and route is not None and route.view_name in LOGOUTS


class PolicyMiddleware:
    """Middleware that sets each header the view has not set itself. The chain is synchronous throughout."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response with the headers on it."""
        response = self._get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", cache_policy(request))
        if is_logout(request):
            response.headers["Clear-Site-Data"] = '"storage"'
        return response
