"""The workers that run: what says that background work is done."""

from django.db import models


class WorkerProcess(models.Model):
    """A worker process, which writes `seen_at` every 15 seconds and deletes its row when it is stopped."""

    name = models.CharField(max_length=80, unique=True)
    host = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "worker processes"

    def __str__(self) -> str:
        return self.name
