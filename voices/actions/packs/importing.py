"""A person's actions on an import: complete its form, start it, retry failed voices."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit
from voices.actions import NotPossibleError
from voices.actions.clone.submit import can_retry, retry_clone
from voices.actions.packs.receiving import require_own
from voices.actions.packs.reviewing import Review, open_secrets, review_pack, seal_secrets
from voices.actions.voice.names import NameInUseError
from voices.kit.origin import current_request_id
from voices.kit.secret import Secret
from voices.models import (
    UNDER_WAY,
    ApiKey,
    CloneJob,
    Membership,
    PackImport,
    PackImportRow,
    PackRowState,
    PackState,
    State,
    cut_to_column,
)

NOT_OPEN = "This import has already been started."
NOTHING_CHOSEN = "Choose at least one voice."
NOT_READY = "Something is missing. See below."
NO_FILE = "This pack is no longer stored. Upload it again."
ALREADY_HERE = "It's already in your library."
NO_KEY = "You no longer have this key. Choose another one."


class RowValues(NamedTuple):
    """A person's input for a voice of a pack, with secrets by their path in the definition."""

    name: str
    is_chosen: bool
    secrets: Mapping[str, Secret]


@sensitive_variables()
def save_import(
    *,
    member: Membership,
    pack: PackImport,
    key: ApiKey | None,
    consent: Mapping[str, str],
    rows: Mapping[UUID, RowValues],
    now: datetime,
) -> None:
    """Store what was typed, valid or not. Raises PermissionDenied; NotPossibleError once the import has started."""
    require_own(member, pack)
    with transaction.atomic():
        columns = {"key": key, "consent": dict(consent), "touched_at": now}
        if not PackImport.objects.filter(pk=pack.pk, state=PackState.OPEN).update(**columns):
            raise NotPossibleError(NOT_OPEN)
        changed = []
        for row in pack.rows.filter(pk__in=rows):
            typed = rows[row.pk]
            row.name, row.is_chosen = cut_to_column(PackImportRow, "name", typed.name), typed.is_chosen
            if typed.secrets:
                known = open_secrets(row) | {path: one.reveal() for path, one in typed.secrets.items()}
                row.sealed_secrets = seal_secrets(row, known)
            changed.append(row)
        PackImportRow.objects.bulk_update(changed, ["name", "is_chosen", "sealed_secrets"])
    pack.refresh_from_db()


def start_import(*, member: Membership, pack: PackImport, now: datetime) -> PackImport:
    """Queue the import, and return it. Raises PermissionDenied, NotPossibleError if something is missing.

    The form checks whether a consent is complete; the worker checks it again for each voice.
    """
    require_own(member, pack)
    if pack.key is None or pack.key.account is None:
        raise NotPossibleError(NO_KEY)
    reviews = review_pack(pack, pack.rows.all(), key=pack.key, now=now)
    chosen = [one for one in reviews if one.is_chosen]
    if not chosen:
        raise NotPossibleError(NOTHING_CHOSEN)
    if any(one.problems for one in chosen):
        raise NotPossibleError(NOT_READY)
    with transaction.atomic():
        columns = {"state": PackState.QUEUED, "due_at": now, "request_id": current_request_id()}
        if not PackImport.objects.filter(pk=pack.pk, state=PackState.OPEN).update(**columns):
            raise NotPossibleError(NOT_OPEN)
        _skip(reviews)
        facts = {"voices": len(chosen), "made_by": pack.made_by, "sha256": pack.sha256}
        audit.record_by(member, "pack.imported", pack, **facts, account=str(pack.key.account))
    pack.refresh_from_db()
    return pack


def _skip(reviews: list[Review]) -> None:
    """Settle the rows that will not be created."""
    for one in reviews:
        if one.is_chosen:
            continue
        message = one.obstacle or (ALREADY_HERE if one.existing else "")
        one.row.move(PackRowState.SKIPPED, voice=one.existing, message=message, sealed_secrets=None)


def retry_import(*, member: Membership, pack: PackImport, now: datetime) -> int:
    """Retry the failed voices and return how many there are. Raises PermissionDenied, NotPossibleError.

    A voice whose job can be retried continues with that job; any other gets a new one.
    """
    require_own(member, pack)
    if not pack.file:
        raise NotPossibleError(NO_FILE)
    with transaction.atomic():
        locked = PackImport.objects.select_for_update().get(pk=pack.pk)
        failed = list(locked.rows.filter(state=PackRowState.FAILED))
        if not failed or not locked.has_ended:
            return 0
        for row in failed:
            _try_again(member, row, now)
        columns = {"state": PackState.QUEUED, "due_at": now, "message": "", "ended_at": None, "crashes": 0}
        PackImport.objects.filter(pk=pack.pk).update(**columns)
        audit.record_by(member, "pack.retried", pack, voices=len(failed))
    return len(failed)


def _try_again(member: Membership, row: PackImportRow, now: datetime) -> None:
    job = CloneJob.objects.with_parts().filter(pk=row.job_id).first() if row.job_id else None
    if job is not None and can_retry(job):
        try:
            with transaction.atomic():
                job = retry_clone(member=member, job=job, now=now)
        except (NotPossibleError, NameInUseError):
            job = None
    is_sent = job is not None and job.state in {*UNDER_WAY, State.CREATED}
    row.move(PackRowState.SENT if is_sent else PackRowState.WAITING, message="")
