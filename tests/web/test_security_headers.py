"""Every answer carries the policy, under sync and async handlers, and may still set its own."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from voices.web.security_headers import CONTENT_SECURITY_POLICY, HEADERS, PolicyMiddleware


def answered(response: HttpResponseBase) -> HttpResponseBase:
    result = PolicyMiddleware(lambda request: response)(HttpRequest())
    assert isinstance(result, HttpResponseBase)
    return result


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_every_response_has_every_security_header(status: int) -> None:
    response = answered(HttpResponse(status=status))
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


async def test_async_response_has_every_security_header() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    middleware = PolicyMiddleware(view)
    assert iscoroutinefunction(middleware)
    response = await middleware(HttpRequest())
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


def test_header_middleware_is_sync_under_a_sync_handler() -> None:
    assert not iscoroutinefunction(PolicyMiddleware(lambda request: HttpResponse()))


def test_streaming_response_gets_headers_unread() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("the stream must not be read")
        yield b""

    response = answered(StreamingHttpResponse(pieces()))
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_response_keeps_its_own_policy() -> None:
    response = answered(HttpResponse(headers={"Content-Security-Policy": "sandbox; default-src 'none'"}))
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    sources = {source for rule in CONTENT_SECURITY_POLICY.split("; ") for source in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "blob:"}


def test_permissions_policy_allows_only_the_microphone() -> None:
    allowed = [rule for rule in HEADERS["Permissions-Policy"].split(", ") if not rule.endswith("=()")]
    assert allowed == ["microphone=(self)"]
