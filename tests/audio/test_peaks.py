"""The outline of a recording."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from voices.audio.peaks import peaks_in_child


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[bytes], Path]:
    def store(content: bytes) -> Path:
        path = tmp_path / "stored"
        path.write_bytes(content)
        return path

    return store


# Functions: encoding the sounds while the tests are collected would cost every process of a run a second.
@pytest.mark.parametrize(
    "make", [lambda: sounds.speech_wav(12), lambda: sounds.mp3(12), lambda: sounds.mp3(12, channels=2)]
)
def test_an_outline_has_its_count_its_range_and_the_length(make, stored) -> None:
    wave = peaks_in_child(stored(make()))
    assert len(wave.peaks) == 96
    assert max(wave.peaks) == 100
    assert min(wave.peaks) >= 0
    assert wave.seconds == pytest.approx(12, abs=0.1)


def test_the_outline_follows_the_sound(stored) -> None:
    loud = sounds.speech(2)
    quiet = (loud * 0.25).astype(np.int16)
    wave = peaks_in_child(stored(sounds.wav(np.concatenate([loud, quiet]), rate=16_000)), count=2)
    assert wave.peaks[0] == 100
    assert 20 <= wave.peaks[1] <= 30


def test_short_previews_and_silence_are_drawn_too(stored) -> None:
    assert peaks_in_child(stored(sounds.speech_wav(0.5))).seconds == pytest.approx(0.5, abs=0.01)
    assert set(peaks_in_child(stored(sounds.wav_claiming(bytes(384_000)))).peaks) == {0}


@pytest.mark.parametrize(
    "content", [b"", sounds.playlist(), sounds.jpeg(), sounds.wav_claiming(b""), sounds.speech_wav(12)[:30]]
)
def test_what_cannot_be_decoded_has_no_outline(content, stored) -> None:
    assert peaks_in_child(stored(content)) is None


def test_tags_never_reach_the_decoder(stored) -> None:
    wave = peaks_in_child(stored(sounds.id3_many()))
    assert wave.seconds == pytest.approx(12, abs=0.1)
