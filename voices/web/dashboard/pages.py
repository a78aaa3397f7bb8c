"""The dashboard's pages: what needs attention, the figures of a period, a figure as CSV, the clones behind a bar."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from voices.access import dashboard_member, dashboard_teams
from voices.library.dashboard.clones import clones_page, parse_clones
from voices.library.dashboard.contents import figure_of, figures_of, items_of
from voices.library.dashboard.links import Link
from voices.library.dashboard.period import LABELS, OWN, parse_period
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.reasons import OUTCOMES, reason_text
from voices.library.dashboard.table import as_csv
from voices.models import CloneJob, Membership, Team
from voices.web.dashboard.addresses import Addresses
from voices.web.dashboard.drawing import draw
from voices.web.http import StudioRequest, View, team_page

P = ParamSpec("P")
TONES = {"created": "good", "failed": "bad"}


def admin_page(view: Callable[Concatenate[StudioRequest, P], HttpResponse]) -> View[P]:
    """Restrict a view to members of a team, and to staff, who need not be in one."""
    of_members = team_page(view)

    @wraps(view)
    def guarded(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        chosen = view if request.user.is_staff else of_members
        return chosen(request, *args, **kwargs)

    return guarded


def _reading(request: StudioRequest, teams: Sequence[Team] = ()) -> tuple[Reading, Addresses]:
    own: Membership | None = request.member
    choice = teams or dashboard_teams(request.user)
    member, now = dashboard_member(request.user, own, request.GET.get("team", ""), choice), timezone.now()
    period = parse_period(request.GET, today=now.date())
    return Reading(member, period, now), Addresses(member, own)


@require_safe
@admin_page
@gzip_page
def page(request: StudioRequest) -> HttpResponse:
    """Show what needs attention and the figures of the period; for htmx the figures alone."""
    teams = dashboard_teams(request.user)
    reading, addresses = _reading(request, teams)
    context = _figures(reading, addresses)
    if request.htmx:
        return render(request, "dashboard/_figures.html", context)
    context |= {
        "page": "dashboard",
        "teams": teams,
        "items": _items(reading, addresses),
    }
    return render(request, "dashboard/page.html", context)


def _figures(reading: Reading, addresses: Addresses) -> dict[str, Any]:
    period = reading.period
    return {
        "charts": [draw(one, content, period, addresses) for one, content in figures_of(reading)],
        "period": period,
        "periods": [(name, label, name == period.name) for name, label in LABELS.items()],
        "is_own_period": period.name == OWN,
        "team": reading.member.team,
        "team_param": addresses.team,
        "today": reading.now.date(),
    }


def _items(reading: Reading, addresses: Addresses) -> list[dict[str, Any]]:
    return [
        {
            "item": item,
            "url": addresses.of(item.link),
            "action": item.action,
            "action_url": addresses.of(item.action.link) if item.action else "",
        }
        for item in items_of(reading)
    ]


@require_safe
@admin_page
def figure(request: StudioRequest, name: str) -> HttpResponse:
    """Download a figure as CSV."""
    reading, _ = _reading(request)
    found = figure_of(reading, name)
    if found is None:
        raise Http404("There is no such figure.")
    filename = f"{name}-{reading.period.first}-{reading.period.last}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(
        as_csv(*found, reading.period), content_type="text/csv; charset=utf-8", headers=headers
    )


@require_safe
@admin_page
def clones(request: StudioRequest) -> HttpResponse:
    """List the clones behind a bar; for htmx with a cursor only the next ones."""
    reading, addresses = _reading(request)
    asked = parse_clones(request.GET, today=reading.now.date())
    found = clones_page(reading.member, asked, cursor=request.GET.get("cursor", ""))
    pairs = [*asked.query, *([("team", addresses.team)] if addresses.team else [])]
    context = {
        "page": "dashboard",
        "asked": asked,
        "outcome": OUTCOMES.get(asked.outcome, ""),
        "reason": reason_text(asked.reason) if asked.reason else "",
        "rows": [_row(job, addresses) for job in found.jobs],
        "next_url": f"?{urlencode([*pairs, ('cursor', found.next_cursor)])}" if found.next_cursor else "",
        "back_url": addresses.of(Link("voices:dashboard", asked.period.query)),
        "team": reading.member.team,
        "is_own": addresses.is_own,
    }
    is_more = request.htmx and "cursor" in request.GET
    return render(request, "dashboard/_clone_rows.html" if is_more else "dashboard/clones.html", context)


def _row(job: CloneJob, addresses: Addresses) -> dict[str, Any]:
    return {
        "job": job,
        "outcome": OUTCOMES[job.state],
        "tone": TONES.get(job.state, ""),
        "reason": reason_text(job.problem) if job.state == "failed" else "",
        "url": addresses.of(Link("voices:clone-job", args=(job.pk,))),
    }
