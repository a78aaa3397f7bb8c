"""Prometheus gauges, read from the database and the disk at each scrape; counters are in kit/metrics.py.

Their labels have few values, as there. All of them together take about a dozen quick queries.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from prometheus_client.core import GaugeMetricFamily

from voices.models import ApiKey, KeyState, PreviewFile, Sample, SyncRun, SyncState, WorkerProcess
from voices.models.leases import LeasedQuerySet, LeasedRow

SIZES_SECONDS = 600  # adding up the sizes of 100,000 files takes a while
Values = Iterable[tuple[tuple[str, ...], float]]  # label values, and the measured value


@dataclass(frozen=True)
class Gauge:
    """A gauge with its labels, and the function that reads its values."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[datetime], Values]

    def family(self, now: datetime) -> GaugeMetricFamily:
        """Return the metric as it is now."""
        family = GaugeMetricFamily(f"voicestudio_{self.name}", self.help, labels=self.labels)
        for labels, value in self.read(now):
            family.add_metric(labels, value)
        return family


def _queues() -> list[tuple[str, LeasedQuerySet[Any]]]:
    models = [model for model in apps.get_models() if issubclass(model, LeasedRow)]
    return [
        (model.__name__, cast("LeasedQuerySet[Any]", model._default_manager.all()).live()) for model in models
    ]


def _jobs(now: datetime) -> Values:
    for kind, rows in _queues():
        for state, count in rows.values_list("state").annotate(count=Count("pk")).order_by():
            yield (kind, state), count


def _queue_ages(now: datetime) -> Values:
    for kind, rows in _queues():
        oldest = rows.due(now).aggregate(oldest=Min("due_at"))["oldest"]
        yield (kind,), (now - oldest).total_seconds() if oldest else 0.0


def _workers(now: datetime) -> Values:
    yield (), WorkerProcess.objects.seen(now).count()


def _worker_silence(now: datetime) -> Values:
    silence = WorkerProcess.objects.silence(now)
    if silence is not None:
        yield (), silence.total_seconds()


def _synced_accounts() -> list[tuple[datetime, datetime]]:
    """Return the times of the last sync and of the last successful one, for each account with a key of a team.

    If none ever succeeded, the time of its first attempt stands in.
    """
    usable = ApiKey.objects.filter(
        account=OuterRef("account"), state__in=[KeyState.OK, KeyState.REFUSED], owner__is_active=True,
        owner__memberships__team=OuterRef("team"),
    )  # fmt: skip
    good = Coalesce(Max("ended_at", filter=Q(state=SyncState.DONE)), Min("created_at"))
    runs = SyncRun.objects.ended().filter(Exists(usable)).values("team", "account")
    return list(runs.annotate(last=Max("ended_at"), good=good).order_by().values_list("last", "good"))


def _sync_age(now: datetime) -> Values:
    found = [good for _, good in _synced_accounts()]
    yield (), (now - min(found)).total_seconds() if found else 0.0


def _failing_syncs(now: datetime) -> Values:
    yield (), sum(last != good for last, good in _synced_accounts())


def _database_size(now: datetime) -> Values:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            yield (), cursor.fetchone()[0]
        return
    file = Path(connection.settings_dict["NAME"])
    parts = [file.with_name(file.name + suffix) for suffix in ("", "-wal")]
    yield (), sum(part.stat().st_size for part in parts if part.exists())


def _file_sizes(now: datetime) -> Values:
    sizes = cache.get("metrics:file-sizes")
    if sizes is None:
        sizes = {
            "previews": PreviewFile.objects.aggregate(sum=Sum("size_bytes"))["sum"] or 0,
            "recordings": Sample.objects.aggregate(sum=Sum("size_bytes"))["sum"] or 0,
        }
        cache.set("metrics:file-sizes", sizes, SIZES_SECONDS)
    for kind, size in sizes.items():
        yield (kind,), size


def _disk_free(now: datetime) -> Values:
    yield (), shutil.disk_usage(settings.DATA_DIR).free


GAUGES = (
    Gauge("jobs", "Jobs that have not ended, by kind and state.", ("kind", "state"), _jobs),
    Gauge("queue_age_seconds", "How long the oldest due job waits for a worker.", ("kind",), _queue_ages),
    Gauge("workers", "Workers seen within the last minute.", (), _workers),
    Gauge("worker_silence_seconds", "Time since any worker was last seen.", (), _worker_silence),
    Gauge(
        "sync_age_seconds", "Time since the last good sync of the account that is behind most.", (), _sync_age
    ),
    Gauge("failing_syncs", "Accounts whose last sync failed.", (), _failing_syncs),
    Gauge("database_bytes", "Size of the database.", (), _database_size),
    Gauge("file_bytes", "Size of the stored files, at most ten minutes old.", ("kind",), _file_sizes),
    Gauge("disk_free_bytes", "Space left on the disk of the data folder.", (), _disk_free),
)
