"""The address of the site, as answers name it."""

from django.http import HttpRequest


def site_of(request: HttpRequest) -> str:
    """Return scheme and host, without a slash."""
    return request.build_absolute_uri("/").rstrip("/")
