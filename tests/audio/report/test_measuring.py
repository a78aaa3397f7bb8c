"""A report as a whole: its facts, its limits, and that a confined process can make it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.audio.report.recordings import RATE, clipped, noisy, report_on, spoken
from voices.audio.child import Bounds, ask_child
from voices.audio.report.facts import Report
from voices.audio.report.measuring import measure, outline
from voices.audio.report.source import SourceFacts

TEN_MINUTES = Bounds(memory_bytes=1_000_000_000, cpu_seconds=20, wall_seconds=120)


def test_a_confined_process_measures_ten_minutes(tmp_path: Path) -> None:
    path = tmp_path / "samples"
    path.write_bytes(sounds.speech(60, rate=RATE).tobytes())
    answer = ask_child("tests.audio.report.confined", path, bounds=TEN_MINUTES, arguments=("10",))
    assert answer["memory"] < 350
    report = Report.from_json(answer["report"])
    assert report.seconds == 600
    assert report.best is not None


def test_an_offset_is_measured() -> None:
    assert report_on(spoken("fr")[: 12 * RATE] + np.float32(0.05)).dc == pytest.approx(0.05, abs=0.001)


def test_a_report_survives_being_stored() -> None:
    report = report_on(np.concatenate([clipped(spoken("fr"), 4), spoken("fr")]))
    assert report.best is not None
    assert report.clipped
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_the_cleaner_half_is_suggested() -> None:
    report = report_on(np.concatenate([noisy(spoken("de"), 15), spoken("fr"), spoken("de")[: 20 * RATE]]))
    start, end = report.best
    assert start >= spoken("de").size / RATE - 1
    assert 40 <= end - start <= 50
    assert report.best_reason.startswith("Least noise")


def test_noise_without_pauses_is_measured_or_unknown() -> None:
    words = spoken("de")[RATE : 4 * RATE]
    assert report_on(words).speech_seconds > 2.9
    assert report_on(words).snr >= 30
    assert report_on(noisy(words, 20)).snr is None


def test_silence_is_measured_as_nothing() -> None:
    report = report_on(np.zeros(12 * RATE, np.float32))
    assert (report.loudness, report.peak, report.speech_seconds, report.silence_share) == (-70, -100, 0, 1)
    assert (report.bandwidth, report.snr, report.clipping, set(report.peaks)) == (0, None, 0, {0})


@pytest.mark.parametrize("size", [4_410, 6_000, 44_100])
def test_short_recordings_are_measured_too(size: int) -> None:
    assert report_on(spoken("de")[RATE : RATE + size]).seconds == pytest.approx(size / RATE)


def test_the_outline_is_of_full_scale() -> None:
    samples = np.array([0.1, -0.5, 0.2, 0.99, -2.0, 0.0], np.float32)
    assert outline(samples, count=3) == (50, 99, 100)


def test_clipping_is_marked_where_it_is_heard() -> None:
    sound = np.concatenate([spoken("fr")[: 8 * RATE], clipped(spoken("fr")[: 8 * RATE], 5)])
    report = report_on(sound)
    assert report.clipped[0][0] >= 8
    assert report.clipped[-1][1] <= 16
    assert report_on(spoken("fr")).clipped == ()


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_samples_that_are_no_sound_are_refused(value: float) -> None:
    samples = np.zeros(RATE, np.float32)
    samples[100] = value
    with pytest.raises(ValueError, match="no sound"):
        measure(samples, source=SourceFacts())


@pytest.mark.parametrize("level", [1e-40, 1e-5, 1.0, 1e3])
def test_odd_sounds_have_a_report_too(level: float) -> None:
    times = np.arange(3 * RATE)
    shapes = (
        np.ones(times.size),
        np.sign(np.sin(times / 70)),
        np.linspace(-1, 1, times.size),
        times == 1_000,
    )
    for shape in shapes:
        report = report_on((level * shape).astype(np.float32))
        assert json.loads(json.dumps(report.to_json(), allow_nan=False))["seconds"] == 3


def test_another_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        measure(np.zeros(48_000, np.float32), rate=48_000, source=SourceFacts())
