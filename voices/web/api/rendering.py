"""JSON by pydantic's serializer in Rust."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.renderers import BaseRenderer
from pydantic_core import to_json


class Renderer(BaseRenderer):
    """Writes what operations return, after it was checked against their schema."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Return the data as JSON in UTF-8."""
        return to_json(data)


def json_response(data: Any) -> HttpResponse:
    """Return data that is what the schema says, which checking 100 voices costs as much as reading them.

    Schemathesis compares them with the schema in tests.
    """
    return HttpResponse(to_json(data), content_type="application/json; charset=utf-8")
