"""The workers that run: what says that background work is done."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

# A worker that was not seen for so long is missed: it writes four times as often.
SILENT_AFTER = timedelta(seconds=60)


class WorkerProcessQuerySet(models.QuerySet["WorkerProcess"]):
    """Worker processes.

    What was written before the clock was set back says nothing: a worker that runs has written again since.
    """

    def seen(self, now: datetime) -> "WorkerProcessQuerySet":
        """Return those that were seen within the last minute."""
        return self.filter(seen_at__range=(now - SILENT_AFTER, now + SILENT_AFTER))

    def silence(self, now: datetime) -> timedelta | None:
        """Return for how long none was seen; None if none ever was."""
        found = self.filter(seen_at__lte=now + SILENT_AFTER).aggregate(last=models.Max("seen_at"))
        return max(now - found["last"], timedelta(0)) if found["last"] else None


class WorkerProcess(models.Model):
    """A worker process, which writes `seen_at` every 15 seconds and deletes its row when it is stopped."""

    name = models.CharField(max_length=80, unique=True)
    host = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects: ClassVar[WorkerProcessQuerySet] = WorkerProcessQuerySet.as_manager()  # type: ignore[assignment]  # typed manager

    class Meta:
        verbose_name_plural = "worker processes"

    def __str__(self) -> str:
        return self.name
