"""Edits: cuts are exact to the sample, repairs settle, nothing clips."""

from math import log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import sounds
from tests.audio.report.recordings import RATE, amplified, noisy, report_on, spoken
from voices.audio.edits import Edit
from voices.audio.report.editing import apply_edit, edit_bounds, true_peak

SPEECH = (sounds.speech(12, rate=RATE) / 32_768).astype(np.float32)
SILENCE = np.zeros(2 * RATE, np.float32)
TIMES = st.floats(0, 12, allow_nan=False)


@settings(deadline=None)
@given(TIMES, TIMES)
def test_a_cut_is_exact_to_the_sample(start: float, end: float) -> None:
    first, last = round(start * RATE), round(end * RATE)
    if first >= last:
        with pytest.raises(ValueError, match="nothing remains"):
            apply_edit(SPEECH, edit=Edit(start, end))
    else:
        assert np.array_equal(apply_edit(SPEECH, edit=Edit(start, end)), SPEECH[first:last])


@pytest.mark.parametrize(
    ("edit", "expected"), [(Edit(), (0, 12)), (Edit(start=3), (3, 12)), (Edit(end=99), (0, 12))]
)
def test_an_open_end_is_the_edge(edit: Edit, expected: tuple[int, int]) -> None:
    assert edit_bounds(SPEECH, edit=edit) == (expected[0] * RATE, expected[1] * RATE)


EDITS = st.builds(Edit, remove_dc=st.booleans(), trim_silence=st.booleans(), level=st.booleans())


@settings(max_examples=15, deadline=None)
@given(edit=EDITS, gain=st.floats(-45, 15), offset=st.floats(-0.1, 0.1), below=st.floats(5, 60))
def test_an_edit_made_twice_changes_nothing_more(
    edit: Edit, gain: float, offset: float, below: float
) -> None:
    sound = np.concatenate([SILENCE, amplified(noisy(SPEECH, below), gain), SILENCE]) + np.float32(offset)
    once = apply_edit(sound, edit=edit)
    twice = apply_edit(once, edit=edit)
    assert once.size == twice.size
    assert np.abs(twice - once).max() < 1e-4
    assert not edit.level or np.abs(once).max() < 1


@pytest.mark.parametrize("gain", [-40, -20, 0, 12])
def test_the_level_is_set_to_minus_20_lufs(gain: float) -> None:
    levelled = apply_edit(amplified(spoken("fr"), gain), edit=Edit(level=True))
    report = report_on(levelled)
    assert report.loudness == pytest.approx(-20, abs=0.1) or true_peak(levelled) == pytest.approx(
        -3, abs=0.05
    )
    assert report.loudness <= -19.9
    assert true_peak(levelled) <= -2.95


def test_a_peak_limits_the_gain() -> None:
    sound = amplified(SPEECH, -30)
    sound[RATE] = 0.5
    levelled = apply_edit(sound, edit=Edit(level=True))
    assert true_peak(levelled) == pytest.approx(-3, abs=0.05)
    assert (
        np.abs(levelled - sound * (levelled[RATE] / sound[RATE])).max() < 1e-6
    )  # nothing else was done to it


def test_the_level_of_silence_stays() -> None:
    assert not apply_edit(SILENCE, edit=Edit(level=True)).any()


def test_an_offset_is_removed() -> None:
    repaired = apply_edit(SPEECH + np.float32(0.07), edit=Edit(remove_dc=True))
    assert float(repaired.mean()) == pytest.approx(0, abs=1e-5)
    assert np.abs(repaired - (SPEECH - SPEECH.mean())).max() < 1e-5


@pytest.mark.parametrize("offset", [0.0, 0.05])
def test_silence_at_the_edges_is_trimmed_to_150_ms(offset: float) -> None:
    tone = (0.3 * np.sin(2 * np.pi * 300 * np.arange(3 * RATE) / RATE)).astype(np.float32)
    room = amplified(noisy(np.ones_like(SILENCE), 0) - 1, -70)
    sound = np.concatenate([room, tone, room]) + np.float32(offset)
    first, last = edit_bounds(sound, edit=Edit(trim_silence=True))
    assert first / RATE == pytest.approx(2 - 0.15, abs=0.01)
    assert last / RATE == pytest.approx(5 + 0.15, abs=0.01)


def test_silence_is_trimmed_within_the_part() -> None:
    sound = np.concatenate([SPEECH[:RATE], SILENCE, SPEECH, SILENCE])
    first, last = edit_bounds(sound, edit=Edit(start=1.5, end=14.5, trim_silence=True))
    assert first / RATE == pytest.approx(3 - 0.15, abs=0.02)
    assert last == round(14.5 * RATE)


def test_what_is_silent_everywhere_is_not_trimmed() -> None:
    assert edit_bounds(SILENCE, edit=Edit(trim_silence=True)) == (0, SILENCE.size)


@pytest.mark.parametrize("phase", [0, np.pi / 8, np.pi / 4])
def test_true_peaks_are_found_between_samples(phase: float) -> None:
    time = np.arange(2 * RATE)
    wave = 0.5 * np.sin(np.pi / 2 * time + phase) * np.sin(np.pi * time / time.size)  # swells and fades
    assert true_peak(wave.astype(np.float32)) == pytest.approx(20 * log10(0.5), abs=0.05)
