"""The deletions of a bulk change: the next ones for the worker's calls, and their outcomes.

Finished items stay finished, whatever happens to the worker. A call that was in progress is repeated: Althea answers a
second deletion with "no such voice", which counts as success.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from voices.actions.bulk.steps import (
    NOT_HERE,
    PendingCall,
    next_items,
    settle,
    settle_failure,
    store_outcomes,
)
from voices.actions.voice.delete import delete_message, finish_delete, remove_gone_voice
from voices.actions.voice.upstream_change import ChangeStatus, Outcome, blocked_reason, own_key_for
from voices.actions.work import WorkerContext
from voices.models import BulkItem, BulkRun, ItemState, Membership, Voice

MAX_CONCURRENT = 4
DELETED_BEFORE = "It was already deleted."
GONE_BEFORE = "It was already gone at Althea."


@dataclass(frozen=True)
class PendingDelete(PendingCall):
    """A voice to delete now."""

    voice: Voice


def next_deletes(
    run: BulkRun, context: WorkerContext, under_way: Collection[PendingCall] = ()
) -> list[PendingDelete]:
    """Return the next voices to delete at Althea; [] while calls are in progress, or if the run has ended or is lost.

    Items that need no call are settled here.
    """
    while not under_way and (found := next_items(run, context, most=MAX_CONCURRENT)):
        member, items = found
        pending = [one for item in items if (one := _pending(item, member, context)) is not None]
        if pending:
            return pending
    return []


def _pending(item: BulkItem, member: Membership, context: WorkerContext) -> PendingDelete | None:
    """Return the deletion that an item needs; None, with the item settled, where it needs no call."""
    voice = item.voice
    if voice is None or voice.deleted_at is not None:
        settle(item, ItemState.SKIPPED, NOT_HERE if voice is None else DELETED_BEFORE)
    elif voice.gone_at is not None:
        with transaction.atomic():
            if remove_gone_voice(member=member, voice=voice, now=context.now()):
                settle(item, ItemState.DONE, GONE_BEFORE)
    elif reason := blocked_reason(member.user, voice):
        settle(item, ItemState.FAILED, reason)
    else:
        key = own_key_for(member.user, voice.account)
        return PendingDelete(item, key, member, voice) if key else None
    return None


Results = Sequence[tuple[PendingDelete, Outcome]]


def store_deletes(run: BulkRun, context: WorkerContext, results: Results) -> bool:
    """Store the outcomes of these calls. Return True if the run continues at once."""
    return store_outcomes(run, context, results, partial(_store, context))


def _store(context: WorkerContext, pending: PendingDelete, outcome: Outcome) -> None:
    if outcome.status not in {ChangeStatus.DONE, ChangeStatus.GONE}:
        settle_failure(pending.item, outcome, delete_message(outcome, pending.key))
        return
    with transaction.atomic():
        was_ours = finish_delete(
            member=pending.member, voice=pending.voice, answer=outcome.answer, now=context.now()
        )
        settle(pending.item, *((ItemState.DONE,) if was_ours else (ItemState.SKIPPED, DELETED_BEFORE)))
