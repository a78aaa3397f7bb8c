"""A clone under the two-person rule: held until another person approves it, then sent with the requester's key."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from tests.actions.approvals.helpers import clone, only_request, other_voice, turn_on
from tests.base import Cast, make_cast
from tests.builders import make_batch, make_job, make_key, make_request, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions import NotPossibleError
from voices.actions.approvals.deciding import approve, decline, expire_moot_approvals, withdraw
from voices.actions.clone.batches import row_token, submit_row
from voices.actions.clone.reclone import reclone
from voices.actions.clone.submit import can_retry, cancel_clone, retry_clone
from voices.actions.consents.ending import withdraw_consent
from voices.actions.consents.stating import draft_consent
from voices.actions.members.leaving import consequences_of_leaving, remove_member
from voices.actions.speakers.deciding import accept_recording
from voices.actions.voice.names import NameInUseError
from voices.models import (
    Approval,
    ApprovalState,
    AuditEntry,
    CloneJob,
    KeyState,
    Membership,
    Role,
    State,
)

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def held(cast: Cast) -> CloneJob:
    turn_on(cast.northwind)
    return clone(cast.ed)


def state_of(job: CloneJob) -> str:
    job.refresh_from_db()
    return job.state


def test_clone_of_another_voice_is_held(cast: Cast, held: CloneJob) -> None:
    request = only_request()
    assert (held.state, str(request), request.requester) == (State.HELD, "Clone “Marlene”", cast.ed.user)
    assert request.expires_at == NOON + timedelta(days=14)
    assert not CloneJob.objects.live().exists()
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "consent.stated", "clone.submitted", "approval.requested",
    ]  # fmt: skip


def test_clone_is_held_for_its_consent_and_a_ruled_team_only(cast: Cast) -> None:
    assert clone(cast.ed).state == State.READY
    turn_on(cast.northwind)
    own = draft_consent(team=cast.northwind, basis="own")
    made = draft_consent(team=cast.northwind, basis="made")
    assert clone(cast.ed, name="Mine", consent=own).state == State.READY
    assert clone(cast.ed, name="Made", consent=made).state == State.HELD
    gone = make_voice(cast.ed, gone_at=NOON, sample=make_sample(cast.ed))
    own = draft_consent(team=cast.northwind, basis="own")
    again = clone(cast.ed, name="Again", consent=own, replaces=gone, sample=gone.sample)
    assert again.state == State.HELD


def test_approved_clone_goes_on_with_the_requesters_key(cast: Cast, held: CloneJob) -> None:
    done = approve(member=cast.ada, approval=only_request(), remark=" Heard it. ", now=LATER)
    assert (done.state, done.decided_by, done.message) == (
        ApprovalState.APPROVED,
        cast.ada.user,
        "Heard it.",
    )
    held.refresh_from_db()
    assert (held.state, held.due_at, held.actor) == (State.READY, LATER, cast.ed.user)
    assert held.key is not None and held.key.owner == cast.ed.user
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, entry.actor, entry.facts["requester"]) == ("approval.approved", cast.ada.user, "Ed")


@pytest.mark.parametrize(("who", "message"), [("ed", "asked for this yourself"), ("vera", "Viewer")])
def test_approve_needs_a_second_editor_or_admin(cast: Cast, held: CloneJob, who: str, message: str) -> None:
    for decide in (approve, decline):
        with pytest.raises(PermissionDenied, match=message):
            decide(member=getattr(cast, who), approval=only_request(), now=LATER)
    assert state_of(held) == State.HELD


def test_declined_clone_fails_with_the_reason(cast: Cast, held: CloneJob) -> None:
    decline(member=cast.ada, approval=only_request(), remark="Wrong Ana", now=LATER)
    assert state_of(held) == State.FAILED
    assert (held.message, can_retry(held)) == ("Ada declined this: Wrong Ana", False)
    with pytest.raises(NotPossibleError, match="was already declined by Ada"):
        approve(member=cast.ada, approval=only_request(), now=LATER)


def test_withdraw_is_for_the_requester_and_cancels(cast: Cast, held: CloneJob) -> None:
    with pytest.raises(PermissionDenied, match="Only the person who asked"):
        withdraw(member=cast.ada, approval=only_request(), now=LATER)
    assert withdraw(member=cast.ed, approval=only_request(), now=LATER).state == ApprovalState.WITHDRAWN
    assert state_of(held) == State.CANCELLED


def test_cancelled_clone_withdraws_its_request(cast: Cast, held: CloneJob) -> None:
    cancel_clone(member=cast.ed, job=held, now=LATER)
    assert only_request().state == ApprovalState.WITHDRAWN


def test_held_clone_keeps_its_name(cast: Cast, held: CloneJob) -> None:
    with pytest.raises(NameInUseError, match="already in progress"):
        clone(cast.ed, key=held.key)


@pytest.mark.parametrize("change", ["demoted", "removed", "deactivated", "late"])
def test_request_that_lost_its_requester_is_closed(cast: Cast, held: CloneJob, change: str) -> None:
    now = LATER
    if change == "demoted":
        Membership.objects.filter(pk=cast.ed.pk).update(role=Role.VIEWER)
    elif change == "removed":
        cast.ed.delete()
    elif change == "deactivated":
        type(cast.ed.user).objects.filter(pk=cast.ed.user.pk).update(is_active=False)
    else:
        now = NOON + timedelta(days=14)
    reason = "Nobody decided within 14 days" if change == "late" else "Ed left the team or can't do this"
    with pytest.raises(NotPossibleError, match=reason):
        approve(member=cast.ada, approval=only_request(), now=now)
    assert only_request().state == ApprovalState.EXPIRED
    assert state_of(held) == State.FAILED
    assert held.message.startswith(reason)


def test_close_lost_approvals_closes_what_nobody_can_decide(cast: Cast, held: CloneJob) -> None:
    assert expire_moot_approvals(now=LATER) == 0
    Membership.objects.filter(pk=cast.ed.pk).update(role=Role.VIEWER)
    assert (expire_moot_approvals(now=LATER), expire_moot_approvals(now=LATER)) == (1, 0)
    assert state_of(held) == State.FAILED


def refuse_key(job: CloneJob) -> None:
    type(job.key).objects.filter(pk=job.key_id).update(state=KeyState.REFUSED)  # type: ignore[union-attr]  # stored


def end_consent(job: CloneJob) -> None:
    member = Membership.objects.get(user=job.actor)
    assert job.consent is not None
    withdraw_consent(member=member, consent=job.consent, reason="Left", now=NOON)


def take_name(job: CloneJob) -> None:
    make_voice(Membership.objects.get(user=job.actor), name=job.name, account=job.account)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(refuse_key, "not ready for cloning"), (end_consent, "withdrawn"), (take_name, "already have a voice")],
)
def test_approve_checks_again_what_may_have_changed(
    cast: Cast, held: CloneJob, change: Any, reason: str
) -> None:
    change(held)
    with pytest.raises(NotPossibleError, match=reason):
        approve(member=cast.ada, approval=only_request(), now=LATER)
    assert (only_request().state, state_of(held)) == (ApprovalState.WAITING, State.HELD)


def test_rule_turned_off_leaves_the_decision(cast: Cast, held: CloneJob) -> None:
    type(cast.northwind).objects.update(two_person_rule=False)
    assert state_of(held) == State.HELD
    approve(member=cast.ada, approval=only_request(), now=LATER)
    assert state_of(held) == State.READY


def test_retry_is_held_unless_it_was_approved(cast: Cast) -> None:
    job = clone(cast.ed)
    turn_on(cast.northwind)  # what is under way goes on
    assert state_of(job) == State.READY
    job.move(State.FAILED, problem="not_sent", ended_at=NOON)
    assert retry_clone(member=cast.ed, job=job, now=NOON).state == State.HELD
    approve(member=cast.ada, approval=only_request(), now=LATER)
    job.refresh_from_db()
    job.move(State.FAILED, problem="not_sent", ended_at=NOON)
    assert retry_clone(member=cast.ed, job=job, now=LATER).state == State.READY


def test_cancelled_retry_keeps_what_may_have_landed(cast: Cast) -> None:
    turn_on(cast.northwind)
    consent = clone(cast.ed, name="First").consent
    job = make_job(cast.ed, state=State.FAILED, problem="unknown", in_doubt=True, consent=consent)
    retry_clone(member=cast.ed, job=job, now=NOON)
    cancel_clone(member=cast.ed, job=job, now=LATER)
    assert (state_of(job), job.message) == (State.FAILED, "The request for approval was withdrawn.")


@pytest.mark.django_db(transaction=True)
def test_approve_by_two_at_once_sends_once() -> None:
    cast = make_cast()
    turn_on(cast.northwind)
    clone(cast.ed, key=make_key(cast.ed))

    def decide(_: int) -> str:
        try:
            return approve(member=cast.ada, approval=only_request(), now=LATER).state
        except NotPossibleError as problem:
            return str(problem)

    assert sorted(at_once(decide, count=2)) == ["This request was already approved by Ada.", "approved"]
    assert CloneJob.objects.get().state == State.READY
    assert Approval.objects.filter(state=ApprovalState.APPROVED).count() == 1


# --- every door --------------------------------------------------------------------------------------


def test_row_of_a_batch_is_held(cast: Cast) -> None:
    turn_on(cast.northwind)
    row = make_batch(cast.ed, "Anna").rows.get()
    values = {"name": "Anna", "description": "", "language": "en", "consent": other_voice(cast.northwind)}
    job = submit_row(
        member=cast.ed, row=row, now=NOON, key=row.batch.key, form_token=row_token(row), **values
    )  # type: ignore[arg-type]  # by name
    assert job is not None
    assert (job.state, str(only_request())) == (State.HELD, "Clone “Anna”")


def test_clone_again_is_held(cast: Cast) -> None:
    turn_on(cast.northwind)
    gone = make_voice(cast.ada, gone_at=NOON, sample=make_sample(cast.ada))
    job = reclone(
        member=cast.ada, voice=gone, now=NOON, key=make_key(cast.ada), name="Marlene", description="",
        language="en", consent=draft_consent(team=cast.northwind, basis="own"), form_token=uuid4(),
    )  # fmt: skip
    assert job.state == State.HELD
    Membership.objects.filter(pk=cast.ada.pk).update(role=Role.EDITOR)  # who may not clone again
    with pytest.raises(NotPossibleError, match="can't do this"):
        approve(member=cast.ed, approval=only_request(), now=LATER)


def test_clone_from_a_speakers_link_is_held(cast: Cast) -> None:
    turn_on(cast.northwind)
    received = {
        "state": "received",
        "sample": make_sample(cast.ed),
        "received_at": NOON,
        "signed_name": "Ana",
    }
    asked = accept_recording(member=cast.ed, request=make_request(cast.ed, **received), now=NOON)
    assert clone(cast.ed, consent=asked.consent, sample=asked.sample).state == State.HELD


def test_leaving_member_closes_their_requests(cast: Cast, held: CloneJob) -> None:
    assert "1 request waiting for approval: closed." in consequences_of_leaving(cast.ed)
    done = remove_member(member=cast.ada, of=cast.ed, now=LATER)
    assert "1 request for approval closed." in done
    assert (only_request().state, state_of(held)) == (ApprovalState.EXPIRED, State.FAILED)
