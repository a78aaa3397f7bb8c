"""Readiness, and the page for a form without a valid CSRF token. Liveness is answered before Django (guard/)."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.web.http import stateless
from voices.web.readiness import findings


@stateless
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Respond with the findings of each check; 503 if pages cannot be served."""
    found = findings()
    is_down = any(one.stops_pages for one in found)
    is_whole = not any(one.problems for one in found)
    checks = [{"name": one.check.name, "ok": not one.problems, "detail": one.detail} for one in found]
    status = "not ready" if is_down else "ready" if is_whole else "degraded"
    return JsonResponse({"status": status, "checks": checks}, status=503 if is_down else 200)


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show what a missing or expired CSRF token means and what to do."""
    context = {
        "title": "This form has expired",
        "message": "Nothing was changed. Go back, reload the page and send the form again.",
    }
    return render(request, "parts/problem.html", _wrong_address(request) or context, status=403)


def _wrong_address(request: HttpRequest) -> dict[str, str] | None:
    """Return the problem if the proxy forwards another port or scheme than the browser's, else None."""
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
        f"{seen}. Ask whoever runs the server to make the proxy pass on the full address (nginx: proxy_set_header Host "
        "$http_host and X-Forwarded-Proto $scheme).",
    }
