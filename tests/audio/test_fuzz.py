"""Mutations of valid files: whatever comes in, a finding comes out, and what is ok can be forwarded."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import sounds
from tests.audio.probes import check_secret
from voices.audio.canonical import is_canonical, write_canonical
from voices.audio.findings import Finding, Verdict

SEEDS = (
    sounds.speech_wav(10.5),
    sounds.mp3(10.5, rate=16_000, bit_rate=24_000),
    sounds.xing(400) + sounds.mp3_frames(400),
    sounds.id3(b"\0" * 64) + sounds.vbr_without_xing(),
)
# Most places are in the first 128 bytes, where the headers are.
PLACE = st.one_of(st.integers(0, 127), st.integers(0, 400_000))
CHANGE = st.tuples(
    st.sampled_from(("set", "insert", "delete", "repeat", "cut")),
    PLACE,
    st.one_of(
        st.binary(min_size=1, max_size=8), st.sampled_from((b"\xff" * 4, b"\0" * 4, b"\xff\xfb\x90\xc0"))
    ),
)


def changed(content: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for how, where, what in changes:
        place = where % (len(content) + 1)
        before, after = content[:place], content[place:]
        content = {
            "set": before + what + after[len(what) :],
            "insert": before + what * 50 + after,
            "delete": before + after[len(what) * 7 :],
            "repeat": before + after[:1_000] + after,
            "cut": before if place > 1_000 else content,
        }[how]
    return content


@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(seed=st.sampled_from(SEEDS), changes=st.lists(CHANGE, min_size=1, max_size=6))
def test_probe_judges_any_mutation_and_ok_stays_ok_when_cleaned(seed, changes) -> None:
    content = changed(seed, changes)
    finding = check_secret(content)
    assert finding.message
    assert Finding.from_json(finding.to_json()) == finding
    if finding.verdict is Verdict.OK:
        target = io.BytesIO()
        write_canonical(io.BytesIO(content), target, finding.layout)
        again = check_secret(target.getvalue())
        assert again.verdict is Verdict.OK
        assert is_canonical(again.layout, len(target.getvalue()))
        assert again.seconds == pytest.approx(finding.seconds, abs=0.06)


@settings(max_examples=200, deadline=None, database=None)
@given(
    content=st.binary(max_size=3_000),
    start=st.sampled_from((b"", b"RIFF\0\0\0\0WAVE", b"ID3", b"\xff\xfb\x90")),
)
def test_any_bytes_get_a_finding(content, start) -> None:
    assert check_secret(start + content).verdict is not Verdict.OK
