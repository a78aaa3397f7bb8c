"""The canonical file that is sent has sound only."""

import hashlib
import io

import av
import numpy as np
import pytest

from tests import sounds
from tests.audio.probes import probed
from voices.audio.canonical import is_canonical, write_canonical
from voices.audio.errors import ChangedError
from voices.audio.findings import Layout

SECRET = b"recorded at home, 52.5N 13.4E"


def layout_of(content: bytes) -> Layout:
    layout = probed(content).finding.layout
    assert layout
    return layout


def cleaned(content: bytes) -> bytes:
    target = io.BytesIO()
    facts = write_canonical(io.BytesIO(content), target, layout_of(content))
    written = target.getvalue()
    assert (facts.sha256, facts.size_bytes) == (hashlib.sha256(written).hexdigest(), len(written))
    return written


def decoded(content: bytes) -> np.ndarray:
    with av.open(io.BytesIO(content)) as container:
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)])


def test_a_plain_wav_is_canonical_and_stays_as_it_is() -> None:
    content = sounds.speech_wav(12)
    assert is_canonical(layout_of(content), len(content))
    assert cleaned(content) == content


def test_a_wav_loses_its_tags_and_keeps_its_samples() -> None:
    note = sounds.chunk(b"LIST", SECRET)
    plain = sounds.speech_wav(12)
    tagged = sounds.wav_claiming(plain[44:], before=note, after=note) + sounds.zip_bytes()
    assert not is_canonical(layout_of(tagged), len(tagged))
    assert cleaned(tagged) == plain


def test_an_mp3_loses_its_tags_and_decodes_to_the_same_sound() -> None:
    plain = sounds.mp3(12)
    tagged = sounds.id3(sounds.id3_frame(b"TXXX", SECRET)) + plain + b"TAG".ljust(128, b"x")
    clean = cleaned(tagged)
    assert SECRET not in clean
    assert not clean.startswith(b"ID3")
    assert np.array_equal(decoded(clean), decoded(plain))


def test_data_between_frames_is_removed() -> None:
    hidden = sounds.mp3_frames(300) + sounds.id3(SECRET) + sounds.mp3_frames(300)
    assert cleaned(hidden) == sounds.mp3_frames(600)


@pytest.mark.parametrize("name", [name for name, (_, code) in sounds.HOSTILE.items() if code == "ok"])
def test_cleaning_twice_changes_nothing(name) -> None:
    content = sounds.HOSTILE[name][0]()
    if not probed(content).finding.layout:
        return  # converted
    clean = cleaned(content)
    assert is_canonical(layout_of(clean), len(clean))
    assert cleaned(clean) == clean


def test_a_file_that_shrank_meanwhile_is_noticed() -> None:
    content = sounds.speech_wav(12)
    with pytest.raises(ChangedError):
        write_canonical(io.BytesIO(content[:-1_000]), io.BytesIO(), layout_of(content))
