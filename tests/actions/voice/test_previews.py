"""Previews: kept by whoever holds the row, put off twice, then failed; asked for again by a person."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests import sounds
from tests.base import Cast
from tests.builders import make_preview, make_voice
from tests.kit.fakes import NOON
from voices.actions.files import sweep_orphaned_files, write_file
from voices.actions.voice.previews import (
    Fetched,
    create_preview_intent,
    draw_wave,
    preview_failed,
    refetch_preview,
    retry_preview,
    store_preview,
)
from voices.althea import Preview
from voices.audio.peaks import Wave
from voices.models import AuditEntry, Notice, PreviewFile, PreviewState, Voice

WAITING = PreviewState.WAITING
SOUND = Fetched(Preview(content=sounds.speech_wav(seconds=1), content_type="audio/wav"), Wave((1, 2), 1.0))


def waiting(cast: Cast, **facts: Any) -> PreviewFile:
    given = {"state": WAITING, "due_at": NOON, "lease_holder": "one", "lease_until": NOON}
    return PreviewFile.objects.create(voice=make_voice(cast.ed), **given | facts)


def store(row: PreviewFile, fetched: Fetched = SOUND) -> tuple[bool, Path]:
    """Whether the row was kept, and where its file is."""
    path = create_preview_intent(row=row, preview=fetched.preview, now=NOON)
    write_file(path, ContentFile(fetched.preview.content))
    return store_preview(row=row, fetched=fetched, path=path, now=NOON), Path(default_storage.path(path))


def test_fetched_preview_gets_the_type_of_its_bytes(cast: Cast) -> None:
    assert store(waiting(cast))[0]
    kept = PreviewFile.objects.get()
    assert (kept.state, kept.content_type, kept.seconds, kept.peaks) == ("ready", "audio/wav", 1.0, [1, 2])
    assert (kept.fetched_at, kept.lease_until, kept.size_bytes) == (NOON, None, len(SOUND.preview.content))
    with kept.file.open("rb") as file:
        assert file.read() == SOUND.preview.content
    assert kept.file.name.endswith(".wav")


def test_preview_without_a_waveform_is_stored(cast: Cast) -> None:
    assert store(waiting(cast), Fetched(SOUND.preview, None))[0]
    kept = PreviewFile.objects.get()
    assert (kept.state, kept.seconds, kept.peaks) == ("ready", None, [])


def test_new_preview_replaces_the_old_file(cast: Cast) -> None:
    row = make_preview(make_voice(cast.ed), content=sounds.speech_wav(seconds=2), state=WAITING)
    row.lease_holder, row.lease_until = "one", NOON
    row.save()
    old = Path(row.file.path)
    assert store(row)[0]
    kept = Path(PreviewFile.objects.get().file.path)
    assert kept.read_bytes() == SOUND.preview.content
    assert sweep_orphaned_files(now=NOON + timedelta(hours=2)) == 1
    assert (old.exists(), kept.exists()) == (False, True)


@pytest.mark.parametrize("change", [{"lease_holder": "two"}, {"state": PreviewState.READY}])
def test_late_preview_worker_changes_nothing_and_leaves_no_file(cast: Cast, change: dict[str, str]) -> None:
    row = waiting(cast)
    PreviewFile.objects.update(**change)
    kept, path = store(row)
    assert kept is False
    assert sweep_orphaned_files(now=NOON + timedelta(hours=2)) == 1
    assert not path.exists()
    assert PreviewFile.objects.get().file.name == ""
    assert preview_failed(row=row, message="Too late.", passing=True, now=NOON) is False
    assert PreviewFile.objects.get().problem == ""


def test_preview_of_a_deleted_voice_leaves_no_file(cast: Cast) -> None:
    row = waiting(cast)
    Voice.objects.all().delete()
    kept, path = store(row)
    assert kept is False
    assert sweep_orphaned_files(now=NOON + timedelta(hours=2)) == 1
    assert not path.exists()


def test_preview_fetch_retries_a_temporary_problem_3_times(cast: Cast) -> None:
    row = waiting(cast)
    for seconds in (5, 60):
        assert preview_failed(row=row, message="Busy.", passing=True, now=NOON)
        row.refresh_from_db()
        assert (row.state, row.due_at, row.lease_until) == (WAITING, NOON + timedelta(seconds=seconds), None)
        PreviewFile.objects.update(lease_until=NOON)
    assert preview_failed(row=row, message="Busy.", passing=True, now=NOON)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.problem) == (PreviewState.FAILED, 3, "Busy.")


def test_preview_fetch_fails_at_once_on_a_permanent_problem(cast: Cast) -> None:
    row = waiting(cast)
    assert preview_failed(row=row, message="x" * 400, passing=False, now=NOON)
    row.refresh_from_db()
    assert (row.state, row.problem) == (PreviewState.FAILED, "x" * 300)


def test_failed_fetch_tells_what_is_wrong_with_the_voice(cast: Cast) -> None:
    row = waiting(cast)
    later = NOON + timedelta(days=1)
    for problem, now in (("Out of credit.", NOON), ("", later), ("No such voice.", later)):
        PreviewFile.objects.update(state=WAITING, lease_until=later)
        row.refresh_from_db()
        assert preview_failed(row=row, message="No key.", passing=False, now=now, problem=problem)
        voice = Voice.objects.get()
        # A failure that says nothing about the voice leaves what was known of it.
        assert (voice.health_problem, voice.health_since) == (problem or "Out of credit.", NOON)
    assert [one.kind for one in Notice.objects.all()] == ["voice.unhealthy"]


def test_requested_preview_is_due_again_after_a_failure(cast: Cast) -> None:
    row = waiting(cast, state=PreviewState.FAILED, attempts=3, problem="Busy.", crashes=5)
    again = retry_preview(member=cast.vera, voice=row.voice, now=NOON)
    assert (again.state, again.attempts, again.problem, again.crashes) == (WAITING, 0, "", 0)
    assert (again.due_at, again.lease_until) == (NOON, None)
    assert AuditEntry.objects.get().verb == "preview.retried"


@pytest.mark.parametrize("state", [WAITING, PreviewState.READY])
def test_requesting_a_ready_preview_changes_nothing(cast: Cast, state: str) -> None:
    row = waiting(cast, state=state)
    assert retry_preview(member=cast.vera, voice=row.voice, now=NOON + timedelta(days=1)).due_at == NOON
    assert not AuditEntry.objects.exists()


def test_requesting_a_preview_creates_a_missing_one(cast: Cast) -> None:
    row = retry_preview(member=cast.vera, voice=make_voice(cast.ed), now=NOON)
    assert (row.state, row.due_at) == (WAITING, NOON)


def test_lost_preview_is_requested_once(cast: Cast) -> None:
    row = make_preview(make_voice(cast.ed), due_at=NOON - timedelta(days=1), attempts=2, crashes=1)
    assert refetch_preview(row=row, now=NOON)
    assert refetch_preview(row=row, now=NOON + timedelta(seconds=1)) is False
    row.refresh_from_db()
    assert (row.state, row.due_at, row.attempts, row.crashes) == (WAITING, NOON, 0, 0)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(sounds.speech_wav(seconds=1), "audio/wav"), (sounds.mp3(seconds=1), "audio/mpeg")],
    ids=["wav", "mp3"],
)
def test_waveform_is_drawn_for_wav_and_mp3(content: bytes, content_type: str) -> None:
    wave = draw_wave(Preview(content=content, content_type=content_type))
    assert wave is not None
    assert wave.seconds == pytest.approx(1.0, abs=0.15)
    assert max(wave.peaks) > 50


def test_undecodable_audio_has_no_waveform() -> None:
    assert draw_wave(Preview(content=b"RIFF\x10\0\0\0WAVEfmt ", content_type="audio/wav")) is None
