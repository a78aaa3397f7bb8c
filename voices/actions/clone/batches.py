"""Batches of recordings: files are listed, examined one by one, corrected, and each submitted as a clone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Unpack
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from voices.access import Verb, require
from voices.actions import NotPossibleError, Now
from voices.actions.clone.samples import RefusedSampleError, store_sample
from voices.actions.clone.submit import (
    FormValues,
    can_retry,
    retry_clone,
    submit_clone,
)
from voices.actions.voice.names import NameInUseError, names_in_use
from voices.audio.faults import NOT_EXAMINED, refuse, too_big
from voices.audio.findings import Finding, Verdict
from voices.audio.limits import INPUT_BYTES
from voices.kit.names import clean_name
from voices.kit.recording_names import guess, is_system_file, unique_name
from voices.models import (
    ApiKey,
    CloneBatch,
    CloneBatchRow,
    CloneJob,
    Membership,
    RowState,
    State,
    cut_to_column,
)

MAX_ROWS = 50
UNSUBMITTED_DAYS, KEPT_DAYS = 7, 30
TOO_MANY = (
    "That makes {total} files; a batch can have at most {most}. Choose fewer, and put the "
    "others in another batch."
)
NOTHING_CHOSEN = "There are no files in what you chose. Choose some recordings."
ONLY_HIDDEN = "These are only hidden system files. Choose some recordings."
NOT_YOURS = "Only the person who started this batch can change it: it uses their own key."


class FilesRefusedError(Exception):
    """The files cannot form a batch: too many, or none that could be a recording. The message is for people."""


class BusyError(Exception):
    """The server is too busy to examine the file, whose row keeps waiting for it."""


class ListedFile(NamedTuple):
    """A chosen file before its upload: its name, perhaps with folders, and its size in bytes."""

    name: str
    size: int


class RowValues(NamedTuple):
    """A person's unvalidated input for a file."""

    name: str
    language: str
    description: str
    speaker: str


class BatchValues(NamedTuple):
    """A person's choices for all files of a batch."""

    key: ApiKey | None
    language: str
    consent: dict[str, str]


def open_batch(
    *, member: Membership, key: ApiKey | None, files: Sequence[ListedFile], now: datetime
) -> tuple[CloneBatch, list[CloneBatchRow | None]]:
    """Create a batch with a row for each file, as `add_files` does. Raises PermissionDenied, FilesRefusedError."""
    require(member, Verb.CLONE)
    with transaction.atomic():
        batch = CloneBatch.objects.create(team=member.team, actor=member.user, key=key, touched_at=now)
        return batch, add_files(member=member, batch=batch, files=files, now=now)


def _require_own(member: Membership, batch: CloneBatch) -> None:
    require(member, Verb.CLONE)
    if batch.actor_id != member.user.pk:
        raise PermissionDenied(NOT_YOURS)


def _locked(batch: CloneBatch, now: datetime) -> CloneBatch:
    """Return the current batch, locked until the end of the transaction, and record that it changes now."""
    locked = CloneBatch.objects.select_for_update().get(pk=batch.pk)
    CloneBatch.objects.filter(pk=batch.pk).update(touched_at=now)
    return locked


def add_files(
    *, member: Membership, batch: CloneBatch, files: Sequence[ListedFile], now: datetime
) -> list[CloneBatchRow | None]:
    """Add a row for each new file. Return, for each file, the row that waits for it or None.

    None stands for system files, for files already received, and for those too large to be uploaded. Files are
    identified by name and size; of two that are equal, each gets a row. Raises
    PermissionDenied, FilesRefusedError.
    """
    _require_own(member, batch)
    if all(is_system_file(one.name) for one in files):
        raise FilesRefusedError(ONLY_HIDDEN if files else NOTHING_CHOSEN)
    chosen = [None if is_system_file(one.name) else one for one in files]
    with transaction.atomic():
        batch = _locked(batch, now)
        known = list(batch.rows.all())
        rows = [_take(known, file) if file else None for file in chosen]
        new = [file for file, row in zip(chosen, rows, strict=True) if file and not row]
        added = iter(_add_rows(batch, new))
        rows = [row or (next(added) if file else None) for file, row in zip(chosen, rows, strict=True)]
        hidden = max(
            batch.hidden_files, chosen.count(None)
        )  # choosing the same folder again lists the same files
        CloneBatch.objects.filter(pk=batch.pk).update(hidden_files=hidden)
    return [row if row and row.state == RowState.MISSING else None for row in rows]


def _take(known: list[CloneBatchRow], file: ListedFile) -> CloneBatchRow | None:
    """Remove a row of that file from the list and return it, preferably one that waits for its file."""
    same = [row for row in known if (row.filename, row.size_bytes) == (_stored_name(file), file.size)]
    same.sort(key=lambda row: row.state != RowState.MISSING)
    if same:
        known.remove(same[0])
    return same[0] if same else None


def _stored_name(file: ListedFile) -> str:
    return clean_name(file.name)[-200:] or "recording"


def _add_rows(batch: CloneBatch, files: Sequence[ListedFile]) -> list[CloneBatchRow]:
    """Create a row for each file, with the name and language that its name suggests. Raise FilesRefusedError."""
    names = list(batch.rows.values_list("name", flat=True))
    if (total := len(names) + len(files)) > MAX_ROWS:
        raise FilesRefusedError(TOO_MANY.format(total=total, most=MAX_ROWS))
    first = (batch.rows.aggregate(last=Max("position"))["last"] or 0) + 1
    account = batch.key.account if batch.key else None
    taken = {*names, *(names_in_use(account) if account else ())}
    rows = [_new_row(batch, file, place, taken) for place, file in enumerate(files, first)]
    return CloneBatchRow.objects.bulk_create(rows)


def _new_row(batch: CloneBatch, file: ListedFile, place: int, taken: set[str]) -> CloneBatchRow:
    """Return an unsaved row whose name is not in `taken`, and add the name to it."""
    name, language = guess(file.name)
    name = unique_name(name or f"Voice {place}", taken)
    taken.add(name)
    row = CloneBatchRow(batch=batch, position=place, name=name, language=language)
    row.filename, row.size_bytes = _stored_name(file), file.size
    if file.size > INPUT_BYTES:
        row.state, row.finding = RowState.REFUSED, too_large(file.size).to_json()
    return row


def too_large(size_bytes: int) -> Finding:
    """Return the finding for a file over the limit, which need not be uploaded to learn that."""
    return refuse(Finding(Verdict.OK, "ok", "", size_bytes=size_bytes), (too_big(size_bytes),))


def store_batch_file(
    *,
    member: Membership,
    row: CloneBatchRow,
    file: TemporaryUploadedFile,
    sha256: str,
    now: Now = timezone.now,
) -> CloneBatchRow:
    """Examine and store the file that the row waits for, and return the row: ready, refused or skipped.

    A row that does not wait for a file is returned unchanged. Raises PermissionDenied, StorageError, BusyError.
    """
    _require_own(member, row.batch)
    if row.state != RowState.MISSING:
        return row
    try:
        sample = store_sample(member=member, file=file, sha256=sha256, now=now)
    except RefusedSampleError as refused:
        if refused.finding.code == NOT_EXAMINED.code:
            raise BusyError(refused.finding.message) from refused
        row.move(RowState.REFUSED, finding=refused.finding.to_json())
        return row
    with transaction.atomic():
        _locked(row.batch, now())
        twin = CloneBatchRow.objects.filter(batch=row.batch, sample=sample).first()
        if twin:
            row.move(RowState.SKIPPED, message=f"The same recording as {twin.filename}.")
        else:
            row.move(RowState.READY, sample=sample)
    return row


def save_batch(
    *,
    member: Membership,
    batch: CloneBatch,
    values: BatchValues,
    rows: Mapping[int, RowValues],
    now: datetime,
) -> None:
    """Store what was typed for the batch and its unsubmitted rows. Raises PermissionDenied."""
    _require_own(member, batch)
    with transaction.atomic():
        _locked(batch, now)
        CloneBatch.objects.filter(pk=batch.pk).update(**values._asdict())
        changed = []
        for row in batch.rows.filter(pk__in=rows).exclude(state=RowState.SUBMITTED):
            for name, text in rows[row.pk]._asdict().items():
                setattr(row, name, cut_to_column(CloneBatchRow, name, text))
            row.message = "" if row.state == RowState.READY else row.message
            changed.append(row)
        CloneBatchRow.objects.bulk_update(changed, [*RowValues._fields, "message"])
    batch.refresh_from_db()


def remove_row(*, member: Membership, batch: CloneBatch, row_id: int, now: datetime) -> bool:
    """Remove a file from the batch. Return False if it was submitted or removed before. Raises PermissionDenied."""
    _require_own(member, batch)
    with transaction.atomic():
        _locked(batch, now)
        removed, _ = batch.rows.filter(pk=row_id).exclude(state=RowState.SUBMITTED).delete()
    return bool(removed)


def discard_unsubmitted(*, member: Membership, batch: CloneBatch, now: datetime) -> bool:
    """Remove all unsubmitted rows. Return True if that removed the batch, of which nothing was submitted.

    Raises PermissionDenied.
    """
    _require_own(member, batch)
    with transaction.atomic():
        _locked(batch, now)
        batch.rows.exclude(state=RowState.SUBMITTED).delete()
        gone, _ = CloneBatch.objects.filter(pk=batch.pk, rows=None).delete()
    return bool(gone)


def row_token(row: CloneBatchRow) -> UUID:
    """Return the form token of a row, which makes repeated submissions one clone."""
    return uuid5(row.batch_id, f"row {row.pk}")


def submit_row(
    *, member: Membership, row: CloneBatchRow, now: datetime, **values: Unpack[FormValues]
) -> CloneJob | None:
    """Submit a ready row as a clone and return its job; None if another request did, or if that was refused.

    The reason of a refusal is stored on the row. The row moves in the transaction that creates the job, so that it is
    submitted only once, even after a crash.
    Raises PermissionDenied.
    """
    _require_own(member, row.batch)
    try:
        with transaction.atomic():
            ready = CloneBatchRow.objects.select_for_update().filter(pk=row.pk, state=RowState.READY)
            held = ready.first()
            if held is None or held.sample is None:
                return None
            job = submit_clone(member=member, now=now, sample=held.sample, filename=held.filename, **values)
            held.move(RowState.SUBMITTED, job=job, message="")
            return job
    except (NameInUseError, NotPossibleError) as problem:
        CloneBatchRow.objects.filter(pk=row.pk, state=RowState.READY).update(message=str(problem)[:500])
        return None


def retry_failed(*, member: Membership, batch: CloneBatch, now: datetime) -> tuple[int, list[str]]:
    """Retry the failed clones of the batch that may succeed. Return how many, and why others were not retried.

    Raises PermissionDenied.
    """
    require(member, Verb.CLONE)
    retried, reasons = 0, []
    for job in CloneJob.objects.with_parts().filter(batch_rows__batch=batch, state=State.FAILED):
        if not can_retry(job):
            continue
        try:
            retry_clone(member=member, job=job, now=now)
            retried += 1
        except (NotPossibleError, NameInUseError) as problem:
            reasons.append(f"{job.name}: {problem}")
    return retried, reasons


def sweep_batches(*, now: datetime, limit: int = 1_000) -> int:
    """Delete rows not submitted within a week, and batches unchanged for a month. Return the number of deleted rows.

    Recordings that only these rows referred to are then deleted by `sweep_unused_samples`.
    """
    idle = CloneBatch.objects.filter(touched_at__lt=now - timedelta(days=UNSUBMITTED_DAYS))
    submitted = CloneBatchRow.objects.filter(batch=OuterRef("pk"), state=RowState.SUBMITTED)
    old = Q(touched_at__lt=now - timedelta(days=KEPT_DAYS)) | ~Exists(submitted)
    with transaction.atomic():
        rows = CloneBatchRow.objects.filter(batch__in=idle).exclude(state=RowState.SUBMITTED)
        swept, _ = rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
        empty = idle.filter(old).exclude(pk__in=rows.values("batch"))
        CloneBatch.objects.filter(pk__in=list(empty.values_list("pk", flat=True)[:limit])).delete()
    return swept
