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
    edit_sample,
    known_sample,
    store_sample,
    sweep_unused_samples,
    sweep_upload_folder,
)
from voices.audio.edits import UNCHANGED, Edit
from voices.models import FileIntent, Membership, Sample, State

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
        sample = store_sample(member=member, file=file, sha256=sha256, now=lambda: NOON)
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


def m4a() -> bytes:
    return sounds.encoded("ipod", "aac", sounds.speech(20, rate=44_100), rate=44_100, channels=2)


def test_converted_recording_is_kept_as_it_came_too(cast: Cast) -> None:
    content = m4a()
    sample = keep(cast.ed, content, "memo.m4a")
    with sample.received.open("rb") as original, sample.file.open("rb") as sent:
        assert original.read() == content
        assert hashlib.sha256(sent.read()).hexdigest() == sample.sent_sha256
    assert (sample.container, sample.sent_container, sample.channels) == ("m4a", "wav", 2)
    assert list(sample.finding["done"]) == ["Converted from M4A.", "Stereo mixed to mono."]
    assert (sample.report["version"], sample.report_version) == (
        sample.report_version,
        sample.report["version"],
    )
    assert not FileIntent.objects.exists()


def test_recording_sent_as_it_came_is_stored_once(cast: Cast) -> None:
    sample = keep(cast.ed, sounds.speech_wav(seconds=12, seed=9))
    assert (sample.original.name, sample.received) == ("", sample.file)
    assert len(files_of(sample)) == 1


def test_lost_original_is_stored_again(cast: Cast) -> None:
    content = m4a()
    sample = keep(cast.ed, content, "memo.m4a")
    Path(sample.original.path).unlink()
    again = keep(cast.ed, content, "memo.m4a")
    assert again == sample
    assert Path(again.original.path).read_bytes() == content


# --- parts of a recording --------------------------------------------------------------------------
def test_edit_makes_a_sample_of_the_recording_as_it_came(cast: Cast) -> None:
    whole = keep(cast.ed, m4a(), "memo.m4a")
    part = edit_sample(member=cast.ed, sample=whole, edit=Edit(start=2.0, end=14.0), now=lambda: NOON)
    assert (part.parent, part.edit, part.seconds) == (whole, {"start": 2.0, "end": 14.0}, 12.0)
    assert (part.filename, part.container, part.original.name) == ("memo.m4a", "m4a", "")
    assert "Cut to 12 seconds." in part.finding["done"]
    with part.file.open("rb") as sent:
        assert len(sent.read()) == part.sent_size_bytes == 44 + 12 * 44_100 * 2


def test_edit_of_an_edit_starts_from_the_recording(cast: Cast) -> None:
    whole = keep(cast.ed, sounds.speech_wav(20, seed=5))
    part = edit_sample(member=cast.ed, sample=whole, edit=Edit(end=12.0))
    other = edit_sample(member=cast.ed, sample=part, edit=Edit(start=8.0))
    assert (other.parent, other.seconds) == (whole, 12.0)


@pytest.mark.parametrize("edit", [UNCHANGED, Edit(start=0.0, end=20.0), Edit(start=-1.0, end=99.0)])
def test_edit_that_changes_nothing_gives_the_recording(cast: Cast, edit: Edit) -> None:
    whole = keep(cast.ed, sounds.speech_wav(20, seed=6))
    assert edit_sample(member=cast.ed, sample=whole, edit=edit) == whole


def test_same_edit_gives_the_same_sample(cast: Cast) -> None:
    whole = keep(cast.ed, sounds.speech_wav(20, seed=7))
    edits = (Edit(start=1.0, level=True), Edit(start=1.0001, end=20.0, level=True))
    first, second = (edit_sample(member=cast.ed, sample=whole, edit=edit) for edit in edits)
    assert first == second


def test_edit_that_leaves_too_little_is_refused(cast: Cast) -> None:
    whole = keep(cast.ed, sounds.speech_wav(20, seed=8))
    with pytest.raises(RefusedSampleError):
        edit_sample(member=cast.ed, sample=whole, edit=Edit(start=15.0))
    assert Sample.objects.get() == whole


def test_viewer_may_not_edit_a_recording(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        edit_sample(member=cast.vera, sample=make_sample(cast.ed), edit=Edit(start=1.0))


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
    assert sweep_unused_samples(now=NOON + timedelta(minutes=59)) == 0
    assert sweep_unused_samples(now=LATER) == 1
    assert not Path(sample.file.path).exists()
    assert known_sample(team=cast.northwind, sha256=sample.sha256, now=NOON) is None


def test_sweep_keeps_a_sample_chosen_again(cast: Cast) -> None:
    sample = make_sample(cast.ed, used_at=NOON)
    assert known_sample(team=cast.northwind, sha256=sample.sha256, now=LATER) == sample
    assert sweep_unused_samples(now=LATER) == 0


@pytest.mark.parametrize("state", State)
def test_sweep_keeps_the_sample_of_any_job(cast: Cast, state: State) -> None:
    sample = make_job(cast.ed, state=state, sample=make_sample(cast.ed, used_at=NOON)).sample
    assert sweep_unused_samples(now=LATER) == 0
    assert Path(sample.file.path).exists()


def test_sweep_keeps_the_sample_of_a_voice(cast: Cast) -> None:
    make_voice(cast.ed, sample=make_sample(cast.ed, used_at=NOON))
    assert sweep_unused_samples(now=LATER) == 0


def test_sweep_keeps_a_recording_as_long_as_its_part(cast: Cast) -> None:
    whole = make_sample(cast.ed, used_at=NOON)
    part = make_sample(cast.ed, parent=whole, used_at=NOON)
    job = make_job(cast.ed, sample=part, consent=None)
    assert sweep_unused_samples(now=LATER) == 0
    job.delete()
    assert [sweep_unused_samples(now=LATER) for _ in range(3)] == [1, 1, 0]


def test_sweep_deletes_the_recording_as_it_came_too(cast: Cast) -> None:
    sample = keep(cast.ed, m4a(), "memo.m4a")
    assert len(files_of(sample)) == 2
    assert sweep_unused_samples(now=LATER) == 1
    assert files_of(sample) == []


def test_sweep_deletes_temporary_files_after_an_hour() -> None:
    old, young = settings.UPLOAD_DIR / "old.upload", settings.UPLOAD_DIR / "young.upload"
    for path, moment in ((old, NOON), (young, LATER)):
        path.write_bytes(b"half")
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    sweep_upload_folder(now=LATER)
    assert (old.exists(), young.exists()) == (False, True)
    young.unlink()
