"""A team's small world whose figures can be computed by hand: three days of November 2026."""

from datetime import UTC, date, datetime
from typing import Any

from tests.base import Cast
from tests.builders import make_account, make_voice
from voices.actions.voice.changed import voices_changed
from voices.kit.time_buckets import bucket_of
from voices.library.dashboard.period import Period
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.registry import figures
from voices.models import (
    DailyCalls,
    DailyClones,
    DailyCloneTimes,
    DailyPlays,
    Membership,
    SlotSample,
    StorageSample,
    Voice,
)

FIRST, SECOND, THIRD = (date(2026, 11, day) for day in (1, 2, 3))
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
PERIOD = Period("own", FIRST, THIRD)
CLONES = (
    (FIRST, "created", "", 3),
    (FIRST, "failed", "invalid", 1),
    (THIRD, "created", "", 1),
    (THIRD, "failed", "invalid", 1),
    (THIRD, "failed", "limit_reached", 4),
    (THIRD, "cancelled", "", 1),
    (date(2026, 10, 31), "created", "", 50),
)


def make_small_world(cast: Cast) -> dict[str, Any]:
    """Create it, with as much of another team that must not be seen. Return the voices and accounts by name."""
    for member in (cast.sam, cast.ada):
        team, account = member.team, make_account(name=f"Studio {member.team}")
        for day, outcome, reason, count in CLONES:
            DailyClones.objects.create(team=team, day=day, outcome=outcome, reason=reason, count=count)
        for day, seconds, count in ((FIRST, 10, 2), (FIRST, 60, 1), (THIRD, 100, 1)):
            DailyCloneTimes.objects.create(team=team, day=day, bucket=bucket_of(seconds), count=count)
        for day, used in ((FIRST, 3), (THIRD, 9)):
            SlotSample.objects.create(
                team=team, account=account, day=day, used=used, allowed=10, taken_at=NOON
            )
        StorageSample.objects.create(
            team=team, day=SECOND, recording_bytes=2_000_000, preview_bytes=500_000, taken_at=NOON
        )
        voices = _voices(member)
        for name, day, count in (("Marlene", FIRST, 4), ("Marlene", THIRD, 1), ("Sora", SECOND, 2)):
            DailyPlays.objects.create(team=team, voice=voices[name], day=day, count=count)
        for name, day, count in (("Sora", FIRST, 30), ("Sora", THIRD, 10), ("Otto", SECOND, 7)):
            DailyCalls.objects.create(team=team, voice=voices[name], day=day, count=count)
    return {**voices, "account": account}


def _voices(member: Membership) -> dict[str, Voice]:
    """Two drafts and one approved voice are listed; one is retired, one in quarantine, one deleted."""
    facts: dict[str, dict[str, Any]] = {
        "Marlene": {"consent_state": "recorded"},
        "Sora": {
            "primary_language": "ja-JP",
            "provider": "Cartesia",
            "stage": "approved",
            "health": "failing",
        },
        "Otto": {"added_by": None, "primary_language": "", "provider": "", "gone_at": NOON},
        "Retired": {"stage": "retired", "consent_state": "expiring"},
        "Withdrawn": {"consent_state": "ended"},
        "Deleted": {"deleted_at": NOON},
        "Public": {"ownership": "public"},
    }
    found = {name: make_voice(member, name=name, **given) for name, given in facts.items()}
    voices_changed(member.team_id)
    member.team.refresh_from_db()
    return found


def reading_of(member: Membership, period: Period = PERIOD) -> Reading:
    """A look at that member's dashboard on the third day at noon."""
    return Reading(member, period, NOON)


def rows_of(
    member: Membership, name: str, period: Period = PERIOD
) -> list[tuple[str, tuple[float | None, ...]]]:
    """What a figure shows: label and values of each row."""
    return [(row.label, row.values) for row in figures()[name].read(reading_of(member, period)).rows]
