"""Changing the model of voices: the request, the next items for the worker's calls, and their outcomes.

Only the model is changed, and only if Althea still has the settings that the library knows: the rest of the definition
is sent back unchanged. Each voice is locked while its call is under way. A worker that was killed leaves locks
behind for two minutes; `is_sent` then tells that a voice which has the new model was given it by us.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from voices.actions.bulk.steps import (
    NOT_HERE,
    PendingCall,
    next_items,
    put_off,
    settle,
    settle_failure,
    store_outcomes,
)
from voices.actions.bulk.submit import BulkOperation, request_bulk_change
from voices.actions.voice.definitions import full_definition
from voices.actions.voice.edit import edit_message, write_undone
from voices.actions.voice.redefine import finish_redefinition, redefine_upstream, settings_refusal
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    acquire_lock,
    key_refusal,
    own_key_for,
    release_lock,
)
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient
from voices.kit.sealing import SealError
from voices.models import BulkItem, BulkRun, BulkVerb, ItemState, Membership, Voice
from voices.providers.models import model_of, with_model
from voices.providers.secrets import MissingSecretError

MAX_CONCURRENT, MAX_CANDIDATES = (
    4,
    50,
)  # concurrent changes, and how many waiting items are considered for them
BUSY = "Someone else is changing the remaining voices."
HAS_IT = "It already used this model."
HAS_ANOTHER = "Skipped: it now uses another model."
CHANGED = "Skipped: its settings were changed at Althea in the meantime. The latest ones are now shown here."
GONE = "It's missing at Althea."


@dataclass(frozen=True)
class PendingModel(PendingCall):
    """A voice to give another model now."""

    voice: Voice
    definition: Mapping[str, Any]


def request_model_change(
    *, member: Membership, old: str, new: str, voices: Sequence[Voice], now: datetime
) -> BulkRun:
    """Queue the change of these voices; select `account` with them. Those that cannot be changed fail at once.

    Raises PermissionDenied.
    """
    return request_bulk_change(
        member=member,
        operation=BulkOperation(BulkVerb.MODEL, {"old": old, "new": new}),
        voices=[voice.pk for voice in voices],
        selection=f"{len(voices):,} chosen",
        refused=model_refusals(member, voices),
        now=now,
    )


def model_refusals(member: Membership, voices: Sequence[Voice]) -> dict[UUID, str]:
    """Return why the member cannot change certain voices' models, as sentences; a query or two per account."""
    accounts = {voice.account_id: voice.account for voice in voices}
    of_keys = {pk: key_refusal(member.user, account) for pk, account in accounts.items()}
    reasons = {voice.pk: _refusal(voice) or of_keys[voice.account_id] for voice in voices}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _refusal(voice: Voice) -> str:
    return GONE if voice.gone_at is not None else settings_refusal(voice)


def next_models(
    run: BulkRun, context: WorkerContext, under_way: Collection[PendingCall] = ()
) -> list[PendingModel]:
    """Return the next voices to change; [] while calls are in progress, or if the run has ended, waits or is lost.

    Items that need no call are settled here.
    """
    while not under_way and (found := next_items(run, context, most=MAX_CANDIDATES)):
        member, items = found
        ready = [item for item in items if _needs_call(item, member, run)]
        if pending := _locked(ready, member, run, context):
            return pending
        if ready:
            put_off(run, context, seconds=context.policy.retries[0], message=BUSY)
            return []
    return []


def _needs_call(item: BulkItem, member: Membership, run: BulkRun) -> bool:
    """Whether an item needs a call; else settle it."""
    voice = item.voice
    if voice is None or voice.deleted_at is not None:
        settle(item, ItemState.SKIPPED, NOT_HERE)
    elif reason := _refusal(voice) or key_refusal(member.user, voice.account):
        settle(item, ItemState.FAILED, reason)
    elif model_of(voice.definition) == run.argument["old"]:
        return True
    elif model_of(voice.definition) == run.argument["new"]:
        settle(item, *((ItemState.DONE,) if item.is_sent else (ItemState.SKIPPED, HAS_IT)))
    else:
        settle(item, ItemState.LEFT, HAS_ANOTHER)
    return False


def _locked(
    items: Sequence[BulkItem], member: Membership, run: BulkRun, context: WorkerContext
) -> list[PendingModel]:
    """Lock the first voices that nobody else is changing, and return the calls for them."""
    found: list[PendingModel] = []
    for item in items:
        voice = item.voice
        key = own_key_for(member.user, voice.account) if voice else None
        if (
            voice is None
            or key is None
            or len(found) == MAX_CONCURRENT
            or not acquire_lock(voice, context.now())
        ):
            continue
        try:
            definition = with_model(full_definition(voice), run.argument["new"])
        except (SealError, MissingSecretError) as problem:
            release_lock(voice)
            settle(item, ItemState.FAILED, str(problem))
        else:
            found.append(PendingModel(item, key, member, voice, definition))
    # An item's own `is_sent` stays what was read: whether an earlier call may have changed the voice.
    BulkItem.objects.filter(pk__in=[one.item.pk for one in found]).update(is_sent=True)
    return found


async def change_model(client: AltheaClient, pending: PendingModel) -> Outcome:
    """Change the voice's model, unless its settings have changed since they were read."""
    voice = pending.voice
    return await redefine_upstream(
        client, voice.voice_id, seen=voice.definition, definition=pending.definition
    )


Results = Sequence[tuple[PendingModel, Outcome]]


def store_models(run: BulkRun, context: WorkerContext, results: Results) -> bool:
    """Store the outcomes of these calls. Return True if the run continues at once."""
    return store_outcomes(run, context, results, partial(_store, context))


def _store(context: WorkerContext, pending: PendingModel, outcome: Outcome) -> None:
    release_lock(pending.voice)
    item, found = pending.item, outcome.voice
    has_new = found is not None and model_of(found.definition) == model_of(pending.definition)
    if found is not None and (outcome.status is ChangeStatus.DONE or (has_new and item.is_sent)):
        finish_redefinition(pending.member, pending.voice, found, now=context.now)
        settle(item, ItemState.DONE)
        return
    write_undone(voice=pending.voice, outcome=outcome, now=context.now())
    if outcome.status is ChangeStatus.DIFFERS:
        settle(item, *((ItemState.SKIPPED, HAS_IT) if has_new else (ItemState.LEFT, CHANGED)))
    elif outcome.status is ChangeStatus.GONE:
        settle(item, ItemState.LEFT, GONE)
    else:
        settle_failure(item, outcome, edit_message(outcome, pending.key))
