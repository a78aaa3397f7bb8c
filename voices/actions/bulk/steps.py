"""The worker's steps of a bulk change, each one transaction.

This module starts and ends runs, changes our own records, and judges what the outcomes of calls to Althea mean for a
run. The calls of each verb are in deletes.py, models.py and swap_steps.py.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from voices.access import may
from voices.actions.bulk.changes import BulkResult, NoTagError, change_voices
from voices.actions.bulk.submit import NEEDED, BulkOperation, record_end
from voices.actions.voice.upstream_change import ChangeStatus, Outcome, key_refusal, note_refusal
from voices.actions.work import MAX_CRASHES, WorkerContext, internal_error_message
from voices.models import (
    ApiKey,
    BulkItem,
    BulkRun,
    BulkState,
    BulkVerb,
    ItemState,
    Membership,
    Voice,
)

CHUNK = 200  # voices a transaction: a second of the database thread at most
MAX_PAUSES = 5
NO_ROLE = "Your role in this team no longer allows this, so the rest wasn't done."
NO_PERSON = "The person who requested this has left the team, so the rest wasn't done."
INTERNAL_ERROR = internal_error_message(", so the rest wasn't done.")
NOT_HERE = "It's no longer in the library."


@dataclass(frozen=True)
class PendingCall:
    """An item that needs a call to Althea now, for whom, and with whose key."""

    item: BulkItem
    key: ApiKey
    member: Membership


Call = TypeVar("Call", bound=PendingCall)


def start(run: BulkRun, context: WorkerContext) -> bool:
    """Start a claimed run. Return False if someone else won."""
    if run.crashes >= MAX_CRASHES:
        end(run, context, message=INTERNAL_ERROR)
        return False
    started_at = run.started_at or context.now()
    return run.update_if_held(context.worker_id, state=BulkState.RUNNING, started_at=started_at, message="")


def acting_member(run: BulkRun, context: WorkerContext) -> Membership | None:
    """Return the requester's membership if their role still allows the change; else end the run."""
    found = Membership.objects.select_related("team", "user").filter(team=run.team_id, user=run.actor_id)
    member = found.filter(user__is_active=True).first()
    if member is not None and may(member, NEEDED[run.verb]):
        return member
    end(run, context, message=NO_PERSON if member is None else NO_ROLE)
    return None


def end(run: BulkRun, context: WorkerContext, *, message: str = "") -> bool:
    """End the run; with a message it is stopped, and all waiting items fail with that message.

    Return False if someone else won.
    """
    state = BulkState.STOPPED if message else BulkState.DONE
    columns = {"message": message[:500], **context.ended()}
    with transaction.atomic():
        if not run.update_if_held(context.worker_id, state=state, **columns):
            return False
        waiting_items(run).update(state=ItemState.FAILED, message=message[:300])
        record_end(run)
    return True


def put_off(run: BulkRun, context: WorkerContext, *, seconds: float = 0.0, **columns: object) -> bool:
    """Return the run to the queue, due after `seconds`. Return False if someone else won."""
    return run.update_if_held(context.worker_id, state=BulkState.QUEUED, **context.due_in(seconds), **columns)


def crashed(run: BulkRun, context: WorkerContext) -> bool:
    """Put the run off after an internal error; the fifth one ends it. Return False if someone else won."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)


def waiting_items(run: BulkRun) -> QuerySet[BulkItem]:
    """Return the items that have no clear outcome yet."""
    return BulkItem.objects.filter(run=run, state=ItemState.WAITING)


def next_items(
    run: BulkRun, context: WorkerContext, *, most: int
) -> tuple[Membership, list[BulkItem]] | None:
    """Return the requester's membership and the next items; None if the run has ended, waits or is lost.

    Items that were tried without a clear answer come last.
    """
    member = acting_member(run, context)
    if member is None or not run.update_if_held(context.worker_id, state=BulkState.RUNNING):
        return None
    waiting = waiting_items(run).select_related("voice__account", "voice__team")
    items = list(waiting.order_by("message", "pk")[:most])
    if not items:
        end(run, context)
        return None
    return member, items


# --- changes of our own records ----------------------------------------------------------------------


def change_some(run: BulkRun, context: WorkerContext) -> bool:
    """Change the next voices and settle their items, in one transaction. Return True if there may be more."""
    member = acting_member(run, context)
    if member is None:
        return False
    try:
        with transaction.atomic():
            # The conditional UPDATE is the lock: a cancellation waits for this chunk and stops the next.
            if not run.update_if_held(context.worker_id, attempts=0):
                return False
            items = list(waiting_items(run).order_by("pk")[:CHUNK])
            _change(run, context, member, items)
    except NoTagError as problem:
        end(run, context, message=str(problem))
        return False
    return bool(items) or not end(run, context)


def _change(run: BulkRun, context: WorkerContext, member: Membership, items: Sequence[BulkItem]) -> None:
    operation = BulkOperation(BulkVerb(run.verb), run.argument)
    ids = [item.voice_id for item in items if item.voice_id]
    present = set(Voice.objects.of_team(run.team).filter(pk__in=ids).values_list("pk", flat=True))
    result = change_voices(member=member, operation=operation, voices=sorted(present), now=context.now())
    outcomes = defaultdict[tuple[ItemState, str], list[int]](list)
    for item in items:
        outcomes[_outcome_of(item.voice_id, present, result)].append(item.pk)
    for (state, message), pks in outcomes.items():
        BulkItem.objects.filter(pk__in=pks).update(state=state, message=message)


def _outcome_of(voice_id: UUID | None, present: Set[UUID], result: BulkResult) -> tuple[ItemState, str]:
    if voice_id is None or voice_id not in present:
        return ItemState.SKIPPED, NOT_HERE
    if voice_id in result.refused:
        return ItemState.FAILED, result.refused[voice_id]
    return (ItemState.DONE if voice_id in result.changed else ItemState.SKIPPED), ""


# --- calls to Althea ---------------------------------------------------------------------------------


def settle(item: BulkItem, state: ItemState, message: str = "") -> None:
    """Store an item's outcome, even over a cancellation: what has happened is reported."""
    BulkItem.objects.filter(pk=item.pk).update(state=state, message=message[:300])


def store_outcomes(
    run: BulkRun,
    context: WorkerContext,
    results: Sequence[tuple[Call, Outcome]],
    store: Callable[[Call, Outcome], None],
) -> bool:
    """Store these outcomes with `store`. Return True if the run continues at once.

    Without a working key the run ends. When Althea throttles everything it waits, and ends after MAX_PAUSES pauses.
    """
    for pending, outcome in results:
        note_refusal(member=pending.member, key=pending.key, outcome=outcome, now=context.now())
        store(pending, outcome)
    if reason := _lost_key(results):
        end(run, context, message=f"{reason} The rest wasn't done.")
        return False
    errors = [
        outcome.error for _, outcome in results if outcome.status is ChangeStatus.LATER and outcome.error
    ]
    attempts = run.attempts + 1 if len(errors) == len(results) else 0
    if not errors:
        # The next step asks whether the run is still held.
        return not run.attempts or run.update_if_held(context.worker_id, attempts=0)
    if attempts >= MAX_PAUSES:
        end(run, context, message=f"{errors[0].message} The rest wasn't done.")
    else:
        seconds = max(context.policy.wait_after(error, attempts) for error in errors)
        put_off(run, context, seconds=seconds, attempts=attempts, message=errors[0].message[:500])
    return False


def _lost_key(results: Sequence[tuple[Call, Outcome]]) -> str:
    """Return why the person has no other key for an account whose key was just refused; "" if they have one."""
    refused = [pending for pending, outcome in results if outcome.status is ChangeStatus.KEY_REFUSED]
    reasons = (key_refusal(one.member.user, one.key.account) for one in refused if one.key.account)
    return next((reason for reason in reasons if reason), "")


def settle_failure(item: BulkItem, outcome: Outcome, message: str) -> None:
    """Store an outcome that is neither success nor a delay. An item without a clear answer is tried twice."""
    if outcome.status in {ChangeStatus.UNDONE, ChangeStatus.UNCLEAR} and not item.message:
        BulkItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(message=message[:300])
    elif outcome.status not in {ChangeStatus.LATER, ChangeStatus.KEY_REFUSED}:
        settle(item, ItemState.FAILED, message)
