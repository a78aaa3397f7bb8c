"""Sealing every stored key anew with the first encryption key, so that an older one can be dropped."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from voices import audit, gateway
from voices.kit.sealing import SealError
from voices.models import ApiKey, SealCanary

BATCH = 200


class NotAllOpenedError(Exception):
    """Some stored keys are opened by none of the encryption keys; the message is for the person."""


def rotate_keys(*, batch: int = BATCH, tell: Callable[[int], None] = lambda _: None) -> int:
    """How many keys were sealed anew; 0 when all were current. Tells the sum after each batch.

    May be killed and started again at any point: each batch is one transaction, and both keys open what is stored.
    The canary comes last: until every row has followed, a start without the old key is refused.
    Raises NotAllOpenedError, after the others were done.
    """
    done, failed, last = 0, 0, UUID(int=0)
    while True:
        rows, sealed, unopened = _rotate_batch(after=last, batch=batch)
        if not rows:
            break
        done, failed, last = done + sealed, failed + unopened, rows[-1].pk
        tell(done)
    if failed:
        raise NotAllOpenedError(
            f"{failed} stored keys are opened by none of the encryption keys and stayed as they were. "
            "Add the key that sealed them to VOICESTUDIO_ENCRYPTION_KEYS, or have their owners replace them."
        )
    _finish(done)
    return done


def _rotate_batch(*, after: UUID, batch: int) -> tuple[list[ApiKey], int, int]:
    """The rows looked at, how many were sealed anew and how many could not be opened."""
    changed, unopened = [], 0
    with (
        transaction.atomic()
    ):  # holds the rows: a key replaced by its owner meanwhile waits, and is not undone
        rows = list(ApiKey.objects.stored().filter(pk__gt=after).order_by("pk").select_for_update()[:batch])
        for key in rows:
            try:
                if _renew(key):
                    changed.append(key)
            except SealError:
                unopened += 1
        ApiKey.objects.bulk_update(changed, ["sealed"])
    return rows, len(changed), unopened


def _renew(row: ApiKey | SealCanary) -> bool:
    """Whether the row's seal was old; it is new now, not yet saved. Raises SealError."""
    sealer = gateway.sealer()
    if sealer.is_current(row.sealed):
        return False
    sealer.unseal(row.sealed, row_id=row.pk)  # a value copied from another row must not get a fresh seal
    row.sealed = sealer.rotate(row.sealed)
    return True


def _finish(done: int) -> None:
    """The canary follows, with one line of history for the whole rotation."""
    with transaction.atomic():
        canary = SealCanary.objects.select_for_update().get()
        if _renew(canary):
            canary.save(update_fields=["sealed"])
        elif not done:
            return
        audit.record(actor=None, team=None, verb="keys.rotated", thing=canary, keys=done)
