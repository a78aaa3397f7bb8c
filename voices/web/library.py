"""The library: the home page, its search and filters, its next rows, and the counts that follow."""

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from voices.access import Verb, may
from voices.library.facets import Facet, Facets, chosen_only, facets
from voices.library.filters import SORTS, Filters, parse
from voices.library.pages import jobs_in_sight, library_page
from voices.library.syncs import sync_status
from voices.library.views import view_tabs
from voices.models import ApiKey, CloneJob, State
from voices.web.http import StudioRequest, team_page

FAILED_SHOWN = 3
ALWAYS = {"language", "provider", "stage", "tag", "owner", "health"}


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """The team's voices; for htmx only the results, or with a cursor only the next rows."""
    filters, cursor = parse(request.GET), request.GET.get("cursor", "")
    context = _list(request, filters, cursor)
    if request.htmx and not request.htmx.history_restore_request:
        if cursor:
            return render(request, "library/_rows.html", context)
        context |= {**_views(request, filters), "is_fragment": True}
        answer = render(request, "library/_results.html", context)
        # The form sends its empty fields too; the address is to hold what is asked for and no more.
        answer["HX-Push-Url"] = address(filters)
        return answer
    if filters.is_plain:
        context |= _jobs(request, since=timezone.now())
    context |= _head(request, filters)
    context["can_sync"] = may(request.member, Verb.SYNC) and context["has_key"]
    return render(request, "library/page.html", context)


def address(filters: Filters) -> str:
    """The library's address with these filters, as short as can be."""
    query = filters.to_query()
    return f"{reverse('voices:library')}?{query}" if query else reverse("voices:library")


def _list(request: StudioRequest, filters: Filters, cursor: str) -> dict[str, object]:
    found = library_page(request.member, filters=filters, cursor=cursor)
    more = urlencode([*filters.to_pairs(), ("cursor", found.next_cursor)])
    return {
        "page": "library",
        "voices": found.voices,
        "filters": filters,
        "query": filters.query,
        "canonical": filters.to_query(),
        "next_url": f"{reverse('voices:library')}?{more}" if found.next_cursor else "",
        "can_clone": may(request.member, Verb.CLONE),
        "can_order": may(request.member, Verb.KEEP_ORDER),
        # Only an empty library asks for it.
        "has_key": bool(found.voices) or ApiKey.objects.owned_by(request.member.user).exists(),
    }


def _head(request: StudioRequest, filters: Filters) -> dict[str, object]:
    # Without script a person asks for the counts by a link; else they follow, and keep nobody waiting.
    known = facets(request.member, filters) if request.GET.get("counts") == "1" else None
    return {
        **_chips(request, filters, known),
        **_views(request, filters),
        "sorts": SORTS.items(),
        "sync": sync_status(request.member),
    }


def _views(request: StudioRequest, filters: Filters) -> dict[str, object]:
    tabs = view_tabs(request.member, filters)
    return {"tabs": tabs, "is_saved": any(tab.is_current for tab in tabs)}


def _chips(request: StudioRequest, filters: Filters, known: Facets | None) -> dict[str, object]:
    found = known or chosen_only(request.member, filters)
    return {
        "facets": found,
        "is_counted": known is not None,
        "groups": [group for group in found.groups if _is_shown(group, filters, counted=known is not None)],
        "canonical": filters.to_query(),
        "filters": filters,
    }


def _is_shown(group: Facet, filters: Filters, *, counted: bool) -> bool:
    """Whether a filter is worth a chip: one account or one kind of billing leaves nothing to choose."""
    if filters.values(group.name) or group.name in ALWAYS:
        return True
    return counted and len(group.values) > 1


@require_safe
@team_page
def counts(request: StudioRequest) -> HttpResponse:
    """The filters' values with their counts, and the total; they never keep the list waiting."""
    filters = parse(request.GET)
    if not request.htmx:
        return page(request)
    return render(
        request,
        "library/_chips.html",
        _chips(request, filters, facets(request.member, filters)) | {"is_fragment": True},
    )


def _jobs(request: StudioRequest, *, since: datetime) -> dict[str, object]:
    jobs = jobs_in_sight(request.member, now=timezone.now(), made_since=since)
    shown, folded = _folded(jobs)
    return {
        "jobs": shown,
        "folded": folded,
        "since": since.isoformat(),
        "any_live": any(job.is_live for job in jobs),
    }


def _folded(jobs: list[CloneJob]) -> tuple[list[CloneJob], list[CloneJob]]:
    """What stands open and what is folded away: the failed ones after the third."""
    failed = [job for job in jobs if job.state == State.FAILED][FAILED_SHOWN:]
    return [job for job in jobs if job not in failed], failed


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
