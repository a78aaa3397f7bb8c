"""Storing recordings: examined and converted in a child process, kept as they came and as they are sent.

A recording is found again by the hash of what was uploaded, a part of one by that and the edit.
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
from voices.actions.files import abandon, delete_file, has_file, open_file, settle, store_file
from voices.audio.edits import UNCHANGED, Edit
from voices.audio.findings import Finding
from voices.audio.intake import Intake, take_in
from voices.models import KEEPS_RECORDING, CloneJob, Membership, Sample, SpeakerRequest, Team

LOOSE_FOR = timedelta(hours=1)


class RefusedSampleError(Exception):
    """The recording cannot be used; `finding` says what it is, what is wrong, and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def known_sample(*, team: Team, sha256: str, now: datetime) -> Sample | None:
    """Mark the team's stored sample of these bytes as used now. Return it, or None if there is none."""
    kept = Sample.objects.filter(team=team, sha256=sha256)
    return kept.first() if kept.update(used_at=now) else None


@dataclass(frozen=True)
class Examined:
    """What came of examining a recording, and the file with what will be sent."""

    done: Intake
    sent: TemporaryUploadedFile


@contextmanager
def examine(path: Path, edit: Edit = UNCHANGED) -> Iterator[Examined]:
    """Examine and convert a recording, with this edit. Use no database. Raise RefusedSampleError."""
    with _new_file() as sent:
        yield Examined(_taken_in(path, sent, edit), sent)


def keep_sample(
    *,
    member: Membership,
    file: TemporaryUploadedFile,
    sha256: str,
    examined: Examined | None = None,
    now: Now = timezone.now,
) -> Sample:
    """Examine, convert and store the recording. Return its sample; the same bytes sent again give the same one.

    One whose files the storage has lost gets new ones. What will be sent has no tags, pictures or locations; it is
    stored beside the recording as it came. Raises PermissionDenied, RefusedSampleError, StorageError.
    """
    require(member, Verb.CLONE)
    return _keep(Sample(team=member.team, uploader=member.user, sha256=sha256), file, now, examined)


def keep_speaker_sample(
    *, team: Team, file: TemporaryUploadedFile, sha256: str, now: Now = timezone.now
) -> Sample:
    """Do as `keep_sample` does for a speaker who holds the team's link. Raises RefusedSampleError, StorageError."""
    return _keep(Sample(team=team, sha256=sha256), file, now)


def _keep(new: Sample, file: TemporaryUploadedFile, now: Now, examined: Examined | None = None) -> Sample:
    known = known_sample(team=new.team, sha256=new.sha256, now=now())
    if known and _has_files(known):
        return known
    sample = known or new
    sample.used_at = now()
    sample.filename, sample.size_bytes = (file.name or "recording")[:200], file.size or 0
    path = Path(file.temporary_file_path())
    with nullcontext(examined) if examined else examine(path) as found:
        _describe(sample, found.done)
        if found.done.is_original:
            return _store(sample, sent=file, original=None)
        return _store(sample, sent=found.sent, original=file)


def edit_sample(
    *,
    member: Membership,
    sample: Sample,
    edit: Edit,
    examined: Examined | None = None,
    now: Now = timezone.now,
) -> Sample:
    """Cut or repair a recording as chosen. Return the sample of the result; the same edit gives the same one.

    It is made from the recording as it came, also if `sample` is the result of another edit; an edit that changes
    nothing gives that recording. Raises PermissionDenied, RefusedSampleError, StorageError.
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
    with nullcontext(examined) if examined else _examine_stored(parent, edit) as found:
        _describe(edited, found.done)
        return _store(edited, sent=found.sent, original=None)


@contextmanager
def _examine_stored(parent: Sample, edit: Edit) -> Iterator[Examined]:
    with _local_copy(parent) as path, examine(path, edit) as found:
        yield found


def _normal(edit: Edit, *, seconds: float) -> Edit:
    """Return the edit in whole milliseconds, without edges where the recording has its own."""
    start = round(edit.start or 0.0, 3)
    end = round(seconds if edit.end is None else edit.end, 3)
    return replace(edit, start=start if start > 0 else None, end=end if end < round(seconds, 3) else None)


def _edit_hash(parent: Sample, edit: Edit) -> str:
    chosen = json.dumps(edit.to_json(), sort_keys=True)
    return hashlib.sha256(f"{parent.sha256} {chosen}".encode()).hexdigest()


def _taken_in(path: Path, sent: TemporaryUploadedFile, edit: Edit = UNCHANGED) -> Intake:
    done = take_in(path, cast(BinaryIO, sent.file), edit=edit)
    if done.canonical is None:
        raise RefusedSampleError(done.finding)
    sent.flush()
    sent.seek(0)
    return done


def _describe(sample: Sample, done: Intake) -> None:
    finding = done.finding
    sample.container, sample.codec = finding.container or "", (finding.codec or "")[:40]
    sample.seconds, sample.rate = finding.seconds or 0.0, finding.rate or 0
    sample.channels, sample.bit_rate = finding.channels or 0, finding.bit_rate
    sample.finding = finding.to_json()
    if done.canonical:
        sample.sent_container = done.container
        sample.sent_sha256, sample.sent_size_bytes = done.canonical.sha256, done.canonical.size_bytes
    if done.report:
        sample.report, sample.report_version = done.report.to_json(), done.report.version


@contextmanager
def _new_file() -> Iterator[TemporaryUploadedFile]:
    """Yield an empty temporary file; by hand closed, as the finaliser of one that was moved would complain."""
    file: TemporaryUploadedFile = TemporaryUploadedFile("sample", "", 0, None)
    with closing(file):
        yield file


@contextmanager
def _local_copy(sample: Sample) -> Iterator[Path]:
    """Yield the path of a copy of the recording as it came, wherever the storage has it."""
    with NamedTemporaryFile(dir=settings.UPLOAD_DIR, suffix=".upload") as copy:
        with open_file(sample.received) as stored:
            shutil.copyfileobj(stored, copy)
        copy.flush()
        yield Path(copy.name)


def _has_files(sample: Sample) -> bool:
    return has_file(sample.file) and (not sample.original or has_file(sample.original))


def _files(sample: Sample) -> list[str]:
    """Return the paths of all that is stored of a sample."""
    return [str(field.name) for field in (sample.file, sample.original) if field]


def _store(sample: Sample, *, sent: TemporaryUploadedFile, original: TemporaryUploadedFile | None) -> Sample:
    # What is left of a sample that has lost one of its files.
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
                abandon(path, now=sample.used_at)
    except IntegrityError:
        # Two tabs sent the same bytes at once: the other one's row stays, our files are deleted.
        for path in _files(sample):
            delete_file(path)
        return Sample.objects.get(team=sample.team, sha256=sample.sha256)
    return sample


def sweep_loose_samples(*, now: datetime, limit: int = 100) -> int:
    """Delete recordings, with their files, that no job or batch has and nobody chose for an hour. Return how many.

    A recording stays as long as a part of it does, and one that came by a link until somebody has declined it.
    """
    unused = {
        "edited_samples": None,
        "batch_rows": None,
        "voices": None,
        "consents": None,
        "spoken_consents": None,
    }
    old = Sample.objects.filter(used_at__lt=now - LOOSE_FOR, **unused)
    swept = 0
    asked_for = SpeakerRequest.objects.filter(state__in=KEEPS_RECORDING).exclude(sample=None)
    loose = old.exclude(pk__in=CloneJob.objects.values("sample")).exclude(pk__in=asked_for.values("sample"))
    for sample in loose[:limit]:
        swept += _sweep(sample, old, now=now)
    return swept


def _sweep(sample: Sample, old: QuerySet[Sample], *, now: datetime) -> bool:
    with transaction.atomic():
        gone, _ = old.filter(pk=sample.pk, clone_jobs=None).delete()
        if gone:
            for path in _files(sample):
                abandon(path, now=now)
    if gone:
        for path in _files(sample):
            delete_file(path)
    return bool(gone)


def sweep_upload_folder(*, now: datetime) -> int:
    """Delete temporary files older than an hour, whose upload was cut off by a crash. Return how many."""
    limit = (now - LOOSE_FOR).timestamp()
    stale = [
        path for path in settings.UPLOAD_DIR.iterdir() if path.is_file() and path.stat().st_mtime < limit
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
