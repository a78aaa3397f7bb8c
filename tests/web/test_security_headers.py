"""Every response carries the security headers unless it set its own."""

from collections.abc import AsyncIterator

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from tests.base import Cast
from tests.web.answer_headers import EXPECTED, POLICY
from voices.web.security_headers import PolicyMiddleware


def answered(response: HttpResponseBase) -> HttpResponseBase:
    """Return the response after it passed the middleware."""
    return PolicyMiddleware(lambda request: response)(HttpRequest())


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_middleware_adds_every_header_for_any_status(status: int) -> None:
    response = answered(HttpResponse(status=status))
    assert {name: response.headers.get(name) for name in EXPECTED} == EXPECTED


def test_middleware_does_not_read_a_stream() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("the stream must not be read")
        yield b""

    response = answered(StreamingHttpResponse(pieces()))
    assert response.headers["Content-Security-Policy"] == POLICY


def test_middleware_keeps_the_policy_of_a_view() -> None:
    response = answered(HttpResponse(headers={"Content-Security-Policy": "sandbox; default-src 'none'"}))
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_logout_empties_the_browser_storage(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    assert not browser.get("/accounts/logout/").has_header("Clear-Site-Data")
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"storage"'
