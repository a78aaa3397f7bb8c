"""Streaming responses, generated part by part."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TypeVar, cast

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

Part = TypeVar("Part", str, bytes)


def streamed(
    request: HttpRequest, parts: Iterator[Part], *, content_type: str, headers: Mapping[str, str]
) -> HttpResponse:
    """Return a response that sends each part as it is made."""
    # Under ASGI, Django would consume a plain iterator before sending the first byte.
    content = _async_parts(parts) if isinstance(request, ASGIRequest) else parts
    response: HttpResponseBase = StreamingHttpResponse(
        content, content_type=content_type, headers=dict(headers)
    )
    return cast(HttpResponse, response)


async def _async_parts(parts: Iterator[Part]) -> AsyncIterator[Part]:
    """Yield the parts, each made in the request's own thread after the previous one was sent."""
    while (part := await sync_to_async(_next)(parts)) is not None:
        yield part


def _next(parts: Iterator[Part]) -> Part | None:
    return next(parts, None)
