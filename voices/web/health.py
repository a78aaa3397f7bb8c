"""Readiness, and the page for a form without a valid CSRF token. Liveness is answered before Django (guard/)."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.web.http import stateless
from voices.web.readiness import problems


@stateless
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database is migrated and can be written, and the folders too; else 503 and what is wrong."""
    if found := problems():
        return HttpResponse("\n".join([*found, ""]), content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show what a missing or expired CSRF token means and what to do."""
    context = {
        "title": "This form has expired",
        "message": "Nothing was changed. Go back, reload the page and send the form again.",
    }
    return render(request, "parts/problem.html", _wrong_address(request) or context, status=403)


def _wrong_address(request: HttpRequest) -> dict[str, str] | None:
    """Return what is wrong if the proxy passes on another port or scheme than the browser's, else None."""
    try:
        origin = urlsplit(request.headers.get("Origin") or request.headers.get("Referer", ""))
    except ValueError:
        return None
    seen, sent = f"{request.scheme}://{request.get_host()}", f"{origin.scheme}://{origin.netloc}"
    if origin.hostname != urlsplit(seen).hostname or sent == seen:
        return None
    return {
        "title": "The address doesn't match",
        "message": f"Nothing was changed. Your browser opened {sent}, but the proxy in front of Voice Studio says "
        f"{seen}. Whoever runs the server must let it pass on the full address (nginx: proxy_set_header Host "
        "$http_host and X-Forwarded-Proto $scheme).",
    }
