"""Requests to replace a voice in agents, and to undo that; the worker changes the agents (swap_steps.py)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.bulk.submit import BATCH
from voices.actions.organise.aliases import AliasError, move_alias
from voices.actions.voice.upstream_change import key_refusal
from voices.actions.voice.usage import AgentUse
from voices.models import Alias, BulkItem, BulkRun, BulkVerb, ItemState, Membership, Voice, VoiceSwap

NO_AGENTS = "Choose at least one agent."
UNDONE_BEFORE = "This was already undone."
NO_UNDO = "A change of this kind can't be undone here."
NOTHING_TO_UNDO = "No agent was changed, so there is nothing to undo."
STILL_RUNS = "This is still in progress. Stop it, or wait until it has finished."
ALIAS_MOVED = "Someone else just moved the alias {alias}, so nothing was changed. Check it, then try again."


class SwapError(Exception):
    """The voice cannot be replaced as requested. The message is for the person."""


def target_problem(old: Voice, new: Voice, *, now: datetime) -> str:
    """Return why agents that use the old voice cannot use the new one, as a sentence; "" if they can."""
    if new.pk == old.pk:
        return "This is the voice you're replacing. Choose another one."
    if new.deleted_at is not None or new.gone_at is not None:
        return f"{new.name} is no longer at Althea. Choose another voice."
    if new.is_quarantined(now):
        return f"The consent for {new.name} was withdrawn or has expired. Choose another voice."
    is_theirs = new.account_id == old.account_id
    if not is_theirs and not (new.is_public and new.account.endpoint == old.account.endpoint):
        return f"{new.name} is in another account, where these agents can't use it. Choose another voice."
    return ""


def request_swap(
    *,
    member: Membership,
    old: Voice,
    new: Voice,
    agents: Sequence[AgentUse],
    now: datetime,
    alias: Alias | None = None,
) -> BulkRun:
    """Queue the replacement in these agents, as they were read, and move the alias at once.

    Raises SwapError, PermissionDenied.
    """
    require(member, Verb.EDIT_VOICE)
    problem = key_refusal(member.user, old.account) or target_problem(old, new, now=now)
    if problem or not agents:
        raise SwapError(problem or NO_AGENTS)
    named = {"id": old.voice_id, "name": old.name}
    items = [
        BulkItem(agent_id=one.agent_id, name=_shown(one), before=named[one.by], after=new.voice_id)
        for one in agents
    ]
    with transaction.atomic():
        if alias is not None:
            _move(member, alias, old, new, now)
        swap = VoiceSwap(account=old.account, old=old, new=new, alias=alias)
        return _queue(member, swap, {"old": old.name, "new": new.name}, items, now)


def _shown(agent: AgentUse) -> str:
    return (agent.name or agent.agent_id)[:200]


def _move(member: Membership, alias: Alias, old: Voice, new: Voice, now: datetime) -> None:
    try:
        is_moved = move_alias(member=member, alias=alias, voice=new, seen=old.pk, now=now)
    except AliasError as problem:
        raise SwapError(str(problem)) from problem
    if not is_moved:
        raise SwapError(ALIAS_MOVED.format(alias=alias.name))


def undo_swap(*, member: Membership, run: BulkRun, now: datetime) -> BulkRun:
    """Queue a run that restores what the changed agents named before, and move the alias back.

    Agents that name another voice by then are left alone, and so is an alias that was moved. Raises SwapError,
    PermissionDenied.
    """
    require(member, Verb.EDIT_VOICE)
    with transaction.atomic():
        row = BulkRun.objects.select_for_update(of=("self",)).select_related("swap__account").get(pk=run.pk)
        done = row.items.filter(state=ItemState.DONE)
        if problem := _undo_problem(member, row, has_changed=done.exists()):
            raise SwapError(problem)
        swap = row.swap
        _move_back(member, swap, now)
        items = [
            BulkItem(agent_id=one.agent_id, name=one.name, before=one.after, after=one.before)
            for one in done.order_by("pk")
        ]
        names = {"old": row.argument["new"], "new": row.argument["old"]}
        undo = VoiceSwap(account=swap.account, old=swap.new, new=swap.old, alias=swap.alias, undoes=row)
        return _queue(member, undo, names, items, now)


def _undo_problem(member: Membership, run: BulkRun, *, has_changed: bool) -> str:
    if run.verb != BulkVerb.SWAP:
        return NO_UNDO
    if run.is_live:
        return STILL_RUNS
    if VoiceSwap.objects.filter(undoes=run).exists():
        return UNDONE_BEFORE
    if not has_changed:
        return NOTHING_TO_UNDO
    return key_refusal(member.user, run.swap.account)


def _move_back(member: Membership, swap: VoiceSwap, now: datetime) -> None:
    if swap.alias is None or swap.old is None or swap.new is None:
        return
    try:
        move_alias(member=member, alias=swap.alias, voice=swap.old, seen=swap.new.pk, now=now)
    except AliasError:
        return  # the old voice is gone: the alias stays where it can be used


def _queue(
    member: Membership, swap: VoiceSwap, names: dict[str, str], items: Sequence[BulkItem], now: datetime
) -> BulkRun:
    run = BulkRun(team=member.team, actor=member.user, verb=BulkVerb.SWAP, argument=names, due_at=now)
    run.total = len(items)
    run.save(force_insert=True)
    swap.run = run
    swap.save(force_insert=True)
    for item in items:
        item.run = run
    BulkItem.objects.bulk_create(items, batch_size=BATCH)
    audit.record_by(member, "bulk.asked", run, **names, agents=run.total)
    for voice, verb in ((swap.old, "voice.swapped_out"), (swap.new, "voice.swapped_in")):
        if voice is not None:
            audit.record_by(member, verb, voice, **names, agents=run.total)
    return run
