"""The worker's steps of a swap: its agents are read, changed and stored one by one.

An agent is read just before it is changed, and changed only if it still names the voice that the person saw. `is_sent`
is committed before the first call: an agent found with the new voice afterwards was changed by us, even if the answer
or the worker was lost.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TypeAlias

from django.db import transaction
from django.db.models import Q

from voices import audit
from voices.actions.bulk.steps import (
    PendingCall,
    acting_member,
    end,
    put_off,
    settle,
    settle_failure,
    start,
    store_outcomes,
    waiting_items,
)
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    interpret_error,
    key_refusal,
    own_key_for,
)
from voices.actions.voice.usage import clear_agents_cache
from voices.actions.work import WorkerContext
from voices.althea import Agent, AltheaClient, AltheaError, GarbledAnswerError, GoneError
from voices.models import AltheaAccount, BulkItem, BulkRun, BulkState, ItemState, Voice

MAX_CONCURRENT, PREFETCH = 8, 32  # concurrent changes, and items fetched ahead for them
ANOTHER_SWAP = "Another replacement in this account has to finish first."
HAD_IT = "It already used this voice."
DELETED = "Skipped: it was deleted at Althea in the meantime."
NO_VOICE_NOW = "Skipped: its voice was removed in the meantime."
CHANGED = "Skipped: it was given the voice “{voice}” in the meantime."

Results: TypeAlias = Sequence[tuple[PendingCall, Outcome]]


def start_swap(run: BulkRun, context: WorkerContext) -> bool:
    """Start a claimed run, or put it off while another changes agents of the account. Return whether it started.

    Two concurrent runs could both read an agent's old voice and both report that they replaced it.
    """
    with transaction.atomic():
        account = AltheaAccount.objects.select_for_update().get(pk=run.swap.account_id)
        others = BulkRun.objects.filter(state=BulkState.RUNNING, swap__account=account).exclude(pk=run.pk)
        if others.exists():
            put_off(run, context, seconds=context.policy.retries[0], message=ANOTHER_SWAP)
            return False
        return start(run, context)


def next_swaps(
    run: BulkRun, context: WorkerContext, under_way: Collection[PendingCall] = ()
) -> list[PendingCall]:
    """Return the next agents to change besides those in progress; [] if there are none or the run is lost.

    More are returned than are changed concurrently, so that a free slot does not wait for the database.
    """
    member = acting_member(run, context)
    if member is None:
        return []
    account = run.swap.account
    key = own_key_for(member.user, account)
    if key is None:
        end(run, context, message=f"{key_refusal(member.user, account)} The rest wasn't done.")
        return []
    with transaction.atomic():
        if not run.update_if_held(context.worker_id, state=BulkState.RUNNING):
            return []
        # Items that were tried without a clear answer come last.
        waiting = waiting_items(run).exclude(pk__in=[one.item.pk for one in under_way])
        items = list(waiting.order_by("message", "pk")[: PREFETCH - len(under_way)])
        BulkItem.objects.filter(pk__in=[item.pk for item in items]).update(is_sent=True)
    if not items and not under_way:
        clear_agents_cache(account)
        end(run, context)
    return [PendingCall(item, key, member) for item in items]


async def change_agent(client: AltheaClient, item: BulkItem) -> Outcome:
    """Change the agent if it still names `before`; read it again if the answer is unclear."""
    try:
        agent = await client.get_agent(item.agent_id)
        if agent.voice != item.before:
            return _as_found(agent, item)
    except AltheaError as error:
        return interpret_error(error)
    try:
        changed = await client.set_agent_voice(agent, item.after)
    except AltheaError as error:
        outcome = interpret_error(error)
        return await _look_again(client, item, error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    if changed.voice == item.after:
        return Outcome(ChangeStatus.DONE)
    return await _look_again(client, item, GarbledAnswerError("Althea's response names another voice."))


def _as_found(agent: Agent, item: BulkItem) -> Outcome:
    if agent.voice != item.after:
        return Outcome(ChangeStatus.DIFFERS, found=agent.voice)
    return Outcome(ChangeStatus.DONE if item.is_sent else ChangeStatus.UNCHANGED)


async def _look_again(client: AltheaClient, item: BulkItem, error: AltheaError) -> Outcome:
    try:
        voice = (await client.get_agent(item.agent_id)).voice
    except GoneError as gone:
        return interpret_error(gone)
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)
    if voice == item.after:
        return Outcome(ChangeStatus.DONE)
    if voice == item.before:
        return Outcome(ChangeStatus.UNDONE, error=error)
    return Outcome(ChangeStatus.DIFFERS, found=voice)


def store_swaps(run: BulkRun, context: WorkerContext, results: Results) -> bool:
    """Store the outcomes of these calls in one transaction. Return True if the run continues at once."""
    done = [pending for pending, outcome in results if outcome.status is ChangeStatus.DONE]
    with transaction.atomic():
        # Even over a cancellation: what has happened is reported.
        changed = BulkItem.objects.filter(pk__in=[one.item.pk for one in done])
        changed.update(state=ItemState.DONE, message="")
        _record(run, done)
        return store_outcomes(run, context, results, _store)


def _record(run: BulkRun, done: Sequence[PendingCall]) -> None:
    by_change = defaultdict[tuple[str, str], list[PendingCall]](list)
    for one in done:
        by_change[(one.item.before, one.item.after)].append(one)
    for (before, after), those in by_change.items():
        facts = {"run": str(run.pk), "before": before, "after": after}
        audit.record_each(those[0].member, "agent.changed", [one.item for one in those], **facts)


def _store(pending: PendingCall, outcome: Outcome) -> None:
    item = pending.item
    if outcome.status is ChangeStatus.DONE:
        return
    if outcome.status is ChangeStatus.UNCHANGED:
        settle(item, ItemState.SKIPPED, HAD_IT)
    elif outcome.status is ChangeStatus.GONE:
        settle(item, ItemState.LEFT, DELETED)
    elif outcome.status is ChangeStatus.DIFFERS:
        settle(item, ItemState.LEFT, _changed_message(pending, outcome.found))
    else:
        settle_failure(item, outcome, _failed_message(outcome))


def _changed_message(pending: PendingCall, found: str) -> str:
    if not found:
        return NO_VOICE_NOW
    voices = Voice.objects.of_team(pending.member.team).filter(Q(voice_id=found) | Q(name=found))
    known = voices.filter(account=pending.key.account).first()
    return CHANGED.format(voice=known.name if known else found[:100])


def _failed_message(outcome: Outcome) -> str:
    more = {
        ChangeStatus.UNDONE: " We checked: it wasn't changed.",
        ChangeStatus.UNCLEAR: " We couldn't check which voice it uses now. Retry to find out.",
    }
    return f"{outcome.message}{more.get(outcome.status, '')}"
