"""Middleware for pages that call Althea: it names the caller, and responds if too many calls are waiting."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from voices.gateway import BusyError, caller

RETRY_SECONDS = 10
TITLE = "Althea is slow right now"
MESSAGE = "Too many requests are waiting for its answer. Nothing was sent or changed. Go back and try again shortly."


class AltheaCalls:
    """Middleware that attributes calls to Althea to a person, and responds with 503 if there is no free slot."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response, and reset the caller."""
        token = caller.set(None)
        try:
            return self._get_response(request)
        finally:
            caller.reset(token)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> None:
        """Set the caller to the person of this request. Without a login, which sets `member`, no view calls Althea."""
        caller.set(request.user.pk if hasattr(request, "member") else None)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Respond to a call without a free slot."""
        if not isinstance(exception, BusyError):
            return None
        page = render(request, "parts/problem.html", {"title": TITLE, "message": MESSAGE}, status=503)
        page["Retry-After"] = str(RETRY_SECONDS)
        return page
