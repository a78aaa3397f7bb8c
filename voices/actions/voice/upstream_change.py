"""Shared by all changes of a voice at Althea: the key to use, one change at a time, and the meaning of errors.

Each takes the voice's lease (`change_lock`), calls Althea outside any transaction, and stores the outcome. If the
process dies in between, the lease expires and the next sync stores what Althea did.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Q

from voices import althea, gateway
from voices.actions.keys.verdicts import record_verdict
from voices.althea import (
    AltheaClient,
    AltheaError,
    GarbledAnswerError,
    GoneError,
    KeyRefusedError,
    Problem,
    ThrottledError,
)
from voices.althea.payloads import VoiceChanges
from voices.kit.sealing import SealError
from voices.models import AltheaAccount, ApiKey, KeyState, Membership, User, Voice

# Three calls of at most 30 s each. A process that dies in between blocks the voice for no longer than this.
CHANGE_LEASE = timedelta(minutes=2)
NOT_APPLIED = "Althea accepted the change but didn't make it."


class ChangeStatus(StrEnum):
    """The outcome of a change at Althea. For voices, only DONE and GONE change the library's row."""

    DONE = "done"
    GONE = "gone"  # Althea has no such voice any more; for a deletion that is DONE
    UNCHANGED = "unchanged"  # it was already as requested
    DIFFERS = "differs"  # the voice, or an agent's voice, is not what the person saw
    REFUSED = "refused"  # Althea's message says why
    FORBIDDEN = "forbidden"  # the key lacks the permission, but is valid
    KEY_REFUSED = "key_refused"
    LATER = "later"  # nothing was done, and it may work later
    UNDONE = "undone"  # no clear answer, but a check showed that nothing was changed
    UNCLEAR = "unclear"  # no clear answer, and we could not check
    BUSY = "busy"  # someone else's change is in progress


# The status of a refused or unanswered change. UNCLEAR is checked before it is reported.
AFTER_CHANGE: dict[Problem, ChangeStatus] = {
    Problem.KEY_REFUSED: ChangeStatus.KEY_REFUSED,
    Problem.FORBIDDEN: ChangeStatus.FORBIDDEN,
    Problem.BLOCKED: ChangeStatus.LATER,
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
    """The outcome of a change: the status, the voice as Althea last described it, and the error.

    `answer` is the HTTP status of Althea's answer to a deletion that is done, `found` the voice that an agent names
    instead of the one that the person saw.
    """

    status: ChangeStatus
    voice: althea.Voice | None = None
    error: AltheaError | None = None
    answer: int | None = None
    found: str = ""

    @property
    def message(self) -> str:
        """The error's sentence; "" without an error."""
        return self.error.message if self.error else ""


# --- whose key -------------------------------------------------------------------------------------


def own_key_for(user: User, account: AltheaAccount) -> ApiKey | None:
    """Return the person's own working key for the account, preferring their default; None without one."""
    return ApiKey.objects.owned_by(user).filter(account=account, state=KeyState.OK).first()


def key_refusal(user: User, account: AltheaAccount) -> str:
    """Return why no key of the person can change voices of the account, as a sentence; "" if one can."""
    if own_key_for(user, account):
        return ""
    broken = ApiKey.objects.owned_by(user).filter(account=account).first()
    if broken is None:
        return f"To change voices in the account {account}, you need your own key for it. Add one on the Keys page."
    how = "was refused by Althea" if broken.state == KeyState.REFUSED else "has not been tested yet"
    return f"Your key “{broken.label}” ({broken.shown}) for the account {account} {how}. Test or replace it first."


def blocked_reason(user: User, voice: Voice) -> str:
    """Return why the person cannot change the voice at Althea, as a sentence; "" if they can."""
    if voice.is_public:
        return "This voice belongs to Althea's public catalogue, so it can't be changed or deleted here."
    return key_refusal(user, voice.account)


def failure_message(
    outcome: Outcome,
    key: ApiKey,
    *,
    nothing: str = "Nothing was changed.",
    undone: str = "We checked: nothing was changed.",
    unclear: str,
    differs: str = "",
) -> str:
    """Return why a change was not made in sentences, of which the kind of change gives some; "" if it was made."""
    if isinstance(outcome.error, ThrottledError) and outcome.status is ChangeStatus.LATER:
        seconds = max(1, round(outcome.error.retry_after_seconds))
        return f"Althea is too busy. {nothing} Try again in {seconds} s."
    return {
        ChangeStatus.DONE: "",
        ChangeStatus.DIFFERS: differs,
        ChangeStatus.KEY_REFUSED: f"Althea refused your key “{key.label}”. {nothing}",
        ChangeStatus.UNDONE: f"{outcome.message or NOT_APPLIED} {undone} Try again.",
        ChangeStatus.UNCLEAR: f"{outcome.message} {unclear}",
        ChangeStatus.BUSY: "Someone else is changing this voice right now. Try again when they are done.",
    }.get(outcome.status, f"{outcome.message} {nothing}")


# --- one change of a voice at a time -----------------------------------------------------------------


def acquire_lock(voice: Voice, now: datetime) -> bool:
    """Take the lease for a change of the voice. Return False if another change is in progress."""
    free = Q(changing_until=None) | Q(changing_until__lte=now)
    rows = Voice.objects.filter(free, pk=voice.pk, deleted_at=None)
    return rows.update(changing_until=now + CHANGE_LEASE) == 1


def release_lock(voice: Voice) -> None:
    """Release the lease, so that the next change can start."""
    Voice.objects.filter(pk=voice.pk).update(changing_until=None)


@contextmanager
def change_lock(voice: Voice, now: datetime) -> Iterator[bool]:
    """Hold the lease while the block sends a change to Althea. Yield False if another change is in progress."""
    is_ours = acquire_lock(voice, now)
    try:
        yield is_ours
    finally:
        if is_ours:
            release_lock(voice)


# --- calling Althea ----------------------------------------------------------------------------------


def call_with_key(key: ApiKey, call: Callable[[AltheaClient], Any], *, ask: Any = gateway.ask) -> Outcome:
    """Make the call with the stored key and return its outcome. A key that cannot be opened counts as refused."""
    try:
        outcome: Outcome = ask(call, secret=gateway.unseal(key), endpoint=key.endpoint)
    except SealError as problem:
        return Outcome(ChangeStatus.KEY_REFUSED, error=KeyRefusedError(str(problem)))
    return outcome


def interpret_error(error: AltheaError) -> Outcome:
    """Return what an error of a change means.

    As with a clone, a 503 with Retry-After may have succeeded; a 429 has not.
    """
    status = AFTER_CHANGE[error.problem]
    if status is ChangeStatus.LATER and error.status == 503:
        status = ChangeStatus.UNCLEAR
    return Outcome(status, error=error)


async def change_if_as_seen(
    client: AltheaClient,
    voice_id: str,
    *,
    is_as_seen: Callable[[althea.Voice], bool],
    is_changed: Callable[[althea.Voice], bool],
    changes: VoiceChanges,
) -> Outcome:
    """Make the changes if the voice is still as it was seen, and check the result if the answer is unclear."""
    try:
        current = await client.get_voice(voice_id)
    except AltheaError as error:
        outcome = interpret_error(error)
        # A read changes nothing, so an unclear one can simply be repeated.
        return Outcome(ChangeStatus.LATER, error=error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    if not is_as_seen(current):
        return Outcome(ChangeStatus.DIFFERS, current)
    try:
        return Outcome(ChangeStatus.DONE, await _patch(client, voice_id, changes))
    except AltheaError as error:
        outcome = interpret_error(error)
        if outcome.status is not ChangeStatus.UNCLEAR:
            return outcome
        return await _check(client, voice_id, is_changed, error)


async def _patch(client: AltheaClient, voice_id: str, changes: VoiceChanges) -> althea.Voice:
    changed = await client.update_voice(voice_id, **changes)
    if changed.voice_id != voice_id:
        raise GarbledAnswerError("Althea answered with a different voice.")
    return changed


async def _check(
    client: AltheaClient, voice_id: str, is_changed: Callable[[althea.Voice], bool], error: AltheaError
) -> Outcome:
    try:
        current = await client.get_voice(voice_id)
    except GoneError as gone:
        return Outcome(ChangeStatus.GONE, error=gone)
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)
    return Outcome(ChangeStatus.DONE if is_changed(current) else ChangeStatus.UNDONE, current, error)


def note_refusal(*, member: Membership, key: ApiKey, outcome: Outcome, now: datetime) -> None:
    """Record what the outcome proves about the key."""
    if outcome.error is not None:
        record_verdict(key=key, error=outcome.error, now=now, team=member.team)
