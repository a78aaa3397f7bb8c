"""Deletions and "approved" under the two-person rule, through every action that makes them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.actions.approvals.helpers import only_request, turn_on
from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from tests.kit.fakes import NOON
from voices.actions import NotPossibleError
from voices.actions.approvals.deciding import approve, decline, withdraw
from voices.actions.approvals.requests import WaitsForApprovalError
from voices.actions.bulk import steps
from voices.actions.bulk.changes import change_at_once
from voices.actions.bulk.submit import BulkOperation, cancel_bulk, request_bulk_change, retry_bulk
from voices.actions.organise.annotations import move_stage
from voices.actions.voice.delete import delete_voice
from voices.actions.work import RetryPolicy, WorkerContext
from voices.models import (
    Approval,
    ApprovalState,
    BulkRun,
    BulkState,
    BulkVerb,
    ItemState,
    Membership,
    Role,
    Stage,
    Voice,
)

LATER = NOON + timedelta(hours=2)
DELETE = BulkOperation(BulkVerb.DELETE)
TO_APPROVED = BulkOperation(BulkVerb.STAGE, {"stage": "approved"})
TO_RETIRED = BulkOperation(BulkVerb.STAGE, {"stage": "retired"})


@pytest.fixture
def voices(cast: Cast) -> list[Voice]:
    turn_on(cast.northwind)
    account = make_account()
    return [make_voice(cast.ed, name=f"Voice {number}", account=account) for number in (1, 2, 3)]


def never(*_: object, **__: object) -> None:
    raise AssertionError("Althea was asked")


def work_through(run: BulkRun) -> None:
    """Do the run's local changes, as the worker would."""
    context = WorkerContext(worker_id="one", policy=RetryPolicy(), now=timezone.now)
    BulkRun.objects.live().claim(worker_id="one", now=timezone.now(), seconds=60, limit=1)
    run.refresh_from_db()
    steps.start(run, context)
    while steps.change_some(run, context):
        pass
    run.refresh_from_db()


def test_delete_voice_asks_instead_of_deleting(cast: Cast, voices: list[Voice]) -> None:
    key = make_key(cast.ed, account=voices[0].account)
    for _ in range(2):  # the second time, it waits already
        with pytest.raises(NotPossibleError, match=r"second person|already asked for this"):
            delete_voice(member=cast.ed, voice=voices[0], key=key, ask=never, now=lambda: NOON)
    request = only_request()
    assert (str(request), request.voice, request.run.state) == (
        "Delete “Voice 1”", voices[0], BulkState.HELD,
    )  # type: ignore[union-attr]  # a request for a change of voices  # fmt: skip


def test_bulk_deletion_is_one_request(cast: Cast, voices: list[Voice]) -> None:
    ids = [voice.pk for voice in voices]
    run = request_bulk_change(member=cast.ed, operation=DELETE, voices=ids, now=NOON)
    assert (run.state, str(only_request())) == (BulkState.HELD, "Delete 3 voices")
    assert not BulkRun.objects.live().exists()
    approve(member=cast.ada, approval=only_request(), now=LATER)
    run.refresh_from_db()
    assert (run.state, run.due_at, run.actor) == (BulkState.QUEUED, LATER, cast.ed.user)


def test_approved_stage_is_done_for_the_requester(cast: Cast, voices: list[Voice]) -> None:
    with pytest.raises(WaitsForApprovalError) as held:
        move_stage(member=cast.ed, voice=voices[0], seen="draft", stage=Stage.APPROVED, now=NOON)
    assert str(only_request()) == "Move “Voice 1” to Approved"
    approve(member=cast.ada, approval=only_request(), now=LATER)
    work_through(held.value.run)
    voices[0].refresh_from_db()
    assert (voices[0].stage, held.value.run.state) == (Stage.APPROVED, BulkState.DONE)


def test_change_at_once_asks_for_approved_only(cast: Cast, voices: list[Voice]) -> None:
    ids = [voice.pk for voice in voices]
    _, retired = change_at_once(member=cast.ed, operation=TO_RETIRED, voices=ids, now=NOON)
    assert len(retired.changed) == 3
    with pytest.raises(WaitsForApprovalError):
        change_at_once(member=cast.ed, operation=TO_APPROVED, voices=ids, now=NOON)
    assert Voice.objects.filter(stage=Stage.RETIRED).count() == 3


def test_move_stage_from_a_stale_stage_asks_nothing(cast: Cast, voices: list[Voice]) -> None:
    seen = {"seen": "retired", "stage": Stage.APPROVED}
    assert not move_stage(member=cast.ed, voice=voices[0], now=NOON, **seen)  # type: ignore[arg-type]  # both texts
    assert not Approval.objects.exists()


def test_changes_are_made_at_once_without_the_rule(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    assert move_stage(member=cast.ed, voice=voice, seen="draft", stage=Stage.APPROVED, now=NOON)
    assert (
        request_bulk_change(member=cast.ed, operation=DELETE, voices=[voice.pk], now=NOON).state
        == BulkState.QUEUED
    )


def test_run_with_nothing_to_do_asks_nobody(cast: Cast, voices: list[Voice]) -> None:
    refused = {voices[0].pk: "No key."}
    run = request_bulk_change(
        member=cast.ed, operation=DELETE, voices=[voices[0].pk], refused=refused, now=NOON
    )
    assert run.state == BulkState.QUEUED


def test_declined_run_stops_and_retries_as_a_new_request(cast: Cast, voices: list[Voice]) -> None:
    run = request_bulk_change(member=cast.ed, operation=DELETE, voices=[voices[0].pk, voices[1].pk], now=NOON)
    assert not retry_bulk(member=cast.ed, run=run, now=NOON)
    decline(member=cast.ada, approval=only_request(), remark="In use", now=LATER)
    run.refresh_from_db()
    assert (run.state, run.message) == (BulkState.STOPPED, "Ada declined this: In use")
    assert set(run.items.values_list("state", flat=True)) == {ItemState.FAILED}
    assert retry_bulk(member=cast.ed, run=run, now=LATER)
    assert (run.state, Approval.objects.waiting().count()) == (BulkState.HELD, 1)


@pytest.mark.parametrize("by", ["request", "run"])
def test_withdrawn_run_stops(cast: Cast, voices: list[Voice], by: str) -> None:
    run = request_bulk_change(member=cast.ed, operation=DELETE, voices=[voices[0].pk], now=NOON)
    if by == "request":
        withdraw(member=cast.ed, approval=only_request(), now=LATER)
    else:
        cancel_bulk(member=cast.ed, run=run, now=LATER)
    run.refresh_from_db()
    assert (run.state, only_request().state) == (BulkState.STOPPED, ApprovalState.WITHDRAWN)


def test_approve_after_the_voices_are_gone_closes_the_request(cast: Cast, voices: list[Voice]) -> None:
    run = request_bulk_change(
        member=cast.ed, operation=TO_APPROVED, voices=[voices[0].pk, voices[1].pk], now=NOON
    )
    Voice.objects.filter(pk=voices[0].pk).update(deleted_at=NOON)
    Voice.objects.filter(pk=voices[1].pk).update(stage=Stage.APPROVED)
    with pytest.raises(NotPossibleError, match="nothing left to do"):
        approve(member=cast.ada, approval=only_request(), now=LATER)
    run.refresh_from_db()
    assert (run.state, only_request().state) == (BulkState.STOPPED, ApprovalState.EXPIRED)


def test_role_is_checked_again_after_the_approval(cast: Cast, voices: list[Voice]) -> None:
    run = request_bulk_change(member=cast.ed, operation=TO_APPROVED, voices=[voices[0].pk], now=NOON)
    approve(member=cast.ada, approval=only_request(), now=NOON)
    Membership.objects.filter(pk=cast.ed.pk).update(role=Role.VIEWER)
    work_through(run)
    voices[0].refresh_from_db()
    assert (run.state, voices[0].stage) == (BulkState.STOPPED, Stage.DRAFT)
