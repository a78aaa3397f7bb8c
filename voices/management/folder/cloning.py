"""Cloning one recording of a folder, by the actions that the clone page uses."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils import timezone

from voices.access import clone_quota_of, quota_reached_message
from voices.actions import NotPossibleError
from voices.actions.clone.batches import too_large
from voices.actions.clone.samples import RefusedSampleError, store_sample
from voices.actions.clone.submit import can_retry, retry_clone, submit_clone
from voices.actions.voice.names import NameInUseError, require_free_name
from voices.audio.intake import take_in
from voices.audio.limits import INPUT_BYTES
from voices.management.folder.listing import Entry
from voices.models import AltheaAccount, CloneJob, Membership, State

CHUNK = 1_000_000
NO_SLOT = "has no free slot. Delete a voice there, or send it anyway with --anyway."


class Outcome(StrEnum):
    """The outcome of a file; the values are the words of the summary."""

    QUEUED = "queued"
    RETRIED = "queued again"
    HELD = "waiting for approval"
    GOOD = "good"
    KNOWN = "already cloned"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"


BAD = frozenset({Outcome.REFUSED, Outcome.FAILED})


class Result(NamedTuple):
    """The outcome of a file, with a sentence, and its clone job if it has one."""

    outcome: Outcome
    sentence: str
    job: CloneJob | None = None


@contextmanager
def _copied(path: Path) -> Iterator[tuple[TemporaryUploadedFile, str]]:
    """Copy the file to the upload folder, from which it may be moved, and hash it. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as source, TemporaryUploadedFile(path.name, "", path.stat().st_size, None) as copy:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        copy.seek(0)
        yield copy, digest.hexdigest()
        copy.close()  # explicitly: it may have been moved, and its finaliser would warn


def clone_file(
    *, member: Membership, entry: Entry, has_slot: bool, dry_run: bool, foreseen: int = 0
) -> Result:
    """Clone the recording unless that was done before; with `dry_run` only check whether it could be.

    The same recording under the same name in the same account is the same clone: one that failed is retried.
    `has_slot`: the account has a free slot. `foreseen`: how many files the dry run has already accepted.
    Raises PermissionDenied, StorageError, OSError (the file cannot be read).
    """
    try:
        _require_sendable(entry.path)
        with _copied(entry.path) as (file, sha256):
            before = _cloned_before(member, entry, sha256)
            if before and not _can_help(before):
                return _known(before)
            if not has_slot:
                return Result(Outcome.FAILED, f"{_account(entry)} {NO_SLOT}")
            if dry_run:
                _require_quota(member, foreseen)
            if before:
                return _retry(member, before, dry_run=dry_run)
            return _check(entry, file) if dry_run else _submit(member, entry, file, sha256)
    except RefusedSampleError as refused:
        return Result(Outcome.REFUSED, refused.finding.message)
    except (NameInUseError, NotPossibleError) as problem:
        return Result(Outcome.FAILED, str(problem))


def _require_quota(member: Membership, foreseen: int) -> None:
    """Raise NotPossibleError if the member's clones of this month will have been used by then."""
    quota = clone_quota_of(member, timezone.now())
    if quota is not None and quota.left <= foreseen:
        raise NotPossibleError(quota_reached_message(member, quota))


def _require_sendable(path: Path) -> None:
    if (size := path.stat().st_size) > INPUT_BYTES:
        raise RefusedSampleError(too_large(size))


def _cloned_before(member: Membership, entry: Entry, sha256: str) -> CloneJob | None:
    values = entry.form.cleaned_data
    jobs = CloneJob.objects.with_parts().filter(team=member.team, account=_account(entry))
    same = jobs.filter(name=values["name"], sample__sha256=sha256).exclude(state=State.CANCELLED)
    return same.order_by("-created_at").first()


def _can_help(job: CloneJob) -> bool:
    return job.state == State.FAILED and can_retry(job)


def _known(job: CloneJob) -> Result:
    if job.state == State.FAILED:
        return Result(Outcome.FAILED, job.message or "This clone failed before.")
    if job.state == State.HELD:
        return _held(job)
    prefix = "Being cloned already" if job.is_live else "Cloned already"
    return Result(Outcome.KNOWN, f"{prefix}, as “{job.name}”.", job)


def _held(job: CloneJob) -> Result:
    return Result(Outcome.HELD, f"Waiting as “{job.name}” for another editor or admin to approve it.", job)


def _retry(member: Membership, job: CloneJob, *, dry_run: bool) -> Result:
    if dry_run:
        return Result(Outcome.GOOD, f"Failed before; would be tried again as “{job.name}”.")
    retried = retry_clone(member=member, job=job, now=timezone.now())
    if retried.state == State.HELD:
        return _held(retried)
    return Result(Outcome.RETRIED, f"Failed before; queued again as “{job.name}”.", retried)


def _account(entry: Entry) -> AltheaAccount:
    account: AltheaAccount = entry.form.cleaned_data["key"].account
    return account


def _check(entry: Entry, file: TemporaryUploadedFile) -> Result:
    values = entry.form.cleaned_data
    with TemporaryFile(dir=settings.UPLOAD_DIR) as unsent:
        done = take_in(Path(file.temporary_file_path()), cast(BinaryIO, unsent))
    if done.canonical is None:
        raise RefusedSampleError(done.finding)
    require_free_name(_account(entry), values["name"])
    return Result(Outcome.GOOD, f"Would be cloned as “{values['name']}” ({values['language']}).")


def _submit(member: Membership, entry: Entry, file: TemporaryUploadedFile, sha256: str) -> Result:
    values = entry.form.values(uuid4())
    require_free_name(_account(entry), values["name"])
    sample = store_sample(member=member, file=file, sha256=sha256)
    job = submit_clone(member=member, now=timezone.now(), sample=sample, filename=entry.path.name, **values)
    if job.state == State.HELD:
        return _held(job)
    return Result(Outcome.QUEUED, f"Queued as “{job.name}” ({job.language}).", job)
