"""What a call for a voice's preview says about the voice itself, kept with since when.

Only Althea's own answer about the voice counts. A key, an allowance, a proxy or an outage says nothing about it.
"""

from datetime import datetime

from django.db import transaction

from voices import audit
from voices.actions.voice.changed import voices_changed
from voices.althea import AltheaError, UnknownOutcomeError
from voices.models import Health, User, Voice
from voices.notices.kinds import RECOVERED, UNHEALTHY, voice_facts

# Refused for what the voice is, or not found. A preview of an external voice fails so with its provider's own words.
ABOUT_THE_VOICE = frozenset({400, 404, 410, 422})


def problem_of(error: AltheaError) -> str:
    """Return what the error says about the voice; "" if it says nothing about it."""
    is_about_it = error.status in ABOUT_THE_VOICE and not isinstance(error, UnknownOutcomeError)
    return error.message if is_about_it else ""


def note_health(
    voice: Voice, health: Health, *, now: datetime, problem: str = "", actor: User | None = None
) -> bool:
    """Store how the last call for the preview went. Return whether the voice's problem began or ended by that.

    A failure without a problem says nothing about the voice itself: a known problem stays. The version stays as well,
    since no form shows any of this. Call it in a transaction.
    """
    rows = Voice.objects.filter(pk=voice.pk)
    known = rows.select_for_update(no_key=True).only("health", "health_problem", "health_since").first()
    if known is None:
        return False
    problem = problem[:300] or (known.health_problem if health == Health.FAILING else "")
    since = (known.health_since or now) if problem else None
    columns = {"health": health, "health_problem": problem, "health_since": since, "health_checked_at": now}
    rows.update(**columns)
    for name, value in columns.items():
        setattr(voice, name, value)
    if known.health != health:
        voices_changed(voice.team_id)
    if bool(known.health_problem) == bool(problem):
        return False
    verb = "voice.failing" if problem else "voice.recovered"
    told = problem or known.health_problem
    audit.record(actor=actor, team=voice.team, verb=verb, thing=voice, problem=told)
    facts = {"voice": voice_facts(voice), "problem": told}
    (UNHEALTHY if problem else RECOVERED).write(team=voice.team, now=now, about=voice.added_by, **facts)
    return True


def note_refusal(voice: Voice, error: AltheaError, *, now: datetime, actor: User | None = None) -> bool:
    """Store what an error says about the voice. Return False if that is nothing."""
    problem = problem_of(error)
    if problem:
        with transaction.atomic():
            note_health(voice, Health.FAILING, now=now, problem=problem, actor=actor)
    return bool(problem)
