"""Re-encrypting every stored key and other secret with the newest encryption key, so that older ones can be removed."""

from collections.abc import Callable, Mapping
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Model, Q

from voices import audit, gateway
from voices.kit.sealing import SealError
from voices.models import ApiKey, CloneJob, PackImportRow, SealCanary, Voice, WebhookEndpoint

BATCH = 200
# The data that allauth stores with a second factor. A passkey's row has only a public key.
SEALED_IN = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
# Other columns with values sealed for the row, which may be empty.
SEALED_COLUMNS: Mapping[type[Model], tuple[str, ...]] = {
    WebhookEndpoint: ("sealed", "old_sealed"),
    CloneJob: ("sealed_definition",),
    Voice: ("sealed_secrets",),
    PackImportRow: ("sealed_secrets",),
}


class NotAllOpenedError(Exception):
    """No encryption key opens some of the stored keys. The message is for the person."""


def rotate_keys(*, batch: int = BATCH, report: Callable[[int], None] = lambda _: None) -> int:
    """Reseal every key that is not sealed with the newest encryption key. Return how many; `report` gets the progress.

    It may be killed and restarted at any point: each batch is one transaction, and both encryption keys stay valid.
    The canary comes last: until every row is done, the server does not start without the old key. Raises
    NotAllOpenedError after all others were resealed.
    """
    done, failed, last = 0, 0, UUID(int=0)
    for rotate in (_rotate_factors, _rotate_columns):
        sealed, unopened = rotate()
        done, failed = done + sealed, failed + unopened
    while True:
        rows, sealed, unopened = _rotate_batch(after=last, batch=batch)
        if not rows:
            break
        done, failed, last = done + sealed, failed + unopened, rows[-1].pk
        report(done)
    if failed:
        raise NotAllOpenedError(
            f"{failed} of the stored keys can't be decrypted and were not changed. Add the "
            "encryption key they were encrypted with to VOICESTUDIO_ENCRYPTION_KEYS, or ask their "
            "owners to replace them."
        )
    _finish(done)
    return done


def _rotate_batch(*, after: UUID, batch: int) -> tuple[list[ApiKey], int, int]:
    """Return the rows of the batch, and how many were resealed and could not be opened."""
    changed, unopened = [], 0
    with (
        transaction.atomic()
    ):  # the rows are locked, so that a concurrent replacement by the owner is not undone
        rows = list(ApiKey.objects.stored().filter(pk__gt=after).order_by("pk").select_for_update()[:batch])
        for key in rows:
            try:
                if _reseal(key):
                    changed.append(key)
            except SealError:
                unopened += 1
        ApiKey.objects.bulk_update(changed, ["sealed"])
    return rows, len(changed), unopened


def _rotate_factors() -> tuple[int, int]:
    """Reseal every second factor that is not current. Return how many were resealed and could not be opened."""
    done, failed = 0, 0
    factors = Authenticator.objects.filter(type__in=SEALED_IN).values_list("pk", flat=True)
    for pk in list(factors):
        try:
            done += _reseal_factor(pk)
        except SealError:
            failed += 1
    return done, failed


def _reseal_factor(pk: int) -> bool:
    """Reseal one second factor. Return False if it is current or deleted. Raises SealError."""
    with transaction.atomic():
        factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
        if factor is None:
            return False
        name = SEALED_IN[factor.type]
        sealed = factor.data[name].encode("ascii")
        if gateway.sealer().is_current(sealed):
            return False
        factor.data[name] = gateway.sealer().rotate(sealed).decode("ascii")
        factor.save(update_fields=["data"])
        return True


def _rotate_columns() -> tuple[int, int]:
    """Reseal `SEALED_COLUMNS`. Return how many rows were resealed and could not be opened."""
    done, failed = 0, 0
    for model, names in SEALED_COLUMNS.items():
        sealed = Q(*((f"{name}__isnull", False) for name in names), _connector=Q.OR)
        for pk in list(model._default_manager.filter(sealed).values_list("pk", flat=True)):
            try:
                done += _reseal_columns(model, names, pk)
            except SealError:
                failed += 1
    return done, failed


def _reseal_columns(model: type[Model], names: tuple[str, ...], pk: UUID) -> bool:
    """Reseal one row. Return False if it is current or deleted. Raises SealError."""
    with transaction.atomic():
        row = model._default_manager.select_for_update(no_key=True).filter(pk=pk).first()
        if row is None:
            return False
        sealer, changed = gateway.sealer(), []
        for name in names:
            value = getattr(row, name)
            if value and not sealer.is_current(value):
                sealer.unseal(bytes(value), row_id=row.pk)
                setattr(row, name, sealer.rotate(value))
                changed.append(name)
        row.save(update_fields=changed)
        return bool(changed)


def _reseal(row: ApiKey | SealCanary) -> bool:
    """Reseal the row without saving it. Return False if it is current. Raises SealError."""
    sealer = gateway.sealer()
    if sealer.is_current(row.sealed):
        return False
    sealer.unseal(
        row.sealed, row_id=row.pk
    )  # a value copied from another row must not be sealed for this one
    row.sealed = sealer.rotate(row.sealed)
    return True


def _finish(done: int) -> None:
    """Reseal the canary, with one audit entry for the whole rotation."""
    with transaction.atomic():
        canary = SealCanary.objects.select_for_update().get()
        if _reseal(canary):
            canary.save(update_fields=["sealed"])
        elif not done:
            return
        audit.record(actor=None, team=None, verb="keys.rotated", thing=canary, keys=done)
