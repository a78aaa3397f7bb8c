"""Liveness, readiness, and the page for a form without a valid CSRF token."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.web.http import stateless
from voices.web.readiness import problems


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process is alive."""
    return HttpResponse("ok\n", content_type="text/plain")


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
    return render(request, "parts/problem.html", context, status=403)
