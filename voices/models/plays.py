"""Daily counts of each voice's plays, and of the calls that used it."""

from typing import ClassVar

from django.db import models

from voices.models.daily import CountQuerySet
from voices.models.people import Team
from voices.models.voice import Voice


class DailyPlays(models.Model):
    """The number of plays of a voice on a day, in UTC."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="daily_plays")
    day = models.DateField()
    count = models.IntegerField(default=0)

    objects: ClassVar[CountQuerySet["DailyPlays"]] = CountQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voice", "day"], name="one_count_of_plays"),
        ]
        indexes: ClassVar = [
            # A covering index, which alone answers which voices were played most.
            models.Index(fields=["team", "day", "voice", "count"], name="plays_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.voice_id} on {self.day}"


class DailyCalls(models.Model):
    """The number of calls that used a voice on a day, according to Althea (`actions/voice/calls.py`)."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The unique constraint begins with it.
    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="daily_calls", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voice", "day"], name="one_count_of_calls"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "day", "voice", "count"], name="calls_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.voice_id} on {self.day}"
