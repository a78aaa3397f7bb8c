"""Secret links of speakers and invitations, whose tokens are kept out of logs and error reports.

The token is a part of the URL: somebody who reads it in a log could use the link. So it is removed from the request's
path before anything else sees it.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from voices.kit.secret import Secret
from voices.kit.secret_paths import JOIN, SPEAK

PREFIXES = (SPEAK, JOIN)
# Headers that contain the URL of the page that a request comes from.
_ADDRESS_HEADERS = ("HTTP_REFERER", "HTTP_HX_CURRENT_URL")
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    # Never the path, which is the token. Not "no-referrer": with that, browsers send forms with "Origin: null", which
    # the CSRF check refuses.
    "Referrer-Policy": "strict-origin",
}


class LinkRequest(HttpRequest):
    """A request of a page behind a link, as `LinkTokens` passes it on."""

    link_token: Secret


def is_link(path: str) -> bool:
    """Whether the path is that of a link, with its token."""
    return path.startswith(PREFIXES)


def token_in(path: str, prefix: str = SPEAK) -> Secret:
    """Return the token of a link's path; an empty one of any other path."""
    return Secret(path[len(prefix) :].removesuffix("/") if path.startswith(prefix) else "")


def without_token(path: str) -> str:
    """Return the path as it may be logged."""
    return next((prefix for prefix in PREFIXES if path.startswith(prefix)), path)


def link_path(token: Secret, prefix: str = SPEAK) -> str:
    """Return the path of the link with that token."""
    return f"{prefix}{token.reveal()}/"


class LinkTokens:
    """Middleware that moves the token from the request's address to `link_token`. It must be the first.

    All responses tell browsers not to pass the URL on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hide the token, also that of the referring page."""
        for name in _ADDRESS_HEADERS:
            if any(prefix in request.META.get(name, "") for prefix in PREFIXES):
                del request.META[name]
        if not is_link(request.path_info):
            return self._get_response(request)
        prefix = without_token(request.path_info)
        request.link_token = token_in(request.path_info, prefix)  # type: ignore[attr-defined]  # LinkRequest
        request.path = request.path_info = request.META["PATH_INFO"] = prefix
        response = self._get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response
