"""Bulk changes: requested, cancelled and retried here; the worker takes the steps (bulk/steps.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.approvals.requests import (
    WaitsForApprovalError,
    covered_kind,
    has_two_person_rule,
    request_run_approval,
    run_needs_approval,
    withdraw_waiting,
)
from voices.kit.origin import current_request_id
from voices.models import BULK_LIVE, BulkItem, BulkRun, BulkState, BulkVerb, ItemState, Membership, Voice

# Larger changes are left to the worker: a request that blocks the database for a second delays others.
MAX_AT_ONCE = 200
MAX_LOCAL = 10_000
MAX_DELETED = 1_000
KEPT_DAYS = 30
BATCH = 500
NOT_ENDED = (BulkState.HELD, *BULK_LIVE)
CANCELLED = "Not done: the bulk change was cancelled first."
NOT_YOURS = "Only the person who requested this change can retry it: it uses their own key."

NEEDED: Mapping[str, Verb] = {
    BulkVerb.TAG: Verb.ORGANISE,
    BulkVerb.UNTAG: Verb.ORGANISE,
    BulkVerb.STAGE: Verb.ORGANISE,
    BulkVerb.FAVOURITE: Verb.SEE_LIBRARY,
    BulkVerb.UNFAVOURITE: Verb.SEE_LIBRARY,
    BulkVerb.DELETE: Verb.DELETE_VOICE,
    BulkVerb.SWAP: Verb.EDIT_VOICE,
    BulkVerb.MODEL: Verb.EDIT_VOICE,
}
# What the bulk bar offers. A swap changes agents and has its form, as the change of a model has.
OF_VOICES = frozenset(BulkVerb) - {BulkVerb.SWAP, BulkVerb.MODEL}
AT_ALTHEA = frozenset({BulkVerb.DELETE, BulkVerb.SWAP, BulkVerb.MODEL})


@dataclass(frozen=True)
class BulkOperation:
    """The change to make to each voice: the verb, with the tag's or the stage's name if it has one."""

    verb: BulkVerb
    argument: Mapping[str, Any] = field(default_factory=dict)

    @property
    def max_voices(self) -> int:
        """The maximum number of voices of one change."""
        return MAX_DELETED if self.verb in AT_ALTHEA else MAX_LOCAL

    def is_quick(self, count: int) -> bool:
        """Whether `count` voices are changed within the request."""
        return self.verb not in AT_ALTHEA and count <= MAX_AT_ONCE


def request_bulk_change(
    *,
    member: Membership,
    operation: BulkOperation,
    voices: Sequence[UUID],
    now: datetime,
    selection: str = "",
    refused: Mapping[UUID, str] | None = None,
) -> BulkRun:
    """Queue the change with an item for each voice; those in `refused` fail at once.

    Ids of other teams are skipped, the others processed in the given order. The run is held for approval if the
    two-person rule covers it. Raises PermissionDenied; NotPossibleError if the same already waits for approval.
    """
    require(member, NEEDED[operation.verb])
    run = BulkRun(team=member.team, actor=member.user, verb=operation.verb, argument=dict(operation.argument))
    run.selection, run.due_at = selection[:300], now
    with transaction.atomic():
        names = _names(member, voices)
        run.total = len(names)
        run.save(force_insert=True)
        items = [_item(run, pk, names[pk], refused or {}) for pk in dict.fromkeys(voices) if pk in names]
        BulkItem.objects.bulk_create(items, batch_size=BATCH)
        audit.record_by(member, "bulk.asked", run, **operation.argument, voices=run.total)
        _hold(member, run, now)
    return run


def _hold(member: Membership, run: BulkRun, now: datetime) -> None:
    """Hold a queued run with waiting items for approval if the two-person rule covers it."""
    if run_needs_approval(run) and run.items.filter(state=ItemState.WAITING).exists():
        BulkRun.objects.filter(pk=run.pk).update(state=BulkState.HELD)
        run.state = BulkState.HELD
        request_run_approval(member=member, run=run, now=now)


def hold_if_covered(
    *, member: Membership, operation: BulkOperation, voices: Sequence[UUID], now: datetime
) -> None:
    """Request approval, and raise, if the two-person rule covers a change that would be made at once.

    Raises WaitsForApprovalError with the held run; PermissionDenied; NotPossibleError if the same already waits.
    """
    if covered_kind(operation.verb, operation.argument) and has_two_person_rule(member.team):
        run = request_bulk_change(member=member, operation=operation, voices=voices, now=now)
        if run.state == BulkState.HELD:
            raise WaitsForApprovalError(run)


def _names(member: Membership, voices: Sequence[UUID]) -> dict[UUID, str]:
    rows, found = Voice.objects.of_team(member.team), dict[UUID, str]()
    for start in range(0, len(voices), BATCH):
        found |= dict(rows.filter(pk__in=voices[start : start + BATCH]).values_list("pk", "name"))
    return found


def _item(run: BulkRun, voice_id: UUID, name: str, refused: Mapping[UUID, str]) -> BulkItem:
    reason = refused.get(voice_id, "")
    state = ItemState.FAILED if reason else ItemState.WAITING
    return BulkItem(run=run, voice_id=voice_id, name=name, state=state, message=reason[:300])


def cancel_bulk(*, member: Membership, run: BulkRun, now: datetime) -> bool:
    """Stop a live or held run. Return False if it has ended.

    The outcome of a call in progress is still stored; all waiting items are marked failed.
    """
    message = f"Cancelled by {member.user.shown_name}."
    with transaction.atomic():
        withdraw_waiting(member=member, now=now, run=run)
        return _stop(run, NOT_ENDED, message=message, note=CANCELLED, now=now, member=member)


def _stop(
    run: BulkRun,
    states: Collection[BulkState],
    *,
    message: str,
    note: str,
    now: datetime,
    member: Membership | None,
) -> bool:
    rows = BulkRun.objects.filter(pk=run.pk, state__in=states)
    if not rows.update(state=BulkState.STOPPED, message=message[:500], ended_at=now, lease_until=None):
        return False
    run.refresh_from_db()
    run.items.filter(state=ItemState.WAITING).update(state=ItemState.FAILED, message=note[:300])
    record_end(run, member=member)
    return True


def drop_held_run(*, run: BulkRun, message: str, now: datetime) -> bool:
    """Stop a held run that was not approved. Return False if it is no longer held."""
    return _stop(run, [BulkState.HELD], message=message, note=message, now=now, member=None)


def release_held_run(*, run: BulkRun, now: datetime) -> bool:
    """Queue a held run that was approved, on behalf of its requester. Return False if it is not held.

    The worker checks their role and keys before each chunk.
    """
    return bool(
        BulkRun.objects.filter(pk=run.pk, state=BulkState.HELD).update(state=BulkState.QUEUED, due_at=now)
    )


def retry_bulk(*, member: Membership, run: BulkRun, now: datetime) -> bool:
    """Queue the failed voices of an ended run again. Return False if none failed or the run has not ended.

    It is held if the two-person rule covers it and nobody has approved it. Raises PermissionDenied for anybody but the
    requester; NotPossibleError if the same already waits for approval.
    """
    if run.actor != member.user:
        raise PermissionDenied(NOT_YOURS)
    require(member, NEEDED[run.verb])
    with transaction.atomic():
        failed = run.items.filter(state=ItemState.FAILED)
        ended = BulkRun.objects.filter(pk=run.pk).exclude(state__in=NOT_ENDED)
        fresh: dict[str, Any] = {
            "state": BulkState.QUEUED,
            "due_at": now,
            "lease_until": None,
            "crashes": 0,
            "attempts": 0,
        }
        fresh |= {"message": "", "ended_at": None, "request_id": current_request_id()}
        if not failed.exists() or not ended.update(**fresh):
            return False
        count = failed.update(state=ItemState.WAITING, message="")
        audit.record_by(member, "bulk.asked", run, voices=count, again=True)
        _hold(member, run, now)
    run.refresh_from_db()
    return True


def record_end(run: BulkRun, *, member: Membership | None = None) -> None:
    """Record the audit entry of an ended run with its results, in the transaction of the change."""
    counts = {state: run.items.filter(state=state).count() for state in ItemState}
    facts = {state.value: count for state, count in counts.items() if count}
    actor = member.user if member else run.actor
    audit.record(actor=actor, team=run.team, verb="bulk.done", thing=run, state=run.state, **facts)


def delete_old_bulk_runs(*, now: datetime) -> int:
    """Delete bulk changes that ended a month ago, with their reports. Return how many. Audit entries stay."""
    old = BulkRun.objects.filter(ended_at__lt=now - timedelta(days=KEPT_DAYS))
    # Few at a time: each may have 10,000 items.
    ids = list(old.order_by("ended_at").values_list("pk", flat=True)[:5])
    BulkItem.objects.filter(run__in=ids).delete()
    BulkRun.objects.filter(pk__in=ids).delete()
    return len(ids)
