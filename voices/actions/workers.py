"""Heartbeats of the running workers."""

import os
import socket
from datetime import datetime, timedelta

from voices.models import WorkerProcess
from voices.version import VERSION

KEPT_DAYS = 7  # the row of a killed worker shows when it was last seen


def mark_alive(*, name: str, started_at: datetime, now: datetime) -> None:
    """Record a heartbeat of this process's worker, by one upsert."""
    row = WorkerProcess(
        name=name,
        host=socket.gethostname()[:64],
        pid=os.getpid(),
        version=VERSION,
        started_at=started_at,
        seen_at=now,
    )
    WorkerProcess.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["name"], update_fields=["seen_at"]
    )


def mark_stopped(*, name: str) -> None:
    """Delete the row of a worker that was stopped on purpose."""
    WorkerProcess.objects.filter(name=name).delete()


def delete_old_workers(*, now: datetime) -> int:
    """Delete workers not seen for a week. Return how many."""
    return WorkerProcess.objects.filter(seen_at__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]
