"""The pages of the two-person rule: waiting requests, a request's details, and the decision."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from voices.access import Verb, get_approval_for, may_approve, require, require_approver
from voices.actions import NotPossibleError
from voices.actions.approvals.deciding import MAX_REMARK, approve, decline, withdraw
from voices.library.approvals import approvals_of, changed_voices, standing_of
from voices.library.quota import Quota, quotas_in
from voices.models import Alias, Approval, ApprovalKind, ApprovalState, CloneJob, Consent
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.sample.report import shown_recording
from voices.web.voice.details import consent_fact

FULL = "{} is full: {} of {} voices. Delete one first, or tick “Approve anyway”."
DONE = {
    ApprovalKind.CLONE: "Approved. The recording is sent with {}'s key.",
    ApprovalKind.DELETE: "Approved. Deleting with {}'s key.",
    ApprovalKind.STAGE: "Approved. The change is made for {}.",
}


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the requests that wait for the member, their own, and recently decided ones."""
    require(request.member, Verb.APPROVE)
    context = {"page": "approvals", "approvals": approvals_of(request.member)}
    context["has_two_person_rule"] = request.member.team.two_person_rule
    return render(request, "approvals/list.html", context)


@require_safe
@team_page
def show(request: StudioRequest, approval_id: UUID) -> HttpResponse:
    """Show a request with everything needed to decide it."""
    approval = get_approval_for(request.member, approval_id)
    is_waiting = approval.state == ApprovalState.WAITING
    context = {
        "page": "approvals",
        "approval": approval,
        "standing": standing_of(approval),
        "can_decide": is_waiting and may_approve(request.member, approval),
        "can_withdraw": is_waiting and approval.requester_id == request.user.pk,
        "max_remark": MAX_REMARK,
        **(_clone_context(approval.job) if approval.job else {}),
        **(_voices_context(approval) if approval.run else {}),
    }
    return render(request, "approvals/page.html", context)


def _clone_context(job: CloneJob) -> dict[str, Any]:
    return {
        "job": job,
        "shown": shown_recording(job.sample) if job.sample else None,
        "can_hear": job.sample and not Consent.objects.quarantine(job.sample, timezone.now()),
        "consent": consent_fact(job),
        "full": _full(job) if job.state == "held" else None,
    }


def _full(job: CloneJob) -> Quota | None:
    return next((one for one in quotas_in([job.account]) if one.is_full), None)


def _voices_context(approval: Approval) -> dict[str, Any]:
    changed = changed_voices(approval)
    aliases = Alias.objects.filter(voice__in=changed.voices).order_by("name")
    return {"changed": changed, "aliases": list(aliases) if approval.kind == ApprovalKind.DELETE else []}


def _decide(
    request: StudioRequest, approval_id: UUID, change: Callable[..., Approval], **values: Any
) -> Approval | None:
    """Make the decision and return the request; if that is impossible, add a message and return None."""
    approval = get_approval_for(request.member, approval_id)
    try:
        return change(member=request.member, approval=approval, now=timezone.now(), **values)
    except NotPossibleError as problem:
        messages.error(request, str(problem))
        return None


def _next(request: StudioRequest, approval_id: UUID, done: str) -> HttpResponse:
    if done:
        messages.success(request, done)
        return redirect_after_post(request, reverse("voices:approvals"))
    return redirect_after_post(request, reverse("voices:approval", args=[approval_id]))


@require_POST
@team_page
def accept(request: StudioRequest, approval_id: UUID) -> HttpResponse:
    """Approve a request, unless the account has no slot for its clone."""
    approval = get_approval_for(request.member, approval_id)
    require_approver(request.member, approval)
    full = _full(approval.job) if approval.job and request.POST.get("anyway") != "1" else None
    if full is not None and approval.state == ApprovalState.WAITING:
        messages.error(request, FULL.format(full.account, full.used, full.allowed))
        return _next(request, approval_id, "")
    done = _decide(request, approval_id, approve, remark=request.POST.get("remark", ""))
    name = approval.requester_name
    return _next(request, approval_id, DONE[ApprovalKind(approval.kind)].format(name) if done else "")


@require_POST
@team_page
def refuse(request: StudioRequest, approval_id: UUID) -> HttpResponse:
    """Decline a request."""
    done = _decide(request, approval_id, decline, remark=request.POST.get("remark", ""))
    return _next(
        request,
        approval_id,
        f"Declined. {done.requester_name} will see it, with your remark." if done else "",
    )


@require_POST
@team_page
def take_back(request: StudioRequest, approval_id: UUID) -> HttpResponse:
    """Withdraw one's own request."""
    done = _decide(request, approval_id, withdraw)
    return _next(request, approval_id, "Withdrawn. Nothing was done." if done else "")
