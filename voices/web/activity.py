"""The activity page: the trail of a team, or for staff of all, with filters and as a file."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from voices.access import ActivityScope, get_activity_scope, reads_all_activity
from voices.actions.activity.exports import record_activity_export
from voices.audit import TOPICS
from voices.library.trail import export
from voices.library.trail.choices import people_of, shown_person, shown_thing, teams_to_choose
from voices.library.trail.filters import TrailFilters, parse_filters
from voices.library.trail.pages import matching_entries, trail_page
from voices.library.trail.wording import lines_of
from voices.models import AuditEntry
from voices.web.http import StudioRequest, team_page
from voices.web.streams import streamed

Write = Callable[[Iterator[list[AuditEntry]]], Iterator[str]]
FORMATS: dict[str, tuple[str, Write]] = {
    "csv": ("text/csv; charset=utf-8", export.as_csv),
    "jsonl": ("application/jsonl", export.as_json_lines),
}


def staff_or_team_page(
    view: Callable[[StudioRequest], HttpResponse],
) -> Callable[[StudioRequest], HttpResponse]:
    """Restrict a view to members of a team, and to staff who may read all activity."""
    of_team = team_page(view)

    def guarded(request: StudioRequest) -> HttpResponse:
        return view(request) if reads_all_activity(request.user) else of_team(request)

    return guarded


@require_safe
@staff_or_team_page
@gzip_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the newest entries that match; for htmx with a cursor only the next ones."""
    scope, filters = _asked(request)
    found = trail_page(scope, filters, cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {
        "page": "activity",
        "scope": scope,
        "filters": filters,
        "lines": lines_of(scope, found.entries),
        "team_query": QueryDict(urlencode(_query(scope))),
        "searched_to": found.searched_to,
        "next_url": _url("voices:activity", scope, filters, cursor=found.next_cursor)
        if found.next_cursor
        else "",
        "is_next": "cursor" in request.GET,
    }
    if request.htmx and context["is_next"]:
        return render(request, "activity/_lines.html", context)
    return render(request, "activity/page.html", context | _head(scope, filters))


def _asked(request: StudioRequest) -> tuple[ActivityScope, TrailFilters]:
    scope = get_activity_scope(request.user, request.member, request.GET.get("team", ""))
    return scope, parse_filters(request.GET)


def _head(scope: ActivityScope, filters: TrailFilters) -> dict[str, Any]:
    """Return what the form of the filters and the links to files need."""
    return {
        "topics": [(key, label) for key, (label, _) in TOPICS.items()],
        "people": people_of(scope),
        "chosen_person": shown_person(filters.person),
        "chosen_thing": shown_thing(scope, filters.thing),
        "teams": teams_to_choose() if scope.may_choose else [],
        "kept_days": settings.ACTIVITY_DAYS,
        "without_thing": _url("voices:activity", scope, filters.without("thing")),
        "files": [
            (label, _url("voices:activity-export", scope, filters, format=kind))
            for kind, label in (("csv", "CSV"), ("jsonl", "JSON lines (OCSF)"))
        ],
    }


def _query(scope: ActivityScope) -> dict[str, str]:
    return {"team": str(scope.team.pk) if scope.team else "all"} if scope.may_choose else {}


def _url(name: str, scope: ActivityScope, filters: TrailFilters, **more: str) -> str:
    query = urlencode([*_query(scope).items(), *filters.pairs, *more.items()])
    return f"{reverse(name)}?{query}" if query else reverse(name)


@require_safe
@staff_or_team_page
def download(request: StudioRequest) -> HttpResponse:
    """Download the entries that match as CSV, or as OCSF events in JSON lines. Audited."""
    scope, filters = _asked(request)
    kind = request.GET.get("format", "")
    kind = kind if kind in FORMATS else "csv"
    content_type, write = FORMATS[kind]
    if request.method == "HEAD":
        return HttpResponse(headers=_headers(scope, kind), content_type=content_type)
    record_activity_export(user=request.user, team=scope.team, kind=kind, query=filters.query)
    parts = write(export.batches(matching_entries(scope, filters)))
    return streamed(request, parts, content_type=content_type, headers=_headers(scope, kind))


def _headers(scope: ActivityScope, kind: str) -> dict[str, str]:
    team = slugify(scope.team.name, allow_unicode=True) if scope.team else "all-teams"
    name = f"activity-{team or 'team'}-{timezone.localdate():%Y-%m-%d}.{kind}"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
