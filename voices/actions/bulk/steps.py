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
from voices.actions.bulk.changes import Came, NoTagError, change_voices
from voices.actions.bulk.submit import NEEDED, Wish, record_end
from voices.actions.clone.steps import Step
from voices.actions.voice.upstream_change import (
    Fate,
    Outcome,
    finish_delete,
    key_refusal,
    note_refusal,
    own_key_for,
    remove_gone_voice,
    told_delete,
    why_not,
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
MOST_CRASHES = 5
MOST_PAUSES = 5
NO_ROLE = "Your role in this team does not allow this any more, so the rest was not done."
NO_PERSON = "Who asked for this is not in the team any more, so the rest was not done."
OWN_FAULT = (
    "Something went wrong in Voice Studio itself, so the rest was not done. "
    "Your admin finds the reason in the log."
)
NOT_HERE = "It is not in the library any more."
DELETED_BEFORE = "It was deleted already."


@dataclass(frozen=True)
class Doomed:
    """A voice that is to be deleted now, for whom, and with whose key."""

    item: BulkItem
    voice: Voice
    key: ApiKey
    member: Membership


def take_up(run: BulkRun, step: Step) -> bool:
    """Whether the claimed run may go on."""
    if run.crashes >= MOST_CRASHES:
        end(run, step, message=OWN_FAULT)
        return False
    return run.take(
        holder=step.holder, state=BulkState.RUNNING, started_at=run.started_at or step.now(), message=""
    )


def _member(run: BulkRun, step: Step) -> Membership | None:
    """Who asked, if the role still allows it; else the run ends, saying so. Asked anew before every part."""
    found = Membership.objects.select_related("team", "user").filter(team=run.team_id, user=run.actor_id)
    member = found.filter(user__is_active=True).first()
    if member is not None and may(member, NEEDED[run.verb]):
        return member
    end(run, step, message=NO_PERSON if member is None else NO_ROLE)
    return None


def end(run: BulkRun, step: Step, *, message: str = "") -> bool:
    """Whether the run has ended now; with a message it was stopped, and whatever waits has failed with its words."""
    state = BulkState.STOPPED if message else BulkState.DONE
    facts = {"message": message[:500], "ended_at": step.now(), "lease_until": None}
    with transaction.atomic():
        if not run.take(holder=step.holder, state=state, **facts):
            return False
        _waiting(run).update(state=ItemState.FAILED, message=message[:300])
        record_end(run)
    return True


def put_off(run: BulkRun, step: Step, *, seconds: float = 0.0, **facts: object) -> bool:
    """Whether the run is back in the queue, to go on in so many seconds."""
    due = step.now() + timedelta(seconds=seconds)
    return run.take(holder=step.holder, state=BulkState.QUEUED, due_at=due, lease_until=None, **facts)


def crashed(run: BulkRun, step: Step) -> bool:
    """Whether the run was put off after an error of our own; the fifth one ends it."""
    return put_off(run, step, seconds=step.pace.crash, crashes=run.crashes + 1)


def _waiting(run: BulkRun) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(run=run, state=ItemState.WAITING)


# --- what is ours alone -------------------------------------------------------------------------------


def change_some(run: BulkRun, step: Step) -> bool:
    """Whether more may be to do: the next voices are changed, with their items, in one transaction."""
    member = _member(run, step)
    if member is None:
        return False
    try:
        with transaction.atomic():
            # The conditional UPDATE is the lock: a cancel waits for this part, and stops the next.
            if not run.take(holder=step.holder, attempts=0):
                return False
            items = list(_waiting(run).order_by("pk")[:CHUNK])
            _change(run, step, member, items)
    except NoTagError as problem:
        end(run, step, message=str(problem))
        return False
    return bool(items) or not end(run, step)


def _change(run: BulkRun, step: Step, member: Membership, items: Sequence[BulkItem]) -> None:
    wish = Wish(BulkVerb(run.verb), run.argument)
    here = set(Voice.objects.of_team(run.team).filter(pk__in=_voices(items)).values_list("pk", flat=True))
    came = change_voices(member=member, wish=wish, voices=sorted(here), now=step.now())
    told = defaultdict[tuple[ItemState, str], list[int]](list)
    for item in items:
        told[_came_of(item.voice_id, here, came)].append(item.pk)
    for (state, message), ids in told.items():
        BulkItem.objects.filter(pk__in=ids).update(state=state, message=message)


def _came_of(voice_id: UUID | None, here: Set[UUID], came: Came) -> tuple[ItemState, str]:
    if voice_id is None or voice_id not in here:
        return ItemState.SKIPPED, NOT_HERE
    if voice_id in came.refused:
        return ItemState.FAILED, came.refused[voice_id]
    return (ItemState.DONE if voice_id in came.changed else ItemState.SKIPPED), ""


def _voices(items: Sequence[BulkItem]) -> list[UUID]:
    return [item.voice_id for item in items if item.voice_id]


# --- deletions ------------------------------------------------------------------------------------------


def next_deletes(run: BulkRun, step: Step) -> list[Doomed]:
    """The next voices to be asked for; [] where the run has ended or is another worker's.

    What needs no call is settled on the way. Voices that were tried without a clear answer come last.
    """
    while True:
        member = _member(run, step)
        if member is None or not run.take(holder=step.holder, state=BulkState.RUNNING):
            return []
        items = list(
            _waiting(run).select_related("voice__account", "voice__team").order_by("message", "pk")[:AT_ONCE]
        )
        if not items:
            end(run, step)
            return []
        doomed = [one for item in items if (one := _doom(item, run, member, step)) is not None]
        if doomed:
            return doomed


def _doom(item: BulkItem, run: BulkRun, member: Membership, step: Step) -> Doomed | None:
    voice = item.voice
    if voice is None or voice.deleted_at is not None:
        _settle(item, ItemState.SKIPPED, NOT_HERE if voice is None else DELETED_BEFORE)
    elif voice.gone_at is not None:
        with transaction.atomic():
            if remove_gone_voice(member=member, voice=voice, now=step.now):
                _settle(item, ItemState.DONE, "It was gone at Althea already.")
    elif reason := why_not(member.user, voice):
        _settle(item, ItemState.FAILED, reason)
    else:
        key = own_key_for(member.user, voice.account)
        return Doomed(item, voice, key, member) if key else None
    return None


def _settle(item: BulkItem, state: ItemState, message: str = "") -> None:
    # Whatever a cancel said meanwhile: what has happened is told.
    BulkItem.objects.filter(pk=item.pk).update(state=state, message=message[:300])


def keep_deletes(run: BulkRun, step: Step, came: Sequence[tuple[Doomed, Outcome]]) -> bool:
    """Whether the run goes on at once, after what came of these calls is written down."""
    for doomed, outcome in came:
        _keep(doomed, outcome, step)
    if words := _lost_key(came):
        end(run, step, message=f"{words} The rest was not deleted.")
        return False
    errors = [outcome.error for _, outcome in came if outcome.fate is Fate.LATER and outcome.error]
    attempts = run.attempts + 1 if len(errors) == len(came) else 0
    if not errors:
        return run.take(holder=step.holder, attempts=0)
    if attempts >= MOST_PAUSES:
        end(run, step, message=f"{errors[0].message} The rest was not done.")
    else:
        seconds = max(_pause(error, step, attempts) for error in errors)
        put_off(run, step, seconds=seconds, attempts=attempts, message=errors[0].message[:500])
    return False


def _lost_key(came: Sequence[tuple[Doomed, Outcome]]) -> str:
    """Why no key of the person opens an account any more whose key was refused just now; "" where another one does."""
    refused = [doomed for doomed, outcome in came if outcome.fate is Fate.KEY_REFUSED]
    words = (key_refusal(one.member.user, one.voice.account) for one in refused)
    return next((one for one in words if one), "")


def _pause(error: AltheaError, step: Step, attempts: int) -> float:
    if isinstance(error, ThrottledError):
        return error.retry_after_seconds
    return step.pace.retries[min(max(attempts, 1), len(step.pace.retries)) - 1]


def _keep(doomed: Doomed, outcome: Outcome, step: Step) -> None:
    item, words = doomed.item, told_delete(outcome, doomed.key)
    if outcome.fate in {Fate.DONE, Fate.GONE}:
        with transaction.atomic():
            ours = finish_delete(member=doomed.member, voice=doomed.voice, now=step.now())
            _settle(item, *((ItemState.DONE,) if ours else (ItemState.SKIPPED, DELETED_BEFORE)))
    elif outcome.fate is Fate.KEY_REFUSED:
        note_refusal(member=doomed.member, key=doomed.key, outcome=outcome, now=step.now())
    elif outcome.fate in {Fate.UNDONE, Fate.UNCLEAR} and not item.message:
        BulkItem.objects.filter(pk=item.pk, state=ItemState.WAITING).update(message=words[:300])
    elif outcome.fate is not Fate.LATER:
        _settle(item, ItemState.FAILED, words)
