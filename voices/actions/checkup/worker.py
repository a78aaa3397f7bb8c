"""The worker: without one, pages work, but clones, previews and syncs wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from voices.actions.checkup.base import Check, Problem
from voices.models import WorkerProcess

SILENT_AFTER = timedelta(seconds=60)
REMEDY = "Start one: manage.py worker. manage.py serve runs one itself; its log says why it has ended."


def silence_of_workers(*, now: datetime) -> timedelta | None:
    """Return for how long no worker was seen; None if none ever was.

    What was written before the clock was set back says nothing: a worker that runs has written again since.
    """
    seen = WorkerProcess.objects.filter(seen_at__lte=now + SILENT_AFTER).aggregate(last=Max("seen_at"))
    return now - seen["last"] if seen["last"] else None


def worker_problems(*, now: datetime) -> Iterator[Problem]:
    """Yield a problem if no worker was seen for a minute."""
    silence = silence_of_workers(now=now)
    if silence is None:
        yield Problem(sentence="no worker runs", remedy=REMEDY, stops_pages=False)
    elif silence > SILENT_AFTER:
        minutes = int(silence.total_seconds() // 60)
        yield Problem(sentence=f"no worker was seen for {minutes} min", remedy=REMEDY, stops_pages=False)


CHECK = Check(
    name="worker",
    problems=lambda: worker_problems(now=timezone.now()),
    is_probed=True,
    uses_database=True,
)
