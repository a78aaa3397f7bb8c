"""What is sent as it came is read by mutagen too."""

import io
from dataclasses import replace

import pytest

from tests import sounds
from voices.audio.cross_check import confirms
from voices.audio.probe import probe


@pytest.mark.parametrize(
    "content",
    [
        sounds.speech_wav(12, rate=44_100, channels=2),
        sounds.mp3(12),
        sounds.vbr_without_xing(),
        sounds.wav_claiming(sounds.speech(12).tobytes(), data_size=0xFFFFFFFF, riff_size=0xFFFFFFFF),
    ],
    ids=["stereo", "mp3", "vbr without an index", "sizes of a stream"],
)
def test_mutagen_reads_the_same_in_what_is_sent(content: bytes) -> None:
    finding = probe(io.BytesIO(content), len(content)).finding
    assert finding.layout
    assert confirms(io.BytesIO(content), finding.layout, finding)


def test_mutagen_contradicts_another_rate_or_length() -> None:
    content = sounds.speech_wav(12)
    finding = probe(io.BytesIO(content), len(content)).finding
    assert finding.layout
    for wrong in ({"rate": 8_000}, {"channels": 2}, {"seconds": 11.9}):
        assert not confirms(io.BytesIO(content), finding.layout, replace(finding, **wrong))


def test_what_mutagen_cannot_read_is_not_confirmed() -> None:
    content = sounds.mp3(12)
    finding = probe(io.BytesIO(content), len(content)).finding
    assert finding.layout
    silent = replace(finding.layout, parts=((0, 3),))
    assert not confirms(io.BytesIO(content), silent, finding)
