"""Which workers run, as they say themselves."""

import os
import socket
from datetime import datetime, timedelta

from voices.models import WorkerProcess
from voices.version import VERSION

KEPT_DAYS = 7  # of a worker that was killed: its row shows when


def mark_alive(*, name: str, started_at: datetime, now: datetime) -> None:
    """Write that the worker of this process works: one upsert."""
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
    """Delete the worker's row: it was stopped, so nobody has to look for it."""
    WorkerProcess.objects.filter(name=name).delete()


def delete_old_workers(*, now: datetime) -> int:
    """Delete workers not seen for a week. Return how many."""
    return WorkerProcess.objects.filter(seen_at__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]
