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


def test_a_good_recording_is_kept_as_it_came(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=1)
    sample = keep(cast.ed, content, "Marlene, take 2.wav")
    with sample.file.open("rb") as kept:
        assert kept.read() == content
    assert (sample.container, sample.rate, sample.channels, round(sample.seconds)) == ("wav", 16_000, 1, 12)
    assert (sample.filename, sample.size_bytes) == ("Marlene, take 2.wav", len(content))
    assert sample.sent_sha256 == sample.sha256 == hashlib.sha256(content).hexdigest()
    assert "Marlene" not in sample.file.name


def test_tags_are_stripped_from_what_is_sent(cast: Cast) -> None:
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
def test_a_refused_file_leaves_nothing(cast: Cast, content: bytes) -> None:
    with pytest.raises(RefusedSampleError) as refused:
        keep(cast.ed, content)
    assert refused.value.finding.message
    assert not Sample.objects.exists()


def test_a_viewer_brings_no_recording(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        keep(cast.vera, sounds.speech_wav(seconds=12))


def test_the_same_bytes_again_give_the_same_sample(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=2)
    first = keep(cast.ed, content)
    assert keep(cast.ada, content, "other name.wav") == first
    [name] = files_of(first)
    assert name.startswith(first.sha256)


def test_teams_do_not_share_recordings(cast: Cast) -> None:
    content = sounds.speech_wav(seconds=12, seed=3)
    first, second = keep(cast.ed, content), keep(cast.sam, content)
    assert (first.sha256, first.team, second.team) == (second.sha256, cast.northwind, cast.southwind)
    assert known_sample(member=cast.sam, sha256=first.sha256, now=NOON) == second


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_from_four_tabs_at_once_give_one_sample_and_one_file() -> None:
    ed, content = make_cast().ed, sounds.speech_wav(seconds=12, seed=4)
    samples = {sample.pk: sample for sample in at_once(lambda _: keep(ed, content))}
    [sample] = samples.values()
    assert len(files_of(sample)) == 1
    with sample.file.open("rb") as kept:
        assert kept.read() == content


# --- what nobody wants -----------------------------------------------------------------------------
def test_a_loose_recording_goes_an_hour_after_it_was_chosen(cast: Cast) -> None:
    sample = make_sample(cast.ed, used_at=NOON)
    assert sweep_loose_samples(now=NOON + timedelta(minutes=59)) == 0
    assert sweep_loose_samples(now=LATER) == 1
    assert not Path(sample.file.path).exists()
    assert known_sample(member=cast.ed, sha256=sample.sha256, now=NOON) is None


def test_a_recording_chosen_again_stays(cast: Cast) -> None:
    sample = make_sample(cast.ed, used_at=NOON)
    assert known_sample(member=cast.ed, sha256=sample.sha256, now=LATER) == sample
    assert sweep_loose_samples(now=LATER) == 0


@pytest.mark.parametrize("state", State)
def test_the_recording_of_a_job_stays_however_it_ended(cast: Cast, state: State) -> None:
    sample = make_job(cast.ed, state=state, sample=make_sample(cast.ed, used_at=NOON)).sample
    assert sweep_loose_samples(now=LATER) == 0
    assert Path(sample.file.path).exists()


def test_the_recording_of_a_voice_stays(cast: Cast) -> None:
    make_voice(cast.ed, sample=make_sample(cast.ed, used_at=NOON))
    assert sweep_loose_samples(now=LATER) == 0


def test_temporary_files_of_uploads_cut_off_go_after_an_hour() -> None:
    old, young = settings.UPLOAD_DIR / "old.upload", settings.UPLOAD_DIR / "young.upload"
    for path, moment in ((old, NOON), (young, LATER)):
        path.write_bytes(b"half")
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    sweep_upload_folder(now=LATER)
    assert (old.exists(), young.exists()) == (False, True)
    young.unlink()
