"""What the worker asks of the database, each a plain synchronous function run in its one ORM thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from voices.actions.clone_steps import Step
from voices.models import CloneJob, PreviewFile, SyncRun
from voices.models.leases import LeasedQuerySet

Row = TypeVar("Row", CloneJob, PreviewFile, SyncRun)


@dataclass(frozen=True)
class Claimed:
    """Rows that are now ours."""

    jobs: Sequence[CloneJob] = ()
    previews: Sequence[PreviewFile] = ()
    syncs: Sequence[SyncRun] = ()


def _claim(due: LeasedQuerySet[Any], step: Step, limit: int, *, order: str = "due_at") -> list[Any]:
    # A plain look first: an idle worker asks many times a second and must not take SQLite's write lock for it.
    if limit <= 0 or not due.due(step.now()).exists():
        return []
    return due.claim(holder=step.holder, now=step.now(), seconds=step.pace.lease, limit=limit, order=order)


def _load(rows: QuerySet[Row], ids: list[Any]) -> list[Row]:
    return list(rows.filter(pk__in=ids).order_by("due_at")) if ids else []


def claim(step: Step, *, clones: int, previews: int, syncs: int = 0) -> Claimed:
    """Due rows, at most so many of each kind; people wait for clones, so the others come when no clone is due."""
    jobs = _load(CloneJob.objects.with_parts(), _claim(CloneJob.objects.live(), step, clones))
    if jobs:
        return Claimed(jobs=jobs)
    runs = _load(
        SyncRun.objects.select_related("team", "account", "wanted_by"),
        _claim(SyncRun.objects.live(), step, syncs),
    )
    waiting = PreviewFile.objects.select_related("voice", "voice__team", "voice__steward")
    # The newest wish first: somebody is looking at the voice just made, nobody at the 200 before it.
    ids = _claim(PreviewFile.objects.waiting(), step, previews, order="-due_at")
    return Claimed(previews=_load(waiting, ids), syncs=runs)


def renew(step: Step, *, jobs: list[UUID], previews: list[int], syncs: Sequence[UUID] = ()) -> None:
    """The leases of these rows, extended: their worker lives."""
    if jobs:
        CloneJob.objects.renew(holder=step.holder, ids=jobs, now=step.now(), seconds=step.pace.lease)
    if previews:
        PreviewFile.objects.renew(holder=step.holder, ids=previews, now=step.now(), seconds=step.pace.lease)
    if syncs:
        SyncRun.objects.renew(holder=step.holder, ids=list(syncs), now=step.now(), seconds=step.pace.lease)


def reload_job(job_id: UUID) -> CloneJob:
    """The job as it stands now, with its parts."""
    return CloneJob.objects.with_parts().get(pk=job_id)


def release_preview(step: Step, preview_id: int) -> None:
    """The preview, free for the next worker."""
    PreviewFile.objects.filter(pk=preview_id, lease_holder=step.holder).update(lease_until=None)
