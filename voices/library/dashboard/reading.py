"""The data of one view of the dashboard: what several figures share is read only once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from voices.library.dashboard.period import Period
from voices.library.dashboard.voice_counts import VoiceCounts, voice_counts
from voices.library.dashboard.voice_use import Use, most_used
from voices.models import DailyClones, Membership, SlotSample

EndedClones = Sequence[tuple[date, str, str, int]]


@dataclass(frozen=True)
class Reading:
    """One view of a team's dashboard. Each property is read lazily, by one query at most."""

    member: Membership
    period: Period
    now: datetime

    @cached_property
    def voices(self) -> VoiceCounts:
        """The number of voices of each kind."""
        return voice_counts(self.member.team)

    @cached_property
    def clones(self) -> EndedClones:
        """The clones that ended in the period: day, outcome, reason, number."""
        rows = DailyClones.objects.filter(team=self.member.team, count__gt=0)
        within = rows.filter(day__range=(self.period.first, self.period.last))
        return list(within.values_list("day", "outcome", "reason", "count"))

    @cached_property
    def used_voices(self) -> Sequence[Use]:
        """The voices with the most plays, and those with the most calls, in the period."""
        return most_used(self.member.team, self.period.first, self.period.last)

    @cached_property
    def slots(self) -> Sequence[SlotSample]:
        """The slot samples of the period, oldest first, each with its account's health round."""
        rows = SlotSample.objects.filter(team=self.member.team, day__gte=self.period.first)
        return list(rows.select_related("account__health_round").order_by("day", "account__name", "account"))
