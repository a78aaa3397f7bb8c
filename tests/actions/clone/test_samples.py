"""Recordings as they come in: kept once by their hash, without tags, and gone when nobody wants them."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile

from tests import sounds
from tests.base import Cast, make_cast
from tests.builders import make_job, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.actions.clone.samples import (
    RefusedSampleError,
    keep_sample,
    known_sample,
    sweep_loose_samples,
    sweep_upload_folder,
)
from voices.models import Membership, Sample, State

LATER = NOON + timedelta(hours=1, seconds=1)


def upload(content: bytes, name: str = "speech.wav") -> TemporaryUploadedFile:
    file: TemporaryUploadedFile = TemporaryUploadedFile(name, "audio/wav", len(content), None)
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def keep(member: Membership, content: bytes, name: str = "speech.wav") -> Sample:
    sha256 = hashlib.sha256(content).hexdigest()
    with upload(content, name) as file:
        sample = keep_sample(member=member, file=file, sha256=sha256, now=lambda: NOON)
        file.close()
    return sample


def files_of(sample: Sample) -> list[str]:
    folder = Path(sample.file.path).parent
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(sample.sha256))


def test_sample_keeps_a_good_recording_unchanged(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=1)
    sample = keep(cast.ed, content, "Marlene, take 2.wav")
    with sample.file.open("rb") as kept:
        assert kept.read() == content
    assert (sample.container, sample.rate, sample.channels, round(sample.seconds)) == ("wav", 16_000, 1, 12)
    assert (sample.filename, sample.size_bytes) == ("Marlene, take 2.wav", len(content))
    assert sample.sent_sha256 == sample.sha256 == hashlib.sha256(content).hexdigest()
    assert "Marlene" not in sample.file.name


def test_sample_to_send_has_no_metadata_tags(cast: Cast) -> None:
    music = sounds.mp3(seconds=12)
    secret = b"Home address: 12 Elm Street"
    sample = keep(cast.ed, sounds.id3(sounds.id3_frame(b"TIT2", b"\0" + secret)) + music, "a.mp3")
    with sample.file.open("rb") as kept:
        sent = kept.read()
    assert secret not in sent
    assert (hashlib.sha256(sent).hexdigest(), len(sent)) == (sample.sent_sha256, sample.sent_size_bytes)
    assert sample.sent_sha256 != sample.sha256
    assert sample.content_type == "audio/mpeg"


@pytest.mark.parametrize("content", [sounds.jpeg(), sounds.html(), b""], ids=["jpeg", "html", "empty"])
def test_refused_recording_leaves_no_file_or_row(cast: Cast, content: bytes) -> None:
    with pytest.raises(RefusedSampleError) as refused:
        keep(cast.ed, content)
    assert refused.value.finding.message
    assert not Sample.objects.exists()


def test_viewer_may_not_upload_a_recording(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        keep(cast.vera, sounds.speech_wav(seconds=12))


def test_sample_is_reused_for_the_same_bytes(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=2)
    first = keep(cast.ed, content)
    assert keep(cast.ada, content, "other name.wav") == first
    [name] = files_of(first)
    assert name.startswith(first.sha256)


def test_sample_is_not_shared_between_teams(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=3)
    first, second = keep(cast.ed, content), keep(cast.sam, content)
    assert (first.sha256, first.team, second.team) == (second.sha256, cast.northwind, cast.southwind)
    assert known_sample(team=cast.southwind, sha256=first.sha256, now=NOON) == second


@pytest.mark.django_db(transaction=True)
def test_four_uploads_of_the_same_bytes_make_one_sample() -> None:
    ed, content = make_cast().ed, sounds.speech_wav(seconds=12, seed=4)
    samples = {sample.pk: sample for sample in at_once(lambda _: keep(ed, content))}
    [sample] = samples.values()
    assert len(files_of(sample)) == 1
    with sample.file.open("rb") as kept:
        assert kept.read() == content


# --- what nobody wants -----------------------------------------------------------------------------
def test_sweep_deletes_an_unused_sample_after_an_hour(cast: Cast) -> None:
    sample = make_sample(cast.ed, used_at=NOON)
    assert sweep_loose_samples(now=NOON + timedelta(minutes=59)) == 0
    assert sweep_loose_samples(now=LATER) == 1
    assert not Path(sample.file.path).exists()
    assert known_sample(team=cast.northwind, sha256=sample.sha256, now=NOON) is None


def test_sweep_keeps_a_sample_chosen_again(cast: Cast) -> None:
    sample = make_sample(cast.ed, used_at=NOON)
    assert known_sample(team=cast.northwind, sha256=sample.sha256, now=LATER) == sample
    assert sweep_loose_samples(now=LATER) == 0


@pytest.mark.parametrize("state", State)
def test_sweep_keeps_the_sample_of_any_job(cast: Cast, state: State) -> None:
    sample = make_job(cast.ed, state=state, sample=make_sample(cast.ed, used_at=NOON)).sample
    assert sweep_loose_samples(now=LATER) == 0
    assert Path(sample.file.path).exists()


def test_sweep_keeps_the_sample_of_a_voice(cast: Cast) -> None:
    make_voice(cast.ed, sample=make_sample(cast.ed, used_at=NOON))
    assert sweep_loose_samples(now=LATER) == 0


def test_sweep_deletes_temporary_files_after_an_hour() -> None:
    old, young = settings.UPLOAD_DIR / "old.upload", settings.UPLOAD_DIR / "young.upload"
    for path, moment in ((old, NOON), (young, LATER)):
        path.write_bytes(b"half")
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    sweep_upload_folder(now=LATER)
    assert (old.exists(), young.exists()) == (False, True)
    young.unlink()
