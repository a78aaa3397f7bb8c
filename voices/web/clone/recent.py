"""The person's recent clones above the library: those in progress, and those that failed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from voices.access import Verb, get_job_for, require
from voices.actions import NotPossibleError
from voices.actions.clone.submit import dismiss_clone, dismiss_clones
from voices.library.jobs import recent_jobs
from voices.models import Membership, State
from voices.web.http import StudioRequest, redirect_after_post, team_page


def recent_clones(member: Membership, *, since: datetime, dismissed: str = "") -> dict[str, Any]:
    """Return the context of `library/_jobs.html`; `dismissed` says which clones the person just dismissed."""
    jobs = recent_jobs(member, now=timezone.now(), made_since=since)
    return {
        "jobs": [job for job in jobs if job.state != State.FAILED],
        "failed": [job for job in jobs if job.state == State.FAILED],
        "any_live": any(job.is_live for job in jobs),
        "since": since.isoformat(),
        "dismissed": dismissed,
    }


def read_since(text: str) -> datetime:
    """Return the time in a URL or form, or now if it is invalid or out of the database's range."""
    try:
        since = datetime.fromisoformat(text)
        return since.astimezone(UTC) if timezone.is_aware(since) else timezone.now()
    except (ValueError, OverflowError):
        return timezone.now()


@require_POST
@team_page
def dismiss(request: StudioRequest, job_id: UUID) -> HttpResponse:
    """Dismiss a failed clone."""
    require(request.member, Verb.CLONE)  # before the fetch: a viewer gets 403 for any job
    job = get_job_for(request.member, job_id)
    try:
        dismiss_clone(member=request.member, job=job, now=timezone.now())
    except NotPossibleError as problem:
        messages.error(request, str(problem))
        return redirect_after_post(request, reverse("voices:library"))
    return _remaining(request, f"Clone {job.name} dismissed.")


@require_POST
@team_page
def dismiss_all(request: StudioRequest) -> HttpResponse:
    """Dismiss the failed clones that the page listed, and no others that failed since."""
    ids = [found for text in request.POST.getlist("job") if (found := _uuid(text))]
    count = dismiss_clones(member=request.member, ids=ids, now=timezone.now())
    return _remaining(request, f"{count} clone{'' if count == 1 else 's'} dismissed.")


def _remaining(request: StudioRequest, dismissed: str) -> HttpResponse:
    """Show what is left of the list, or the library without script."""
    if not request.htmx:
        return redirect_after_post(request, reverse("voices:library"))
    since = read_since(request.POST.get("since", ""))
    return render(
        request, "library/_jobs.html", recent_clones(request.member, since=since, dismissed=dismissed)
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
