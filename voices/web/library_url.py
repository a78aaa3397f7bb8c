"""The library's URL with its filters."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from voices.library.filters import Filters, parse_query


def library_url(filters: Filters, view: str = "") -> str:
    """Return the library's URL with these filters, as short as can be, and the saved view they came from."""
    query = urlencode([*filters.to_pairs(), *([("view", view)] if view else [])])
    return f"{reverse('voices:library')}?{query}" if query else reverse("voices:library")


def posted_library_url(request: HttpRequest) -> str:
    """Return the library's URL from which the form was posted: its `query`, cleaned."""
    return library_url(parse_query(request.POST.get("query", "")))
