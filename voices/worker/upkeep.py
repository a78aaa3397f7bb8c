"""Upkeep: what every worker does once a minute besides running jobs."""

import logging
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from voices.actions import files, team_deletion, workers
from voices.actions.activity import pruning, sealing
from voices.actions.approvals import deciding as approvals
from voices.actions.bulk import submit as bulk
from voices.actions.clone import batches, samples
from voices.actions.consents import ending, reminding
from voices.actions.figures import pruning as old_figures
from voices.actions.figures import samples as figures
from voices.actions.notices import fan_out
from voices.actions.packs import receiving as packs
from voices.actions.sync import runs as sync_runs
from voices.actions.voice import health_checks
from voices.actions.work import WorkerContext
from voices.worker.kinds import KINDS

logger = logging.getLogger(__name__)

Task = Callable[[WorkerContext], object]
UPKEEP: tuple[Task, ...] = (
    lambda context: [kind.pull_back(context) for kind in KINDS],
    lambda context: sealing.seal_entries(),
    lambda context: sync_runs.schedule_syncs(now=context.now(), hours=settings.SYNC_HOURS),
    lambda context: health_checks.begin_rounds(now=context.now(), hours=settings.HEALTH_HOURS),
    lambda context: ending.end_expired_consents(now=context.now()),
    lambda context: reminding.remind_of_expiry(now=context.now()),
    lambda context: fan_out.delete_old_notices(now=context.now()),
    lambda context: approvals.expire_moot_approvals(now=context.now()),
    lambda context: sync_runs.delete_old_sync_runs(now=context.now()),
    lambda context: bulk.delete_old_bulk_runs(now=context.now()),
    lambda context: workers.delete_old_workers(now=context.now()),
    lambda context: packs.sweep_packs(now=context.now()),
    lambda context: batches.sweep_batches(now=context.now()),
    lambda context: pruning.prune_entries(now=context.now(), days=settings.ACTIVITY_DAYS),
    lambda context: old_figures.prune_figures(now=context.now()),
    lambda context: samples.sweep_unused_samples(now=context.now()),
    lambda context: team_deletion.purge_deleted_teams(now=context.now()),
    lambda context: samples.sweep_upload_folder(now=context.now()),
    lambda context: files.sweep_orphaned_files(now=context.now()),
    lambda context: figures.take_samples(now=context.now()),
)


def run_upkeep(context: WorkerContext, *, tasks: Sequence[Task] = UPKEEP) -> None:
    """Run all tasks in turn. One that fails is logged, and the others run; without a database, the round ends."""
    close_old_connections()
    for task in tasks:
        try:
            task(context)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # the storage has errors of its own kind (S3)
            logger.exception("A task of upkeep failed")
