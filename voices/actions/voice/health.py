"""The health of a voice, as far as calls for its preview show it, and since when.

Only Althea's response about the voice itself counts, not a problem of a key, an allowance, a proxy or an outage.
"""

from datetime import datetime

from django.db import transaction

from voices import audit
from voices.actions.voice.changed import voices_changed
from voices.althea import AltheaError, UnknownOutcomeError
from voices.models import Health, User, Voice
from voices.notices.kinds import RECOVERED, UNHEALTHY, voice_facts

# Rejected because of the voice, or not found; a failing external voice has its provider's message.
ABOUT_THE_VOICE = frozenset({400, 404, 410, 422})


def problem_of(error: AltheaError) -> str:
    """Return the voice's problem according to the error; "" if the error is not about the voice."""
    is_about_it = error.status in ABOUT_THE_VOICE and not isinstance(error, UnknownOutcomeError)
    return error.message if is_about_it else ""


def note_health(
    voice: Voice, health: Health, *, now: datetime, problem: str = "", actor: User | None = None
) -> bool:
    """Store the result of the last call for the preview. Return whether the voice's problem began or ended.

    A failure without a problem is not about the voice, so a known problem stays. The version stays, too, since no form
    shows this. Call it in a transaction.
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
    latest = problem or known.health_problem
    audit.record(actor=actor, team=voice.team, verb=verb, thing=voice, problem=latest)
    facts = {"voice": voice_facts(voice), "problem": latest}
    (UNHEALTHY if problem else RECOVERED).write(team=voice.team, now=now, about=voice.added_by, **facts)
    return True


def note_refusal(voice: Voice, error: AltheaError, *, now: datetime, actor: User | None = None) -> bool:
    """Store the voice's problem according to the error. Return False if the error is not about the voice."""
    problem = problem_of(error)
    if problem:
        with transaction.atomic():
            note_health(voice, Health.FAILING, now=now, problem=problem, actor=actor)
    return bool(problem)
