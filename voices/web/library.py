"""The library: the home page, its search and its next rows."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from voices.access import Verb, may
from voices.library.filters import parse
from voices.library.pages import jobs_in_sight, library_page
from voices.library.syncs import sync_status
from voices.models import ApiKey
from voices.web.http import StudioRequest, team_page


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """The team's voices; for htmx only the results, or with a cursor only the next rows."""
    filters, cursor = parse(request.GET), request.GET.get("cursor", "")
    query, found = filters.query, library_page(request.member, filters=filters, cursor=cursor)
    more = urlencode([*filters.to_pairs(), ("cursor", found.next_cursor)])
    next_url = f"{reverse('voices:library')}?{more}" if found.next_cursor else ""
    context: dict[str, object] = {
        "page": "library",
        "voices": found.voices,
        "query": query,
        "next_url": next_url,
        "can_clone": may(request.member, Verb.CLONE),
        # Only an empty library asks for it.
        "has_key": bool(found.voices) or ApiKey.objects.owned_by(request.member.user).exists(),
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "library/_rows.html" if cursor else "library/_results.html", context)
    if not query:
        context |= _jobs(request, since=timezone.now())
    context["sync"] = sync_status(request.member)
    context["can_sync"] = may(request.member, Verb.SYNC) and context["has_key"]
    return render(request, "library/page.html", context)


def _jobs(request: StudioRequest, *, since: datetime) -> dict[str, object]:
    jobs = jobs_in_sight(request.member, now=timezone.now(), made_since=since)
    return {"jobs": jobs, "since": since.isoformat(), "any_live": any(job.is_live for job in jobs)}


@require_safe
@team_page
def jobs(request: StudioRequest) -> HttpResponse:
    """The person's own clones above the list, asked for again while one is under way; without htmx the whole page."""
    if not request.htmx:
        return page(request)
    try:
        since = datetime.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        since = timezone.now()
    aware = since if timezone.is_aware(since) else timezone.now()
    return render(request, "library/_jobs.html", _jobs(request, since=aware))
