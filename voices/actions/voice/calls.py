"""Daily counts of calls that used a voice: read from Althea along with its health check, stored for the dashboard.

A failed read says nothing about the voice and pauses the account's reads; the next one covers the missed days.
"""

from datetime import date, datetime, timedelta

from voices.actions.voice.health_checks import PAUSE_SECONDS
from voices.actions.work import WorkerContext
from voices.althea import AltheaError, CallUsage
from voices.models import DailyCalls, HealthRound, Voice

READ_PERIOD = timedelta(days=30)
MAX_PAUSE = timedelta(seconds=max(PAUSE_SECONDS.values()))
DEFAULT_PAUSE_SECONDS = 600.0
MAX_COUNT = 2**31 - 1  # the largest value of the column


def are_due(row: HealthRound, now: datetime) -> bool:
    """Whether calls may be read. A pause beyond the longest one was written before the clock was set back."""
    return row.calls_due_at is None or not now < row.calls_due_at <= now + MAX_PAUSE


def days_to_read(now: datetime) -> tuple[date, date]:
    """Return the first and the last day to read."""
    return now.date() - READ_PERIOD, now.date()


def store_calls(voice: Voice, usage: CallUsage, *, now: datetime) -> None:
    """Store the counts of days with calls, in place of earlier ones."""
    first, last = days_to_read(now)
    counts = {
        one.day: min(one.calls, MAX_COUNT) for one in usage.daily if one.calls and first <= one.day <= last
    }
    rows = [
        DailyCalls(team_id=voice.team_id, voice=voice, day=day, count=count) for day, count in counts.items()
    ]
    DailyCalls.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["voice", "day"], update_fields=["count"]
    )


def pause_reads(row: HealthRound, context: WorkerContext, error: AltheaError) -> bool:
    """Pause the account's reads of calls, and nothing else. Return False if another worker won."""
    seconds = PAUSE_SECONDS.get(error.problem, DEFAULT_PAUSE_SECONDS)
    return row.update_if_held(context.worker_id, calls_due_at=context.now() + timedelta(seconds=seconds))
