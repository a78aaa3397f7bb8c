"""Request ids, which appear in log lines, audit entries and the response."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from voices.kit.origin import Origin, coming_from

HEADER = "X-Request-ID"


class Origins:
    """Middleware: the request's id and address are the current origin while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response with the request's id. An id sent by the client is ignored: it could be forged."""
        origin = Origin(request_id=uuid4().hex, address=request.META.get("REMOTE_ADDR", ""))
        # For lines that Django logs after all middlewares.
        request.request_id = origin.request_id  # type: ignore[attr-defined]  # read by the log's formats
        with coming_from(origin):
            response = self.get_response(request)
        response.headers[HEADER] = origin.request_id
        return response
