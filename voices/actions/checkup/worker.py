"""The worker: without one, pages work, but clones, previews and syncs wait."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from voices.actions.checkup.base import Check, Problem
from voices.models import WorkerProcess
from voices.models.workers import SILENT_AFTER

REMEDY = "Start one: manage.py worker. manage.py serve runs one itself; its log says why it stopped."


def worker_problems(*, now: datetime) -> Iterator[Problem]:
    """Yield a problem if no worker was seen for a minute."""
    silence = WorkerProcess.objects.silence(now)
    if silence is None:
        yield Problem(sentence="no worker is running", remedy=REMEDY, stops_pages=False)
    elif silence > SILENT_AFTER:
        minutes = int(silence.total_seconds() // 60)
        yield Problem(sentence=f"no worker has been seen for {minutes} min", remedy=REMEDY, stops_pages=False)


CHECK = Check(
    name="worker",
    problems=lambda: worker_problems(now=timezone.now()),
    is_probed=True,
    uses_database=True,
)
