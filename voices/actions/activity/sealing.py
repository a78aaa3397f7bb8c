"""Sealing: committed audit entries are linked into a hash chain, in the order in which they are found.

The worker seals, not the writer: each writer would have to lock the chain's end until its commit.
"""

import logging

from django.db import IntegrityError, transaction

from voices import audit
from voices.kit.hash_chain import link_of
from voices.models import AuditChain
from voices.models.audit_rows import ChainRow, store_links, unsealed_rows

logger = logging.getLogger(__name__)

BATCH = 500


def seal_entries(*, limit: int = 20_000) -> int:
    """Seal waiting entries, the oldest first, up to about `limit`. Return how many.

    A broken chain, in which the next number is taken, is left to `verify_activity`, so that upkeep can continue.
    """
    sealed = 0
    while sealed < limit:
        try:
            done = _seal_batch()
        except IntegrityError as problem:
            logger.error("Activity can't be sealed (%s). Run manage.py verify_activity.", problem)  # noqa: TRY400  # one line
            break
        sealed += done
        if done < BATCH:
            break
    return sealed


def _seal_batch() -> int:
    if not unsealed_rows(after=0, limit=1):
        return 0
    with transaction.atomic():
        head = lock_chain()
        rows = unsealed_rows(after=0, limit=BATCH)
        if rows:
            store_links([_join(head, row) for row in rows])
            save_chain(head)
    return len(rows)


def _join(head: AuditChain, row: ChainRow) -> tuple[int, int, str, str]:
    """Append the entry to the chain. Return its columns."""
    previous = head.hash
    head.sequence += 1
    head.hash = link_of(previous, head.sequence, row.mac, row.content)
    return row.id, head.sequence, previous, head.hash


def lock_chain() -> AuditChain:
    """Return the chain's row, locked until the transaction ends: one worker seals or prunes at a time."""
    AuditChain.objects.get_or_create(pk=AuditChain.ONLY)
    return AuditChain.objects.select_for_update().get(pk=AuditChain.ONLY)


def save_chain(head: AuditChain) -> None:
    """Store the chain's row with its MAC."""
    head.mac = audit.trail_key().mac(head.content())
    head.save()
