"""Whether the process answers, whether it can serve, and what a person sees when a form's guard fails."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.models import SealCanary


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200: the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated, else 503."""
    try:
        SealCanary.objects.exists()
    except DatabaseError:
        return HttpResponse("the database does not answer\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose guard is missing or old: what it means and what to do."""
    told = {
        "title": "This form has expired",
        "message": "Nothing was changed. Go back, reload the page and send the form again.",
    }
    return render(request, "parts/problem.html", told, status=403)
