"""The most played voices, and those used in most calls; one query for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Sum, Value

from voices.models import DailyCalls, DailyPlays, Team, Voice

MAX_VOICES = 8  # voices
PLAYS, CALLS = "plays", "calls"


@dataclass(frozen=True)
class Use:
    """The use of a voice: `kind` is PLAYS or CALLS."""

    kind: str
    voice_id: UUID
    name: str
    count: int


def most_used(team: Team, first: date, last: date) -> Sequence[Use]:
    """Return the voices with the most plays and those with the most calls, most first."""
    played, called = (
        _most(team, model.objects.filter(day__range=(first, last)), kind)
        for model, kind in ((DailyPlays, PLAYS), (DailyCalls, CALLS))
    )
    found = [Use(*row) for row in played.union(called, all=True)]
    return sorted(found, key=lambda use: (-use.count, use.voice_id))


def _most(team: Team, rows: QuerySet[Any], kind: str) -> QuerySet[Voice, tuple[str, UUID, str, int]]:
    counted = rows.order_by().values("voice").annotate(sum=Sum("count"))
    most = counted.filter(team=team).order_by("-sum", "voice").values("voice")[:MAX_VOICES]
    # Without the team, or SQLite reads all of its rows for each voice (measured: more than twice as long).
    sums = counted.filter(voice=OuterRef("pk")).values("sum")
    # Names are read only for these few.
    named = Voice.objects.filter(pk__in=most).annotate(kind=Value(kind, CharField()), sum=Subquery(sums))
    return named.order_by().values_list("kind", "pk", "name", "sum")
