"""What the worker does to a bulk change between two calls to Althea; each step one transaction.

Items that are done stay done, whatever happens to the worker: what was in mid-call is asked for again, and Althea
answers a second deletion with "no such voice", which is as good.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from voices.access import may
from voices.actions.bulk.changes import BulkResult, NoTagError, change_voices
from voices.actions.bulk.submit import NEEDED, BulkOperation, record_end
from voices.actions.clone.steps import WorkerContext
from voices.actions.voice.delete import delete_message, finish_delete, remove_gone_voice
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    blocked_reason,
    key_refusal,
    note_refusal,
    own_key_for,
)
from voices.althea import AltheaError, ThrottledError
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
MAX_CRASHES = 5
MAX_PAUSES = 5
NO_ROLE = "Your role in this team does not allow this any more, so the rest was not done."
NO_PERSON = "Who asked for this is not in the team any more, so the rest was not done."
OWN_FAULT = (
    "Something went wrong in Voice Studio itself, so the rest was not done. "
    "Your admin finds the reason in the log."
)
NOT_HERE = "It is not in the library any more."
DELETED_BEFORE = "It was deleted already."


@dataclass(frozen=True)
class PendingDelete:
    """A voice that is to be deleted now, for whom, and with whose key."""

    item: BulkItem
    voice: Voice
    key: ApiKey
    member: Membership


def start(run: BulkRun, context: WorkerContext) -> bool:
    """Whether the claimed run may go on."""
    if run.crashes >= MAX_CRASHES:
        end(run, context, message=OWN_FAULT)
        return False
    return run.take(
        worker_id=context.worker_id,
        state=BulkState.RUNNING,
        started_at=run.started_at or context.now(),
        message="",
    )


def _member(run: BulkRun, context: WorkerContext) -> Membership | None:
    """Who asked, if the role still allows it; else the run ends, saying so. Asked anew before every part."""
    found = Membership.objects.select_related("team", "user").filter(team=run.team_id, user=run.actor_id)
    member = found.filter(user__is_active=True).first()
    if member is not None and may(member, NEEDED[run.verb]):
        return member
    end(run, context, message=NO_PERSON if member is None else NO_ROLE)
    return None


def end(run: BulkRun, context: WorkerContext, *, message: str = "") -> bool:
    """Whether the run has ended now; with a message it was stopped, and whatever waits has failed with its words."""
    state = BulkState.STOPPED if message else BulkState.DONE
    facts = {"message": message[:500], "ended_at": context.now(), "lease_until": None}
    with transaction.atomic():
        if not run.take(worker_id=context.worker_id, state=state, **facts):
            return False
        _waiting(run).update(state=ItemState.FAILED, message=message[:300])
        record_end(run)
    return True


def put_off(run: BulkRun, context: WorkerContext, *, seconds: float = 0.0, **facts: object) -> bool:
    """Whether the run is back in the queue, to go on in so many seconds."""
    due = context.now() + timedelta(seconds=seconds)
    return run.take(
        worker_id=context.worker_id, state=BulkState.QUEUED, due_at=due, lease_until=None, **facts
    )


def crashed(run: BulkRun, context: WorkerContext) -> bool:
    """Whether the run was put off after an error of our own; the fifth one ends it."""
    return put_off(run, context, seconds=context.policy.crash, crashes=run.crashes + 1)


def _waiting(run: BulkRun) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(run=run, state=ItemState.WAITING)


# --- what is ours alone -------------------------------------------------------------------------------


def change_some(run: BulkRun, context: WorkerContext) -> bool:
    """Whether more may be to do: the next voices are changed, with their items, in one transaction."""
    member = _member(run, context)
    if member is None:
        return False
    try:
        with transaction.atomic():
            # The conditional UPDATE is the lock: a cancel waits for this part, and stops the next.
            if not run.take(worker_id=context.worker_id, attempts=0):
                return False
            items = list(_waiting(run).order_by("pk")[:CHUNK])
            _change(run, context, member, items)
    except NoTagError as problem:
        end(run, context, message=str(problem))
        return False
    return bool(items) or not end(run, context)


def _change(run: BulkRun, context: WorkerContext, member: Membership, items: Sequence[BulkItem]) -> None:
    wish = BulkOperation(BulkVerb(run.verb), run.argument)
    here = set(Voice.objects.of_team(run.team).filter(pk__in=_voices(items)).values_list("pk", flat=True))
    came = change_voices(member=member, operation=wish, voices=sorted(here), now=context.now())
    told = defaultdict[tuple[ItemState, str], list[int]](list)
    for item in items:
        told[_came_of(item.voice_id, here, came)].append(item.pk)
    for (state, message), ids in told.items():
        BulkItem.objects.filter(pk__in=ids).update(state=state, message=message)


def _came_of(voice_id: UUID | None, here: Set[UUID], came: BulkResult) -> tuple[ItemState, str]:
    if voice_id is None or voice_id not in here:
        return ItemState.SKIPPED, NOT_HERE
    if voice_id in came.refused:
        return ItemState.FAILED, came.refused[voice_id]
    return (ItemState.DONE if voice_id in came.changed else ItemState.SKIPPED), ""


def _voices(items: Sequence[BulkItem]) -> list[UUID]:
    return [item.voice_id for item in items if item.voice_id]


# --- deletions ------------------------------------------------------------------------------------------


def next_deletes(run: BulkRun, context: WorkerContext) -> list[PendingDelete]:
    """The next voices to be asked for; [] where the run has ended or is another worker's.

    What needs no call is settled on the way. Voices that were tried without a clear answer come last.
    """
    while True:
        member = _member(run, context)
        if member is None or not run.take(worker_id=context.worker_id, state=BulkState.RUNNING):
            return []
        items = list(
            _waiting(run).select_related("voice__account", "voice__team").order_by("message", "pk")[:AT_ONCE]
        )
        if not items:
            end(run, context)
            return []
        doomed = [one for item in items if (one := _doom(item, run, member, context)) is not None]
        if doomed:
            return doomed


def _doom(item: BulkItem, run: BulkRun, member: Membership, context: WorkerContext) -> PendingDelete | None:
    voice = item.voice
    if voice is None or voice.deleted_at is not None:
        _settle(item, ItemState.SKIPPED, NOT_HERE if voice is None else DELETED_BEFORE)
    elif voice.gone_at is not None:
        with transaction.atomic():
            if remove_gone_voice(member=member, voice=voice, now=context.now()):
                _settle(item, ItemState.DONE, "It was gone at Althea already.")
    elif reason := blocked_reason(member.user, voice):
        _settle(item, ItemState.FAILED, reason)
    else:
        key = own_key_for(member.user, voice.account)
        return PendingDelete(item, voice, key, member) if key else None
    return None


def _settle(item: BulkItem, state: ItemState, message: str = "") -> None:
    # Whatever a cancel said meanwhile: what has happened is told.
    BulkItem.objects.filter(pk=item.pk).update(state=state, message=message[:300])


def keep_deletes(run: BulkRun, context: WorkerContext, came: Sequence[tuple[PendingDelete, Outcome]]) -> bool:
    """Whether the run goes on at once, after what came of these calls is written down."""
    for doomed, outcome in came:
        _keep(doomed, outcome, context)
    if words := _lost_key(came):
        end(run, context, message=f"{words} The rest was not deleted.")
        return False
    errors = [outcome.error for _, outcome in came if outcome.status is ChangeStatus.LATER and outcome.error]
    attempts = run.attempts + 1 if len(errors) == len(came) else 0
    if not errors:
        return run.take(worker_id=context.worker_id, attempts=0)
    if attempts >= MAX_PAUSES:
        end(run, context, message=f"{errors[0].message} The rest was not done.")
    else:
        seconds = max(_pause(error, context, attempts) for error in errors)
        put_off(run, context, seconds=seconds, attempts=attempts, message=errors[0].message[:500])
    return False


def _lost_key(came: Sequence[tuple[PendingDelete, Outcome]]) -> str:
    """Why no key of the person opens an account any more whose key was refused just now; "" where another one does."""
    refused = [doomed for doomed, outcome in came if outcome.status is ChangeStatus.KEY_REFUSED]
    words = (key_refusal(one.member.user, one.voice.account) for one in refused)
    return next((one for one in words if one), "")


def _pause(error: AltheaError, context: WorkerContext, attempts: int) -> float:
    if isinstance(error, ThrottledError):
        return error.retry_after_seconds
    return context.policy.retries[min(max(attempts, 1), len(context.policy.retries)) - 1]


def _keep(doomed: PendingDelete, outcome: Outcome, context: WorkerContext) -> None:
    item, words = doomed.item, delete_message(outcome, doomed.key)
    if outcome.status in {ChangeStatus.DONE, ChangeStatus.GONE}:
        with transaction.atomic():
            ours = finish_delete(member=doomed.member, voice=doomed.voice, now=context.now())
            _settle(item, *((ItemState.DONE,) if ours else (ItemState.SKIPPED, DELETED_BEFORE)))
    elif outcome.status is ChangeStatus.KEY_REFUSED:
        note_refusal(member=doomed.member, key=doomed.key, outcome=outcome, now=context.now())
    elif outcome.status in {ChangeStatus.UNDONE, ChangeStatus.UNCLEAR} and not item.message:
        BulkItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(message=words[:300])
    elif outcome.status is not ChangeStatus.LATER:
        _settle(item, ItemState.FAILED, words)
