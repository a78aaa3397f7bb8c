"""Consents as pages show them: counts by state, the quarantine, and the voices of a consent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from voices.models import (
    Consent,
    ConsentStatement,
    Membership,
    Voice,
    VoiceDeletion,
)

MAX_LISTED = 100


@dataclass(frozen=True)
class Quarantine:
    """The voices whose consent ended, at most 100 of `total`."""

    voices: Sequence[Voice]
    total: int


def consent_counts(member: Membership) -> Mapping[str, int]:
    """Return the number of the team's own voices in each state of consent, without zeros."""
    rows = Voice.objects.of_team(member.team).custom().order_by()
    return dict(rows.values_list("consent_state").annotate(Count("pk")))


def quarantine_of(member: Membership) -> Quarantine:
    """Return the team's voices in quarantine, newest first."""
    rows = Voice.objects.of_team(member.team).quarantined()
    found = rows.select_related("account", "steward", "consent").defer("raw", "definition", "search_text")
    voices = list(found.order_by("-created_at", "-id")[: MAX_LISTED + 1])
    if len(voices) <= MAX_LISTED:
        return Quarantine(voices, len(voices))
    return Quarantine(voices[:MAX_LISTED], rows.count())


def agents_by_voice(agents: Sequence[tuple[str, Voice]]) -> dict[UUID, list[str]]:
    """Return the names of the agents that use each voice, by the voice's id."""
    found = defaultdict[UUID, list[str]](list)
    for name, voice in agents:
        found[voice.pk].append(name)
    return dict(found)


def voices_of(consent: Consent) -> list[Voice]:
    """Return the voices that the consent covers, deleted ones too, newest first; at most 100."""
    rows = consent.voices.select_related("account").defer("raw", "definition", "search_text")
    return list(rows.order_by("-created_at", "-id")[:MAX_LISTED])


def deletions_of(consent: Consent) -> list[VoiceDeletion]:
    """Return the proofs that voices of the consent were deleted at Althea, newest first."""
    return list(consent.voice_deletions.select_related("voice").order_by("-pk")[:MAX_LISTED])


def statement_versions(member: Membership, language: str) -> list[ConsentStatement]:
    """Return all versions of the team's statement in that language, newest first."""
    rows = ConsentStatement.objects.filter(team=member.team, language=language)
    return list(rows.select_related("written_by").order_by("-version"))
