"""Storing recordings: examined in a child process, kept in canonical form, found again by their upload's hash."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from voices.access import Verb, require
from voices.actions import Now
from voices.actions.files import abandon, delete_file, has_file, settle, store_file
from voices.audio.canonical import is_canonical, write_canonical
from voices.audio.child import probe_in_child
from voices.audio.findings import Finding, Verdict
from voices.models import CloneJob, Membership, Sample

LOOSE_FOR = timedelta(hours=1)


class RefusedSampleError(Exception):
    """The recording will not clone well, or not at all; `finding` says what it is and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def known_sample(*, member: Membership, sha256: str, now: datetime) -> Sample | None:
    """Mark the team's stored sample of these bytes as used now. Return it, or None if there is none."""
    kept = Sample.objects.filter(team=member.team, sha256=sha256)
    return kept.first() if kept.update(used_at=now) else None


def examine_file(path: Path) -> Finding:
    """Return what the recording is. Raises RefusedSampleError unless it can be sent as it is."""
    finding = probe_in_child(path)
    if finding.verdict != Verdict.OK:
        raise RefusedSampleError(finding)
    return finding


def keep_sample(
    *, member: Membership, file: TemporaryUploadedFile, sha256: str, now: Now = timezone.now
) -> Sample:
    """Examine and store the recording. Return its sample; the same bytes sent again give the same one.

    One whose file the storage has lost gets this one. Only the audio is stored and sent, without tags, pictures or
    locations. Raises PermissionDenied, RefusedSampleError, StorageError.
    """
    require(member, Verb.CLONE)
    known = known_sample(member=member, sha256=sha256, now=now())
    if known and has_file(known.file):
        return known
    finding = examine_file(Path(file.temporary_file_path()))
    sample = known or Sample(team=member.team, uploader=member.user, sha256=sha256, used_at=now())
    sample.filename, sample.size_bytes = (file.name or "recording")[:200], file.size or 0
    _describe(sample, finding)
    return _store(sample, _sent_form(sample, file, finding))


def _describe(sample: Sample, finding: Finding) -> None:
    sample.sent_container = finding.container or "wav"
    sample.container, sample.codec = finding.container or "", (finding.codec or "")[:40]
    sample.seconds, sample.rate = finding.seconds or 0.0, finding.rate or 0
    sample.channels, sample.bit_rate = finding.channels or 0, finding.bit_rate
    sample.finding = finding.to_json()


def _sent_form(sample: Sample, file: TemporaryUploadedFile, finding: Finding) -> TemporaryUploadedFile:
    """Return the file to store and send; one that is canonical already is not copied, which saves up to 9 MB."""
    if finding.layout is None:
        raise RefusedSampleError(finding)
    if is_canonical(finding.layout, sample.size_bytes):
        sample.sent_sha256, sample.sent_size_bytes = sample.sha256, sample.size_bytes
        return file
    sent: TemporaryUploadedFile = TemporaryUploadedFile("sample", sample.content_type, 0, None)
    with Path(file.temporary_file_path()).open("rb") as source:
        facts = write_canonical(source, cast(BinaryIO, sent.file), finding.layout)
    sent.flush()
    sent.seek(0)
    sample.sent_sha256, sample.sent_size_bytes = facts.sha256, facts.size_bytes
    return sent


def _store(sample: Sample, sent: TemporaryUploadedFile) -> Sample:
    store_file(sample.file, sample.sha256, sample.sent_container, sent, now=sample.used_at)
    sent.close()  # by hand: the file was moved, and its finaliser would complain
    try:
        with transaction.atomic():
            sample.save(force_insert=sample._state.adding)
            settle(sample.file)
    except IntegrityError:
        # Two tabs sent the same bytes at once: the other one's row stays, our file is deleted.
        delete_file(str(sample.file.name))
        return Sample.objects.get(team=sample.team, sha256=sample.sha256)
    return sample


def sweep_loose_samples(*, now: datetime, limit: int = 100) -> int:
    """Delete recordings, with their files, that no job or batch has and nobody chose for an hour. Return how many."""
    old = Sample.objects.filter(used_at__lt=now - LOOSE_FOR)
    swept = 0
    for sample in old.exclude(pk__in=CloneJob.objects.values("sample")).filter(voices=None, batch_rows=None)[
        :limit
    ]:
        with transaction.atomic():
            gone, _ = old.filter(pk=sample.pk, clone_jobs=None, batch_rows=None).delete()
            if gone:
                abandon(str(sample.file.name), now=now)
        if gone:
            delete_file(str(sample.file.name))
            swept += 1
    return swept


def sweep_upload_folder(*, now: datetime) -> int:
    """Delete temporary files older than an hour, whose upload was cut off by a crash. Return how many."""
    limit = (now - LOOSE_FOR).timestamp()
    stale = [
        path for path in settings.UPLOAD_DIR.iterdir() if path.is_file() and path.stat().st_mtime < limit
    ]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
