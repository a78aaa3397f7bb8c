"""Every kind of job that the worker runs: adding one means one file here, and its line in this list."""

from typing import Any

from voices.worker.kinds import bulk, clone, health, mail, notice, pack, preview, sync, webhook
from voices.worker.kinds.base import JobKind

KINDS: tuple[JobKind[Any], ...] = (
    clone.KIND,
    sync.KIND,
    bulk.KIND,
    pack.KIND,
    preview.KIND,
    health.KIND,
    notice.KIND,
    webhook.KIND,
    mail.KIND,
)
