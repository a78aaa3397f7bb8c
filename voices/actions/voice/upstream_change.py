"""Deleting a voice at Althea, in steps that a page and the worker share; voice_edits.py takes most of them too.

`why_not` and `own_key_for` say with whose key; `begin_change` claims the voice; `delete_upstream` is all that is
asked of Althea, by whichever client; `finish_delete` writes it down, or `let_go` gives the voice free. Between the
call and the writing a process may die: then the next sync finds the voice gone, which is true.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from voices import althea, audit, gateway
from voices.access import Verb, require
from voices.actions.files import discard
from voices.actions.keys.store import mark_refused
from voices.actions.voice.search_text import library_changed
from voices.althea import AltheaClient, AltheaError, GoneError, KeyRefusedError, Problem, ThrottledError
from voices.kit.sealing import SealError
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, PreviewFile, User, Voice

Now = Callable[[], datetime]
# Three calls of at most 30 s each; a process that died in between blocks the voice no longer than that.
CHANGE_LEASE = timedelta(minutes=2)
PUBLIC = "public"


class ChangeStatus(StrEnum):
    """What became of a wish to change a voice; only of DONE and GONE is there something to write down."""

    DONE = "done"
    GONE = "gone"  # Althea has no such voice any more; for a deletion that is DONE
    DIFFERS = "differs"  # the voice is not what the person saw
    REFUSED = "refused"  # Althea's words say why
    FORBIDDEN = "forbidden"  # the key works, but not for this
    KEY_REFUSED = "key_refused"
    LATER = "later"  # nothing was done, and it may work later
    UNDONE = "undone"  # no clear answer; we looked, and it is as it was
    UNCLEAR = "unclear"  # no clear answer, and no look either
    BUSY = "busy"  # somebody else's change is under way


# What a refused or unanswered change means. KEY_REFUSED is asked about and UNCLEAR is looked at before it is told.
AFTER_CHANGE: dict[Problem, ChangeStatus] = {
    Problem.KEY_REFUSED: ChangeStatus.KEY_REFUSED,
    Problem.NO_ALLOWANCE: ChangeStatus.REFUSED,
    Problem.NAME_TAKEN: ChangeStatus.REFUSED,
    Problem.LIMIT_REACHED: ChangeStatus.REFUSED,
    Problem.INVALID: ChangeStatus.REFUSED,
    Problem.GONE: ChangeStatus.GONE,
    Problem.THROTTLED: ChangeStatus.LATER,
    Problem.NOT_SENT: ChangeStatus.LATER,
    Problem.UNKNOWN: ChangeStatus.UNCLEAR,
    Problem.GARBLED: ChangeStatus.UNCLEAR,
}


@dataclass(frozen=True)
class Outcome:
    """What became of it, the voice as Althea told it last, and the error that was in the way."""

    status: ChangeStatus
    voice: althea.Voice | None = None
    error: AltheaError | None = None

    @property
    def message(self) -> str:
        """Althea's problem as a sentence; "" where there was none."""
        return self.error.message if self.error else ""


# --- whose key -------------------------------------------------------------------------------------


def own_key_for(user: User, account: AltheaAccount) -> ApiKey | None:
    """The person's own key that opens the account and works, their default first; None without one."""
    return ApiKey.objects.owned_by(user).filter(account=account, state=KeyState.OK).first()


def key_refusal(user: User, account: AltheaAccount) -> str:
    """Why no key of this person changes voices of the account, as a sentence; "" where one does."""
    if own_key_for(user, account):
        return ""
    broken = ApiKey.objects.owned_by(user).filter(account=account).first()
    if broken is None:
        return f"Voices of the account {account} are changed with a key of your own, and you have stored none for it."
    how = "was refused by Althea" if broken.state == KeyState.REFUSED else "has not been tested yet"
    return f"Your key “{broken.label}” ({broken.shown}) for the account {account} {how}. Test or replace it first."


def blocked_reason(user: User, voice: Voice) -> str:
    """Why this person cannot change the voice at Althea, as a sentence; "" where they can."""
    if voice.ownership == PUBLIC:
        return "This voice belongs to Althea's public catalogue, so nobody here can change or delete it."
    return key_refusal(user, voice.account)


# --- one change of a voice at a time -----------------------------------------------------------------


def acquire_lock(voice: Voice, now: datetime) -> bool:
    """Whether the voice is now this caller's to change; False while another change of it is under way."""
    free = Q(changing_until=None) | Q(changing_until__lte=now)
    mine = Voice.objects.filter(free, pk=voice.pk, deleted_at=None)
    return mine.update(changing_until=now + CHANGE_LEASE) == 1


def release_lock(voice: Voice) -> None:
    """The voice is free for the next change."""
    Voice.objects.filter(pk=voice.pk).update(changing_until=None)


@contextmanager
def change_lock(voice: Voice, now: datetime) -> Iterator[bool]:
    """Holds the voice while a change of it is at Althea; False where somebody else does."""
    is_ours = acquire_lock(voice, now)
    try:
        yield is_ours
    finally:
        if is_ours:
            release_lock(voice)


# --- what is asked of Althea -------------------------------------------------------------------------


async def refused_as(client: AltheaClient, error: AltheaError) -> Outcome:
    """What an error of a change means. A 401 or 403 is asked about: is it the key, or only this voice?

    503 with Retry-After may have landed, as in a clone; 429 has not.
    """
    status = AFTER_CHANGE[error.problem]
    if status is ChangeStatus.LATER and error.status == 503:
        return Outcome(ChangeStatus.UNCLEAR, error=error)
    if status is not ChangeStatus.KEY_REFUSED:
        return Outcome(status, error=error)
    try:
        await client.get_account()
    except KeyRefusedError:
        return Outcome(ChangeStatus.KEY_REFUSED, error=error)
    except AltheaError:
        pass  # no proof against the key
    return Outcome(ChangeStatus.FORBIDDEN, error=error)


async def delete_upstream(client: AltheaClient, voice_id: str) -> Outcome:
    """Deletes the voice, and looks where the answer leaves that unclear: DONE means that Althea has it no more."""
    try:
        await client.delete_voice(voice_id)
    except AltheaError as error:
        outcome = await refused_as(client, error)
        return await _look(client, voice_id, error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    return Outcome(ChangeStatus.DONE)


async def _look(client: AltheaClient, voice_id: str, error: AltheaError) -> Outcome:
    try:
        return Outcome(ChangeStatus.UNDONE, await client.get_voice(voice_id), error)
    except GoneError:
        return Outcome(ChangeStatus.DONE)
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)


def ask_with(key: ApiKey, call: Callable[[AltheaClient], Any], *, ask: Any = gateway.ask) -> Outcome:
    """What the call told, made with this stored key; a key that cannot be opened any more is a refused one."""
    try:
        outcome: Outcome = ask(call, secret=gateway.unseal(key), endpoint=key.endpoint)
    except SealError as problem:
        return Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError(str(problem)))
    return outcome


def note_refusal(*, member: Membership, key: ApiKey, outcome: Outcome, now: datetime) -> None:
    """Marks the key as refused where that is what the outcome says."""
    if outcome.status is ChangeStatus.KEY_REFUSED:
        mark_refused(key=key, message=outcome.message, now=now, team=member.team)


def delete_message(outcome: Outcome, key: ApiKey) -> str:
    """What became of a deletion, as a sentence for the page or the report of many; "" where it is done."""
    if isinstance(outcome.error, ThrottledError) and outcome.status is ChangeStatus.LATER:
        wait = f"Try again in {max(1, round(outcome.error.retry_after_seconds))} s."
        return f"Althea has too much to do. Nothing was deleted. {wait}"
    return {
        ChangeStatus.DONE: "",
        ChangeStatus.FORBIDDEN: f"Your key “{key.label}” works, but not for deleting this voice. {outcome.message}",
        ChangeStatus.KEY_REFUSED: f"Althea refused your key “{key.label}”. Nothing was deleted.",
        ChangeStatus.UNDONE: f"{outcome.message} So we looked: the voice is still there. Try again.",
        ChangeStatus.UNCLEAR: f"{outcome.message} Whether the voice is deleted is not known: Althea could not be asked "
        "since. Try again later; what is deleted already stays so.",
        ChangeStatus.BUSY: "Somebody else is changing this voice at this moment. Try again when they are done.",
    }.get(outcome.status, f"{outcome.message} Nothing was deleted.")


# --- what is written down ----------------------------------------------------------------------------


def delete_voice(
    *, member: Membership, voice: Voice, key: ApiKey, ask: Any = gateway.ask, now: Now = timezone.now
) -> Outcome:
    """What became of the voice at Althea; DONE leaves a tombstone here. Raises PermissionDenied."""
    require(member, Verb.DELETE_VOICE)
    with change_lock(voice, now()) as is_ours:
        if not is_ours:
            return Outcome(ChangeStatus.BUSY)
        outcome = ask_with(key, lambda client: delete_upstream(client, voice.voice_id), ask=ask)
        if outcome.status in {ChangeStatus.DONE, ChangeStatus.GONE}:
            finish_delete(member=member, voice=voice, now=now())
            return Outcome(ChangeStatus.DONE)
        note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


def finish_delete(*, member: Membership, voice: Voice, now: datetime) -> bool:
    """Whether the voice, which Althea has no more, is a tombstone now; False where it was one already.

    Its recording, history, tags and aliases stay, so that it can be cloned again. A list that was under way may
    still name it, so a sync leaves a tombstone alone for 15 minutes; a voice listed after that is there after all
    and loses its tombstone. Asks for no permission: what is true is written down, whoever lost a role meanwhile.
    """
    return _soft_delete(
        Voice.objects.filter(pk=voice.pk), member=member, voice=voice, now=now, verb="voice.deleted"
    )


def remove_gone_voice(*, member: Membership, voice: Voice, now: Now = timezone.now) -> bool:
    """Whether the voice, gone at Althea, is a tombstone now; False where it is back or removed already."""
    require(member, Verb.DELETE_VOICE)
    gone = Voice.objects.filter(pk=voice.pk, gone_at__isnull=False)
    return _soft_delete(gone, member=member, voice=voice, now=now(), verb="voice.removed")


def _soft_delete(row: QuerySet[Voice], *, member: Membership, voice: Voice, now: datetime, verb: str) -> bool:
    facts = {"voice_id": voice.voice_id, "account": str(voice.account)}
    with transaction.atomic():
        buried = row.filter(deleted_at=None).update(
            deleted_at=now, deleted_by=member.user, changed_at=now, version=F("version") + 1
        )
        if not buried:
            return False
        audit.record(actor=member.user, team=member.team, verb=verb, thing=voice, **facts)
        preview = PreviewFile.objects.filter(voice=voice).first()
        PreviewFile.objects.filter(voice=voice).delete()
        library_changed(voice.team_id)
    if preview is not None and preview.file.name:
        discard(preview.file.name)
    return True
