"""What the worker does to a bulk change between two calls to Althea; each step is one transaction.

Items that are done stay done, whatever happens to the worker: a call that was under way is repeated, and Althea answers
a second deletion with "no such voice", which is as good.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from voices.access import may
from voices.actions.bulk.changes import BulkResult, NoTagError, change_voices
from voices.actions.bulk.submit import NEEDED, BulkOperation, record_end
from voices.actions.voice.delete import delete_message, finish_delete, remove_gone_voice
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    blocked_reason,
    key_refusal,
    note_refusal,
    own_key_for,
)
from voices.actions.work import MAX_CRASHES, WorkerContext, own_fault
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
AT_ONCE = 4  # deletions under way at a time
MAX_PAUSES = 5
NO_ROLE = "Your role in this team does not allow this any more, so the rest was not done."
NO_PERSON = "Who asked for this is not in the team any more, so the rest was not done."
OWN_FAULT = own_fault(", so the rest was not done.")
NOT_HERE = "It is not in the library any more."
DELETED_BEFORE = "It was already deleted."
GONE_BEFORE = "It was already gone at Althea."


@dataclass(frozen=True)
class PendingDelete:
    """A voice to delete now, for whom, and with whose key."""

    item: BulkItem
    voice: Voice
    key: ApiKey
    member: Membership


def start(run: BulkRun, context: WorkerContext) -> bool:
    """Start a claimed run. Return False if someone else won."""
    if run.crashes >= MAX_CRASHES:
        end(run, context, message=OWN_FAULT)
        return False
    started_at = run.started_at or context.now()
    return run.update_if_held(context.worker_id, state=BulkState.RUNNING, started_at=started_at, message="")


def _member(run: BulkRun, context: WorkerContext) -> Membership | None:
    """Return who asked if their role still allows it; else end the run. Checked again before every part."""
    found = Membership.objects.select_related("team", "user").filter(team=run.team_id, user=run.actor_id)
    member = found.filter(user__is_active=True).first()
    if member is not None and may(member, NEEDED[run.verb]):
        return member
    end(run, context, message=NO_PERSON if member is None else NO_ROLE)
    return None


def end(run: BulkRun, context: WorkerContext, *, message: str = "") -> bool:
    """End the run; with a message it is stopped, and what waits fails with that message.

    Return False if someone else won.
    """
    state = BulkState.STOPPED if message else BulkState.DONE
    columns = {"message": message[:500], **context.ended()}
    with transaction.atomic():
        if not run.update_if_held(context.worker_id, state=state, **columns):
            return False
        _waiting(run).update(state=ItemState.FAILED, message=message[:300])
        record_end(run)
    return True


def put_off(run: BulkRun, context: WorkerContext, *, seconds: float = 0.0, **columns: object) -> bool:
    """Return the run to the queue, to go on in so many seconds. Return False if someone else won."""
    return run.update_if_held(context.worker_id, state=BulkState.QUEUED, **context.due_in(seconds), **columns)


def crashed(run: BulkRun, context: WorkerContext) -> bool:
    """Put the run off after an error of our own; the fifth one ends it. Return False if someone else won."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)


def _waiting(run: BulkRun) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(run=run, state=ItemState.WAITING)


# --- changes of our own records ----------------------------------------------------------------------


def change_some(run: BulkRun, context: WorkerContext) -> bool:
    """Change the next voices and settle their items, in one transaction. Return True if there may be more."""
    member = _member(run, context)
    if member is None:
        return False
    try:
        with transaction.atomic():
            # The conditional UPDATE is the lock: a cancel waits for this part, and stops the next.
            if not run.update_if_held(context.worker_id, attempts=0):
                return False
            items = list(_waiting(run).order_by("pk")[:CHUNK])
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


# --- deletions ---------------------------------------------------------------------------------------


def next_deletes(run: BulkRun, context: WorkerContext) -> list[PendingDelete]:
    """Return the next voices to delete at Althea; [] if the run has ended or someone else won.

    Items that need no call are settled on the way. Voices that were tried without a clear answer come last.
    """
    while True:
        member = _member(run, context)
        if member is None or not run.update_if_held(context.worker_id, state=BulkState.RUNNING):
            return []
        waiting = _waiting(run).select_related("voice__account", "voice__team")
        items = list(waiting.order_by("message", "pk")[:AT_ONCE])
        if not items:
            end(run, context)
            return []
        pending = [one for item in items if (one := _pending(item, member, context)) is not None]
        if pending:
            return pending


def _pending(item: BulkItem, member: Membership, context: WorkerContext) -> PendingDelete | None:
    """Return the deletion that an item needs; None, with the item settled, where it needs no call."""
    voice = item.voice
    if voice is None or voice.deleted_at is not None:
        _settle(item, ItemState.SKIPPED, NOT_HERE if voice is None else DELETED_BEFORE)
    elif voice.gone_at is not None:
        with transaction.atomic():
            if remove_gone_voice(member=member, voice=voice, now=context.now()):
                _settle(item, ItemState.DONE, GONE_BEFORE)
    elif reason := blocked_reason(member.user, voice):
        _settle(item, ItemState.FAILED, reason)
    else:
        key = own_key_for(member.user, voice.account)
        return PendingDelete(item, voice, key, member) if key else None
    return None


def _settle(item: BulkItem, state: ItemState, message: str = "") -> None:
    # Whatever a cancel wrote meanwhile: what has happened is reported.
    BulkItem.objects.filter(pk=item.pk).update(state=state, message=message[:300])


Results = Sequence[tuple[PendingDelete, Outcome]]


def store_deletes(run: BulkRun, context: WorkerContext, results: Results) -> bool:
    """Store the outcomes of these calls. Return True if the run goes on at once."""
    for pending, outcome in results:
        _store(pending, outcome, context)
    if reason := _lost_key(results):
        end(run, context, message=f"{reason} The rest was not deleted.")
        return False
    errors = [
        outcome.error for _, outcome in results if outcome.status is ChangeStatus.LATER and outcome.error
    ]
    attempts = run.attempts + 1 if len(errors) == len(results) else 0
    if not errors:
        return run.update_if_held(context.worker_id, attempts=0)
    if attempts >= MAX_PAUSES:
        end(run, context, message=f"{errors[0].message} The rest was not done.")
    else:
        seconds = max(context.policy.wait_after(error, attempts) for error in errors)
        put_off(run, context, seconds=seconds, attempts=attempts, message=errors[0].message[:500])
    return False


def _lost_key(results: Results) -> str:
    """Return why the person has no key left for an account whose key was refused just now; "" if they have one."""
    refused = [pending for pending, outcome in results if outcome.status is ChangeStatus.KEY_REFUSED]
    reasons = (key_refusal(one.member.user, one.voice.account) for one in refused)
    return next((reason for reason in reasons if reason), "")


def _store(pending: PendingDelete, outcome: Outcome, context: WorkerContext) -> None:
    item, message = pending.item, delete_message(outcome, pending.key)
    note_refusal(member=pending.member, key=pending.key, outcome=outcome, now=context.now())
    if outcome.status in {ChangeStatus.DONE, ChangeStatus.GONE}:
        with transaction.atomic():
            was_ours = finish_delete(
                member=pending.member, voice=pending.voice, answer=outcome.answer, now=context.now()
            )
            _settle(item, *((ItemState.DONE,) if was_ours else (ItemState.SKIPPED, DELETED_BEFORE)))
    elif outcome.status in {ChangeStatus.UNDONE, ChangeStatus.UNCLEAR} and not item.message:
        BulkItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(message=message[:300])
    elif outcome.status not in {ChangeStatus.LATER, ChangeStatus.KEY_REFUSED}:
        _settle(item, ItemState.FAILED, message)
