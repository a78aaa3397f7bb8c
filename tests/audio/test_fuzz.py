"""Mutations of valid files: whatever comes in, a finding comes out, and what is sent as it is stays so when cleaned.

Every run tries the same ones. Who changes a parser lets chance try more: FUZZ_EXAMPLES=10000.
"""

import io
import os
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import sounds
from tests.audio.probes import examined, probed
from voices.audio.canonical import is_canonical, write_canonical
from voices.audio.findings import Finding

SECONDS = 1  # long enough to be decoded, and quick
HEADERS: tuple[Callable[[], bytes], ...] = (
    lambda: sounds.speech_wav(SECONDS),
    lambda: sounds.speech_wav(SECONDS) * 2,
    lambda: sounds.mp3(SECONDS, rate=16_000, bit_rate=24_000),
    lambda: sounds.xing(40) + sounds.mp3_frames(40),
    lambda: sounds.id3(b"\0" * 64) + sounds.mp3_frames(20) + sounds.id3(b"\0" * 9) + sounds.mp3_frames(20),
)
CONTAINERS = (
    ("ipod", "aac", 44_100), ("webm", "libopus", 48_000), ("ogg", "libopus", 48_000), ("flac", "flac", 44_100),
    ("aiff", "pcm_s16be", 22_050), ("adts", "aac", 44_100), ("asf", "wmav2", 44_100), ("caf", "pcm_s16le", 16_000),
)  # fmt: skip
# Six bytes describe a change: drawing them is quicker than drawing structures.
CHANGES = st.binary(min_size=6, max_size=24)
WHAT = (b"\xff" * 4, b"\0" * 4, b"\xff\xfb\x90\xc0", b"\xff\xff\xff\x7f", b"data", b"RIFF")
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
QUICKLY = {
    "deadline": None,
    "database": None,
    "derandomize": not EXAMPLES,
    "suppress_health_check": list(HealthCheck),
}


@cache
def header_seeds() -> tuple[bytes, ...]:
    return tuple(make() for make in HEADERS)


@cache
def container_seeds() -> tuple[bytes, ...]:
    return header_seeds() + tuple(
        sounds.encoded(container, codec, sounds.speech(SECONDS, rate=rate), rate=rate)
        for container, codec, rate in CONTAINERS
    )


def changed(content: bytes, changes: bytes) -> bytes:
    for start in range(0, len(changes) - 5, 6):
        how, near, high, low, which, byte = changes[start : start + 6]
        # Most places are in the first 128 bytes, where the headers are.
        place = (low % 128 if near % 2 else high << 8 | low) % (len(content) + 1)
        what = WHAT[which] if which < len(WHAT) else bytes([which, byte])
        before, after = content[:place], content[place:]
        content = (
            before + what + after[len(what) :],
            before + what * 50 + after,
            before + after[len(what) * 7 :],
            before + after[:1_000] + after,
            before if place > 1_000 else content,
        )[how % 5]
    return content


@settings(max_examples=EXAMPLES or 1_000, **QUICKLY)
@given(seed=st.integers(0, len(HEADERS) - 1), changes=CHANGES)
def test_any_mutation_is_judged_and_stays_canonical(seed, changes) -> None:
    content = changed(header_seeds()[seed], changes)
    header = probed(content)
    assert header.sources or header.faults
    assert Finding.from_json(header.finding.to_json()) == header.finding
    if header.finding.layout and not header.faults:
        target = io.BytesIO()
        write_canonical(io.BytesIO(content), target, header.finding.layout)
        again = probed(target.getvalue()).finding
        assert is_canonical(again.layout, len(target.getvalue()))
        assert again.seconds == pytest.approx(header.finding.seconds, abs=0.06)


@settings(max_examples=EXAMPLES // 5 or 200, **QUICKLY)
@given(
    content=st.binary(max_size=3_000),
    start=st.sampled_from(
        (b"", b"RIFF\0\0\0\0WAVE", b"ID3", b"\xff\xfb\x90", b"OggS", b"\0\0\0\x20ftyp", b"fLaC")
    ),
)
def test_any_bytes_get_a_finding(content, start) -> None:
    assert examined(start + content).finding.message


@settings(max_examples=EXAMPLES // 5 or 200, **QUICKLY)
@given(seed=st.integers(0, len(HEADERS) + len(CONTAINERS) - 1), changes=CHANGES)
def test_any_mutation_is_decoded_or_refused(seed, changes) -> None:
    done = examined(changed(container_seeds()[seed], changes))
    assert done.finding.message
    assert done.mono is None or done.mono.size
