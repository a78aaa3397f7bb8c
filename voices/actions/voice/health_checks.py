"""Health checks of voices: each account's are spread over the day, and a person can start one at once.

A check requests the preview without reading its body. A voice whose preview costs money is checked only when a person
asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions import NotPossibleError, Now
from voices.actions.keys.verdicts import record_verdict
from voices.actions.voice.health import note_health, note_refusal
from voices.actions.voice.usage import reading_key
from voices.actions.work import WorkerContext
from voices.althea import AltheaClient, AltheaError, Problem, ThrottledError
from voices.kit.sealing import SealError
from voices.models import (
    AltheaAccount,
    ConsentState,
    Health,
    HealthRound,
    KeyState,
    Membership,
    RoundState,
    Voice,
    VoiceQuerySet,
)

MIN_SECONDS = 2.0  # between two checks of an account: 43,200 voices a day
MAX_SECONDS = 600.0
# How long an account's checks pause after an error that is about the key, the account or the connection.
PAUSE_SECONDS: Mapping[Problem, float] = {
    Problem.NOT_SENT: 600.0,
    Problem.KEY_REFUSED: 600.0,  # another key of the account may work
    Problem.FORBIDDEN: 6 * 3600.0,
    Problem.BLOCKED: 6 * 3600.0,
    Problem.NO_ALLOWANCE: 6 * 3600.0,
    Problem.LIMIT_REACHED: 6 * 3600.0,
}
NO_KEY = "Neither you nor the person who added this voice has a working key for its account, so it can't be checked."


@dataclass(frozen=True)
class DueCheck:
    """A voice that is being checked, and the time of its previous check."""

    voice: Voice
    before: datetime | None


def begin_rounds(*, now: datetime, hours: float) -> int:
    """Start the checks of accounts that have voices; with 0 hours, end them all. Return how many."""
    if hours <= 0:
        return HealthRound.objects.all().delete()[0]
    has_voices = Exists(_checked_voices().filter(account=OuterRef("pk")))
    ids = AltheaAccount.objects.filter(has_voices, health_round=None).values_list("pk", flat=True)
    rounds = [HealthRound(account_id=pk, due_at=now) for pk in ids]
    HealthRound.objects.bulk_create(rounds, ignore_conflicts=True)
    return len(rounds)


def _checked_voices() -> VoiceQuerySet:
    return (
        Voice.objects.available()
        .custom()
        .with_free_preview()
        .filter(steward__state=KeyState.OK)
        .exclude(consent_state=ConsentState.ENDED)
    )


def next_check(row: HealthRound, context: WorkerContext, *, hours: float) -> DueCheck | None:
    """Return the account's voice whose check is longest overdue, marked as checked; None if none is due.

    It is marked beforehand, or a voice that kills its worker would be next forever.
    """
    now = context.now()
    voices = _checked_voices().filter(account=row.account_id).select_related("team", "steward")
    overdue = voices.filter(health_checked_at__lte=now - timedelta(hours=hours))
    # Two queries, since the databases disagree about where NULL stands in the index.
    never = voices.filter(health_checked_at=None).order_by("health_checked_at")[:1]
    voice = next(iter(never), None) or overdue.order_by("health_checked_at").first()
    if voice is None:
        _put_off(row, context, MAX_SECONDS)
        return None
    check = DueCheck(voice, voice.health_checked_at)
    Voice.objects.filter(pk=voice.pk).update(health_checked_at=now)
    return check


def check_interval(row: HealthRound, *, hours: float) -> float:
    """Return the seconds between two checks that spread the account's voices over `hours`."""
    at_most = round(hours * 3600 / MIN_SECONDS)
    count = Voice.objects.filter(account=row.account_id)[: max(at_most, 1)].count()
    return min(max(hours * 3600 / max(count, 1), MIN_SECONDS), MAX_SECONDS)


def passed(row: HealthRound, context: WorkerContext, check: DueCheck, *, hours: float) -> bool:
    """Store that the voice's preview is available. Return False if another worker won."""
    with transaction.atomic():
        if not _put_off(row, context, check_interval(row, hours=hours)):
            return False
        note_health(check.voice, Health.GOOD, now=context.now())
    return True


def refused(
    row: HealthRound, context: WorkerContext, check: DueCheck, error: AltheaError, *, hours: float
) -> bool:
    """Store the voice's problem, or pause the account's checks. Return False if another worker won.

    Other errors, such as an internal one of Althea, are left to the next check.
    """
    if note_refusal(check.voice, error, now=context.now()):
        return _put_off(row, context, check_interval(row, hours=hours))
    if check.voice.steward is not None:
        record_verdict(key=check.voice.steward, error=error, now=context.now(), team=check.voice.team)
    seconds = PAUSE_SECONDS.get(error.problem)
    if isinstance(error, ThrottledError):
        seconds = max(error.retry_after_seconds, MIN_SECONDS)
    if seconds is None:
        return _put_off(row, context, check_interval(row, hours=hours))
    Voice.objects.filter(pk=check.voice.pk).update(health_checked_at=check.before)
    return _put_off(row, context, seconds, state=RoundState.PAUSED, problem=error.message[:300])


def _put_off(row: HealthRound, context: WorkerContext, seconds: float, **columns: Any) -> bool:
    columns = {"state": RoundState.CHECKING, "problem": "", "crashes": 0, **columns}
    return row.update_if_held(context.worker_id, **context.due_in(seconds), **columns)


def crashed(row: HealthRound, context: WorkerContext) -> bool:
    """Continue with another voice after an internal error. Return False if another worker won."""
    return _put_off(row, context, MAX_SECONDS)


async def _check(client: AltheaClient, voice_id: str) -> None:
    await client.check_preview(voice_id)


def check_now(*, member: Membership, voice: Voice, ask: Any = gateway.ask, now: Now = timezone.now) -> str:
    """Check the voice at once, even at a cost. Return its problem; "" if its preview is available.

    Raises PermissionDenied; NotPossibleError if it could not be checked.
    """
    require(member, Verb.EDIT_VOICE)
    key = reading_key(member, voice)
    if key is None:
        raise NotPossibleError(NO_KEY)
    try:
        ask(lambda client: _check(client, voice.voice_id), secret=gateway.unseal(key), endpoint=key.endpoint)
    except SealError as problem:
        raise NotPossibleError(str(problem)) from problem
    except AltheaError as error:
        if note_refusal(voice, error, now=now(), actor=member.user):
            return voice.health_problem
        record_verdict(key=key, error=error, now=now(), team=member.team)
        raise NotPossibleError(f"This voice couldn't be checked. {error.message}") from error
    with transaction.atomic():
        note_health(voice, Health.GOOD, now=now(), actor=member.user)
        audit.record_by(member, "voice.checked", voice)
    return ""
