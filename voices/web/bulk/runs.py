"""Bulk changes: the library's bulk bar posts here; long ones have a page of their own."""

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
from voices.actions import NotPossibleError
from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.bulk.changes import NoTagError, change_at_once, prepare
from voices.actions.bulk.submit import NEEDED, BulkOperation, cancel_bulk, request_bulk_change, retry_bulk
from voices.actions.bulk.swap_request import SwapError, undo_swap
from voices.library.approvals import waiting_for
from voices.library.bulk_runs import progress_of, recent_runs, report_of
from voices.library.selection import Selection
from voices.models import BulkRun, BulkVerb, VoiceSwap
from voices.web.bulk import messages as texts
from voices.web.bulk.delete import confirmation, refusals_of
from voices.web.bulk.form import read_confirmed, read_operation, read_selection
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.library_url import posted_library_url

# The session key of the run whose progress the library shows (bulk/_line.html) until it has ended.
RUN_SESSION_KEY = "bulk_run"


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def start(request: StudioRequest) -> HttpResponse:
    """Change the selected voices, or confirm a deletion first. On GET, list recent runs."""
    if request.method != "POST":
        runs = [(run, texts.title(run)) for run in recent_runs(request.member)]
        return render(request, "bulk/list.html", {"page": "library", "runs": runs})
    try:
        operation = read_operation(request.POST)
        require(request.member, NEEDED[operation.verb])
        return _apply(request, operation)
    except WaitsForApprovalError as held:
        return follow(request, held.run)
    except (ValidationError, NoTagError, NotPossibleError) as problem:
        messages.error(
            request, " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
        )
        return redirect_after_post(request, posted_library_url(request))


def _apply(request: StudioRequest, operation: BulkOperation) -> HttpResponse:
    if operation.verb == BulkVerb.DELETE:
        return _delete(request, operation)
    chosen = read_selection(request.member, request.POST, limit=operation.max_voices)
    if not operation.is_quick(len(chosen.ids)):
        return follow(
            request, _start_run(request, prepare(member=request.member, operation=operation), chosen)
        )
    operation, result = change_at_once(
        member=request.member, operation=operation, voices=chosen.ids, now=timezone.now()
    )
    counts = {"done": len(result.changed), "failed": len(result.refused)}
    counts["skipped"] = len(chosen.ids) - sum(counts.values())
    sentences = [
        texts.outcome(operation.verb, operation.argument, **counts),
        *sorted(set(result.refused.values())),
    ]
    (messages.warning if result.refused else messages.success)(request, " ".join(sentences))
    return redirect_after_post(request, posted_library_url(request))


def _delete(request: StudioRequest, operation: BulkOperation) -> HttpResponse:
    if request.POST.get("sure") != "1":
        chosen = read_selection(request.member, request.POST, limit=operation.max_voices)
        return render(request, "bulk/delete.html", confirmation(request, chosen, posted_library_url(request)))
    chosen = read_confirmed(request.member, request.POST)
    return follow(
        request, _start_run(request, operation, chosen, refused=refusals_of(request.member, chosen))
    )


def _start_run(
    request: StudioRequest,
    operation: BulkOperation,
    chosen: Selection,
    refused: dict[UUID, str] | None = None,
) -> BulkRun:
    return request_bulk_change(
        member=request.member,
        operation=operation,
        voices=chosen.ids,
        selection=chosen.summary,
        refused=refused,
        now=timezone.now(),
    )


def follow(request: StudioRequest, run: BulkRun) -> HttpResponse:
    """Redirect to the run's page, and have the library show its progress until it has ended."""
    if run.is_live:
        request.session[RUN_SESSION_KEY] = str(run.pk)
    return redirect_after_post(request, reverse("voices:bulk-run", args=[run.pk]))


@require_safe
@team_page
def run(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Show a run's progress, then its results; for htmx only that card, or the library's line."""
    if request.htmx and "line" in request.GET:
        return _line(request, run_id)
    found = get_bulk_run_for(request.member, run_id)
    if not found.is_live:
        _forget(request, found.pk)
    context = _context(found) | {
        "page": "library",
        "report": report_of(found, state=request.GET.get("state", ""), page=request.GET.get("page", "")),
        "approval": None if found.has_ended or found.is_live else waiting_for(run=found),
        "can_retry": found.has_ended and found.actor == request.member.user,
        **_swap_of(found),
    }
    return render(request, "bulk/_run.html" if request.htmx else "bulk/run.html", context)


def _context(run: BulkRun) -> dict[str, Any]:
    progress = progress_of(run)
    title, sentence = texts.title(run), texts.sentence(run, progress)
    return {"run": run, "progress": progress, "title": title, "sentence": sentence}


def _swap_of(run: BulkRun) -> dict[str, Any]:
    if run.verb != BulkVerb.SWAP:
        return {}
    swap = VoiceSwap.objects.select_related("old", "undoes").get(run=run)
    return {"swap": swap, "undone_by": VoiceSwap.objects.filter(undoes=run).first()}


def _line(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Show the library's line about a run; nothing if it is not this team's."""
    try:
        found = get_bulk_run_for(request.member, run_id)
    except Http404:
        _forget(request, run_id)
        return HttpResponse()
    if not found.is_live:
        _forget(request, found.pk)
    return render(request, "bulk/_line.html", _context(found))


def _forget(request: StudioRequest, run_id: UUID) -> None:
    if request.session.get(RUN_SESSION_KEY) == str(run_id):
        del request.session[RUN_SESSION_KEY]


@require_POST
@team_page
def cancel(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Stop a run. Voices already in progress are finished."""
    found = get_bulk_run_for(request.member, run_id)
    if not cancel_bulk(member=request.member, run=found, now=timezone.now()):
        messages.info(request, "It had already finished.")
    return follow(request, found)


@require_POST
@team_page
def retry(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Retry the voices that failed."""
    found = get_bulk_run_for(request.member, run_id)
    try:
        if not retry_bulk(member=request.member, run=found, now=timezone.now()):
            messages.info(request, "There is nothing to retry.")
    except NotPossibleError as problem:
        messages.error(request, str(problem))
    return follow(request, found)


@require_POST
@team_page
def undo(request: StudioRequest, run_id: UUID) -> HttpResponse:
    """Undo the changes of a run to agents, by a run of its own."""
    found = get_bulk_run_for(request.member, run_id)
    try:
        return follow(request, undo_swap(member=request.member, run=found, now=timezone.now()))
    except SwapError as problem:
        messages.error(request, str(problem))
        return follow(request, found)
