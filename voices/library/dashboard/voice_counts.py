"""Counts of a team's voices for the dashboard, cached until the library changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q

from voices.library.filters import all_filters
from voices.library.filters.base import HidingFilter
from voices.library.search import read_columns
from voices.models import Health, Ownership, Team, User, Voice

KEPT_TEAMS = 64
COLUMNS: dict[str, Any] = {
    "language": "language", "provider": "provider", "stage": "stage", "owner": "added_by",
    "consent": "consent_state", "health": "health", "ownership": "ownership", "model": "model",
    "gone": ExpressionWrapper(Q(gone_at__isnull=False), output_field=BooleanField()),
}  # fmt: skip


@dataclass(frozen=True)
class VoiceCounts:
    """The number of voices of each kind, as the library lists them: retired and quarantined ones are hidden.

    `stages` includes retired voices, `consents` quarantined ones; `consents` and `models` exclude the public catalogue.
    """

    total: int
    languages: Counter[str]
    providers: Counter[str]
    stages: Counter[str]
    owners: Counter[int | None]
    names: Mapping[int, str]
    consents: Counter[str]
    models: Counter[str]
    gone: int
    failing: int


def voice_counts(team: Team) -> VoiceCounts:
    """Return the counts of a team that was just read: two queries, or none if its library has not changed."""
    return _counted(team.pk, team.library_revision)


@lru_cache(maxsize=KEPT_TEAMS)
def _counted(team_id: UUID, revision: int) -> VoiceCounts:
    read = read_columns(Voice.objects.filter(team=team_id, deleted_at=None), COLUMNS)
    covered = _shown("consent", read["consent"])
    current = _shown("stage", read["stage"])
    listed = [one and other for one, other in zip(covered, current, strict=True)]
    owned = [one and kind != Ownership.PUBLIC for one, kind in zip(current, read["ownership"], strict=True)]
    owners = Counter(compress(read["owner"], listed))
    people = User.objects.filter(pk__in=[owner for owner in owners if owner is not None])
    return VoiceCounts(
        total=sum(listed),
        languages=Counter(compress(read["language"], listed)),
        providers=Counter(compress(read["provider"], listed)),
        stages=Counter(compress(read["stage"], covered)),
        owners=owners,
        names={one.pk: one.shown_name for one in people},
        consents=Counter(compress(read["consent"], owned)),
        models=Counter(
            compress(read["model"], [one and other for one, other in zip(listed, owned, strict=True)])
        ),
        gone=sum(map(bool, compress(read["gone"], listed))),
        failing=sum(value == Health.FAILING for value in compress(read["health"], listed)),
    )


def _shown(name: str, column: Sequence[str]) -> list[bool]:
    """Return which values the library shows by default."""
    one = all_filters()[name]
    assert isinstance(one, HidingFilter)  # noqa: S101  # narrows the type: both filters hide some of their choices
    return [value in one.shown_by_default for value in column]
