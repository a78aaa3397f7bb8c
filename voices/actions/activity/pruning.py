"""Pruning: audit entries older than the retention period are deleted, and an entry records that.

Pruning always starts at the chain's beginning, so the rest still verifies from the last pruned number and hash.
"""

from datetime import datetime, timedelta

from django.db import transaction

from voices import audit
from voices.actions.activity.sealing import lock_chain, save_chain
from voices.models import AuditChain, AuditEntry
from voices.models.audit_triggers import pruning_through

MAX_DAYS = 365 * 1_000  # keeps the cutoff within the range of every database
BATCH = 5_000  # per transaction: half a second, in which nobody else can write on SQLite


def prune_entries(*, now: datetime, days: float) -> int:
    """Delete up to 5,000 entries older than `days`, the oldest first; 0 keeps all. Return how many."""
    before = now - timedelta(days=min(days, MAX_DAYS))
    if days <= 0 or not AuditEntry.objects.filter(at__lt=before).exists():
        return 0
    with transaction.atomic():
        head = lock_chain()
        last = _last_old(head, before)
        if last is None or last.sequence is None:
            return 0
        with pruning_through(last.sequence):
            deleted = AuditEntry.objects.prune(last.sequence)
        head.pruned_sequence, head.pruned_hash = last.sequence, last.hash
        save_chain(head)
        facts = {"entries": deleted, "before": before.date().isoformat(), "sequence": last.sequence}
        audit.record(actor=None, team=None, verb="activity.pruned", thing=None, **facts, hash=last.hash)
    return deleted


def _last_old(head: AuditChain, before: datetime) -> AuditEntry | None:
    """Return the last entry of the chain's unbroken run of old entries; None if there is no such run."""
    upto = min(head.sequence, head.pruned_sequence + BATCH)
    oldest = AuditEntry.objects.filter(sequence__gt=head.pruned_sequence, sequence__lte=upto)
    kept = oldest.filter(at__gte=before).order_by("sequence").first()
    if kept is not None and kept.sequence is not None:
        upto = kept.sequence - 1
    return oldest.filter(sequence__lte=upto).order_by("-sequence").first()
