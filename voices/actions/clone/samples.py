"""Storing recordings: examined and converted in a child process, kept both as uploaded and as sent.

A recording is identified by the hash of the uploaded bytes; an edited one by that hash and the edit.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from voices.access import Verb, require
from voices.actions import Now
from voices.actions.files import delete_file, has_file, mark_orphaned, open_file, settle, store_file
from voices.audio.edits import UNCHANGED, Edit
from voices.audio.findings import Finding
from voices.audio.intake import Intake, take_in
from voices.models import KEEPS_RECORDING, CloneJob, Membership, Sample, SpeakerRequest, Team

UNUSED_FOR = timedelta(hours=1)


class RefusedSampleError(Exception):
    """The recording cannot be used; `finding` says what is wrong with it and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def known_sample(*, team: Team, sha256: str, now: datetime) -> Sample | None:
    """Mark the team's stored sample of these bytes as used now. Return it, or None if there is none."""
    kept = Sample.objects.filter(team=team, sha256=sha256)
    return kept.first() if kept.update(used_at=now) else None


@dataclass(frozen=True)
class PreparedRecording:
    """The result of examining a recording, and a temporary file with the bytes to send."""

    intake: Intake
    sent: TemporaryUploadedFile


@contextmanager
def examine(path: Path, edit: Edit = UNCHANGED) -> Iterator[PreparedRecording]:
    """Examine, edit and convert a recording, without the database. Raise RefusedSampleError."""
    with _new_file() as sent:
        yield PreparedRecording(_converted(path, sent, edit), sent)


def store_sample(
    *,
    member: Membership,
    file: TemporaryUploadedFile,
    sha256: str,
    prepared: PreparedRecording | None = None,
    now: Now = timezone.now,
) -> Sample:
    """Examine, convert and store the recording, and return its sample. The same bytes give the same sample.

    A sample whose files are missing in the storage gets new ones. The bytes to send have no tags, pictures or
    locations; they are stored beside the uploaded file. Raises PermissionDenied, RefusedSampleError, StorageError.
    """
    require(member, Verb.CLONE)
    return _find_or_store(Sample(team=member.team, uploader=member.user, sha256=sha256), file, now, prepared)


def store_speaker_sample(
    *, team: Team, file: TemporaryUploadedFile, sha256: str, now: Now = timezone.now
) -> Sample:
    """Do what `store_sample` does, for a speaker with a link of the team. Raises RefusedSampleError, StorageError."""
    return _find_or_store(Sample(team=team, sha256=sha256), file, now)


def _find_or_store(
    new: Sample, file: TemporaryUploadedFile, now: Now, prepared: PreparedRecording | None = None
) -> Sample:
    known = known_sample(team=new.team, sha256=new.sha256, now=now())
    if known and _has_files(known):
        return known
    sample = known or new
    sample.used_at = now()
    sample.filename, sample.size_bytes = (file.name or "recording")[:200], file.size or 0
    path = Path(file.temporary_file_path())
    with nullcontext(prepared) if prepared else examine(path) as found:
        _describe(sample, found.intake)
        if found.intake.is_original:
            return _store(sample, sent=file, original=None)
        return _store(sample, sent=found.sent, original=file)


def edit_sample(
    *,
    member: Membership,
    sample: Sample,
    edit: Edit,
    prepared: PreparedRecording | None = None,
    now: Now = timezone.now,
) -> Sample:
    """Apply the edit to a recording and return the sample of the result. The same edit gives the same sample.

    Edits always apply to the uploaded recording, even if `sample` is the result of another edit; an empty edit gives
    the uploaded recording itself. Raises PermissionDenied, RefusedSampleError, StorageError.
    """
    require(member, Verb.CLONE)
    parent = sample.parent or sample
    edit = _normal(edit, seconds=parent.seconds)
    sha256 = parent.sha256 if edit.is_empty else _edit_hash(parent, edit)
    known = known_sample(team=member.team, sha256=sha256, now=now())
    if known and (edit.is_empty or _has_files(known)):
        return known
    edited = known or Sample(team=member.team, uploader=member.user, sha256=sha256, used_at=now())
    edited.parent, edited.edit, edited.filename = parent, edit.to_json(), parent.filename
    edited.size_bytes = parent.size_bytes
    with nullcontext(prepared) if prepared else _examine_stored(parent, edit) as found:
        _describe(edited, found.intake)
        return _store(edited, sent=found.sent, original=None)


@contextmanager
def _examine_stored(parent: Sample, edit: Edit) -> Iterator[PreparedRecording]:
    with _local_copy(parent) as path, examine(path, edit) as found:
        yield found


def _normal(edit: Edit, *, seconds: float) -> Edit:
    """Return the edit in whole milliseconds, without a start or an end that equals the recording's own."""
    start = round(edit.start or 0.0, 3)
    end = round(seconds if edit.end is None else edit.end, 3)
    return replace(edit, start=start if start > 0 else None, end=end if end < round(seconds, 3) else None)


def _edit_hash(parent: Sample, edit: Edit) -> str:
    chosen = json.dumps(edit.to_json(), sort_keys=True)
    return hashlib.sha256(f"{parent.sha256} {chosen}".encode()).hexdigest()


def _converted(path: Path, sent: TemporaryUploadedFile, edit: Edit = UNCHANGED) -> Intake:
    intake = take_in(path, cast(BinaryIO, sent.file), edit=edit)
    if intake.canonical is None:
        raise RefusedSampleError(intake.finding)
    sent.flush()
    sent.seek(0)
    return intake


def _describe(sample: Sample, intake: Intake) -> None:
    finding = intake.finding
    sample.container, sample.codec = finding.container or "", (finding.codec or "")[:40]
    sample.seconds, sample.rate = finding.seconds or 0.0, finding.rate or 0
    sample.channels, sample.bit_rate = finding.channels or 0, finding.bit_rate
    sample.finding = finding.to_json()
    if intake.canonical:
        sample.sent_container = intake.container
        sample.sent_sha256, sample.sent_size_bytes = intake.canonical.sha256, intake.canonical.size_bytes
    if intake.report:
        sample.report, sample.report_version = intake.report.to_json(), intake.report.version


@contextmanager
def _new_file() -> Iterator[TemporaryUploadedFile]:
    """Yield an empty temporary file, and close it: the finaliser of one that was moved would warn."""
    file: TemporaryUploadedFile = TemporaryUploadedFile("sample", "", 0, None)
    with closing(file):
        yield file


@contextmanager
def _local_copy(sample: Sample) -> Iterator[Path]:
    """Yield the path of a local copy of the uploaded recording, from any storage."""
    with NamedTemporaryFile(dir=settings.UPLOAD_DIR, suffix=".upload") as copy:
        with open_file(sample.received) as stored:
            shutil.copyfileobj(stored, copy)
        copy.flush()
        yield Path(copy.name)


def _has_files(sample: Sample) -> bool:
    return has_file(sample.file) and (not sample.original or has_file(sample.original))


def _files(sample: Sample) -> list[str]:
    """Return the paths of the sample's stored files."""
    return [str(field.name) for field in (sample.file, sample.original) if field]


def _store(sample: Sample, *, sent: TemporaryUploadedFile, original: TemporaryUploadedFile | None) -> Sample:
    # A sample that has lost one of its files may still have the other.
    left = [str(field.name) for field in (sample.file, sample.original) if has_file(field)]
    sample.original = ""
    store_file(sample.file, sample.sha256, sample.sent_container, sent, now=sample.used_at)
    if original:
        store_file(sample.original, sample.sha256, sample.container or "bin", original, now=sample.used_at)
        original.close()
    sent.close()
    try:
        with transaction.atomic():
            sample.save(force_insert=sample._state.adding)
            settle(sample.file)
            settle(sample.original)
            for path in left:
                mark_orphaned(path, now=sample.used_at)
    except IntegrityError:
        # Two tabs sent the same bytes at once: the other one's row stays, our files are deleted.
        for path in _files(sample):
            delete_file(path)
        return Sample.objects.get(team=sample.team, sha256=sample.sha256)
    return sample


def sweep_unused_samples(*, now: datetime, limit: int = 100) -> int:
    """Delete samples, with their files, that nothing refers to and nobody chose for an hour. Return how many.

    A recording stays while an edited version of it does; one from a speaker stays until it is declined.
    """
    unused = {
        "edited_samples": None,
        "batch_rows": None,
        "voices": None,
        "consents": None,
        "spoken_consents": None,
    }
    old = Sample.objects.filter(used_at__lt=now - UNUSED_FOR, **unused)
    swept = 0
    asked_for = SpeakerRequest.objects.filter(state__in=KEEPS_RECORDING).exclude(sample=None)
    unreferenced = old.exclude(pk__in=CloneJob.objects.values("sample")).exclude(
        pk__in=asked_for.values("sample")
    )
    for sample in unreferenced[:limit]:
        swept += _sweep(sample, old, now=now)
    return swept


def _sweep(sample: Sample, old: QuerySet[Sample], *, now: datetime) -> bool:
    with transaction.atomic():
        gone, _ = old.filter(pk=sample.pk, clone_jobs=None).delete()
        if gone:
            for path in _files(sample):
                mark_orphaned(path, now=now)
    if gone:
        for path in _files(sample):
            delete_file(path)
    return bool(gone)


def sweep_upload_folder(*, now: datetime) -> int:
    """Delete temporary files older than an hour, left by uploads that a crash cut off. Return how many."""
    limit = (now - UNUSED_FOR).timestamp()
    stale = [
        path for path in settings.UPLOAD_DIR.iterdir() if path.is_file() and path.stat().st_mtime < limit
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
