"""What the worker asks of the database, each a plain synchronous function run in its one ORM thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from voices.actions.clone.steps import WorkerContext
from voices.models import BulkRun, CloneJob, PreviewFile, SyncRun
from voices.models.leases import LeasedQuerySet

Row = TypeVar("Row", CloneJob, PreviewFile, SyncRun, BulkRun)


@dataclass(frozen=True)
class Claimed:
    """Rows that are now ours."""

    jobs: Sequence[CloneJob] = ()
    previews: Sequence[PreviewFile] = ()
    syncs: Sequence[SyncRun] = ()
    bulks: Sequence[BulkRun] = ()


def _claim(
    due: LeasedQuerySet[Any], context: WorkerContext, limit: int, *, order: str = "due_at"
) -> list[Any]:
    # A plain look first: an idle worker asks many times a second and must not take SQLite's write lock for it.
    if limit <= 0 or not due.due(context.now()).exists():
        return []
    return due.claim(
        worker_id=context.worker_id, now=context.now(), seconds=context.policy.lease, limit=limit, order=order
    )


def _load(rows: QuerySet[Row], ids: list[Any]) -> list[Row]:
    return list(rows.filter(pk__in=ids).order_by("due_at")) if ids else []


def claim(context: WorkerContext, *, clones: int, previews: int, syncs: int = 0, bulks: int = 0) -> Claimed:
    """Due rows, at most so many of each kind; people wait for clones, so the others come when no clone is due."""
    jobs = _load(CloneJob.objects.with_parts(), _claim(CloneJob.objects.live(), context, clones))
    if jobs:
        return Claimed(jobs=jobs)
    runs = _load(
        SyncRun.objects.select_related("team", "account", "wanted_by"),
        _claim(SyncRun.objects.live(), context, syncs),
    )
    changes = _load(
        BulkRun.objects.select_related("team", "actor"), _claim(BulkRun.objects.live(), context, bulks)
    )
    waiting = PreviewFile.objects.select_related("voice", "voice__team", "voice__steward")
    # The newest wish first: somebody is looking at the voice just made, nobody at the 200 before it.
    ids = _claim(PreviewFile.objects.waiting(), context, previews, order="-due_at")
    return Claimed(previews=_load(waiting, ids), syncs=runs, bulks=changes)


def renew(context: WorkerContext, rows: Sequence[CloneJob | PreviewFile | SyncRun | BulkRun]) -> None:
    """The leases of these rows, extended: their worker lives."""
    for kind in (CloneJob, PreviewFile, SyncRun, BulkRun):
        if ids := [row.pk for row in rows if isinstance(row, kind)]:
            kind.objects.renew(
                worker_id=context.worker_id, ids=ids, now=context.now(), seconds=context.policy.lease
            )


def reload_job(job_id: UUID) -> CloneJob:
    """The job as it stands now, with its parts."""
    return CloneJob.objects.with_parts().get(pk=job_id)


def release_preview(context: WorkerContext, preview_id: int) -> None:
    """The preview, free for the next worker."""
    PreviewFile.objects.filter(pk=preview_id, lease_holder=context.worker_id).update(lease_until=None)
