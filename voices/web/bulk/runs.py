"""Changing many voices: the bar below the library posts here; long changes and deletions have a page of their own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import get_bulk_run_for, require
from voices.actions.bulk.changes import NoTagError, change_at_once, prepare
from voices.actions.bulk.submit import NEEDED, BulkOperation, ask_bulk, cancel_bulk, retry_bulk
from voices.library.bulk_runs import progress_of, recent_runs, report_of
from voices.library.filters import parse_query
from voices.library.selection import Selection
from voices.models import BulkRun, BulkVerb
from voices.web.bulk import messages as words
from voices.web.bulk.delete import confirmation, refusals_of
from voices.web.bulk.form import read_choice, read_confirmed, read_wish
from voices.web.http import StudioRequest, redirect_after_post, team_page

LEFT_RUNNING = (
    "bulk_run"  # in the session, for bulk/_line.html: the change that the library tells of until it has ended
)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def start(request: StudioRequest) -> HttpResponse:
    """POST changes the chosen voices, at once or by a run; a deletion is asked about first. GET lists the last runs."""
    if request.method != "POST":
        runs = [(run, words.title(run)) for run in recent_runs(request.member)]
        return render(request, "bulk/list.html", {"page": "library", "runs": runs})
    try:
        wish = read_wish(request.POST)
        require(request.member, NEEDED[wish.verb])
        return _carry_out(request, wish)
    except (ValidationError, NoTagError) as problem:
        messages.error(
            request, " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
        )
        return redirect_after_post(request, library_url(request))


def _carry_out(request: StudioRequest, wish: BulkOperation) -> HttpResponse:
    if wish.verb == BulkVerb.DELETE:
        return _delete(request, wish)
    chosen = read_choice(request.member, request.POST, most=wish.most)
    if not wish.is_quick(len(chosen.ids)):
        return _follow(request, _ask(request, prepare(member=request.member, wish=wish), chosen))
    wish, came = change_at_once(member=request.member, wish=wish, voices=chosen.ids, now=timezone.now())
    counts = {"done": len(came.changed), "failed": len(came.refused)}
    counts["skipped"] = len(chosen.ids) - sum(counts.values())
    told = [words.outcome(wish.verb, wish.argument, **counts), *sorted(set(came.refused.values()))]
    (messages.warning if came.refused else messages.success)(request, " ".join(told))
    return redirect_after_post(request, library_url(request))


def _delete(request: StudioRequest, wish: BulkOperation) -> HttpResponse:
    if request.POST.get("sure") != "1":
        chosen = read_choice(request.member, request.POST, most=wish.most)
        return render(request, "bulk/delete.html", confirmation(request, chosen, library_url(request)))
    chosen = read_confirmed(request.member, request.POST)
    return _follow(request, _ask(request, wish, chosen, refused=refusals_of(request.member, chosen)))


def _ask(
    request: StudioRequest, wish: BulkOperation, chosen: Selection, refused: dict[UUID, str] | None = None
) -> BulkRun:
    return ask_bulk(
        member=request.member,
        wish=wish,
        voices=chosen.ids,
        selection=chosen.words,
        refused=refused,
        now=timezone.now(),
    )


def _follow(request: StudioRequest, run: BulkRun) -> HttpResponse:
    if run.is_live:
        request.session[LEFT_RUNNING] = str(run.pk)
    return redirect_after_post(request, reverse("voices:bulk-run", args=[run.pk]))


def library_url(request: StudioRequest) -> str:
    """The library as it was asked for when the voices were chosen."""
    query = parse_query(request.POST.get("query", "")).to_query()
    return reverse("voices:library") + (f"?{query}" if query else "")


@require_safe
@team_page
def run(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """How far a change is, and then what came of each voice; for htmx only that card, or the library's line of it."""
    if request.htmx and "line" in request.GET:
        return _line(request, run_id)
    found = get_bulk_run_for(request.member, run_id)
    if not found.is_live:
        _forget(request, found.pk)
    context = _told(found) | {
        "page": "library",
        "report": report_of(found, state=request.GET.get("state", ""), page=request.GET.get("page", "")),
        "can_retry": not found.is_live and found.actor == request.member.user,
    }
    return render(request, "bulk/_run.html" if request.htmx else "bulk/run.html", context)


def _told(run: BulkRun) -> dict[str, Any]:
    progress = progress_of(run)
    told = {"title": words.title(run), "sentence": words.sentence(run, progress)}
    return {"run": run, "progress": progress} | told


def _line(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """What the library says of a change that was left running; nothing where it is not this team's."""
    try:
        found = get_bulk_run_for(request.member, run_id)
    except Http404:
        _forget(request, run_id)
        return HttpResponse()
    if not found.is_live:
        _forget(request, found.pk)
    return render(request, "bulk/_line.html", _told(found))


def _forget(request: StudioRequest, run_id: UUID) -> None:
    if request.session.get(LEFT_RUNNING) == str(run_id):
        del request.session[LEFT_RUNNING]


@require_POST
@team_page
def cancel(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Stops what has not begun."""
    found = get_bulk_run_for(request.member, run_id)
    if not cancel_bulk(member=request.member, run=found, now=timezone.now()):
        messages.info(request, "It had already finished.")
    return _follow(request, found)


@require_POST
@team_page
def retry(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Tries again what failed."""
    found = get_bulk_run_for(request.member, run_id)
    if not retry_bulk(member=request.member, run=found, now=timezone.now()):
        messages.info(request, "There is nothing to retry.")
    return _follow(request, found)
