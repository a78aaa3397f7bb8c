"""Speech is found where somebody speaks, and only there."""

from collections.abc import Callable

import numpy as np
import pytest
from pymicro_vad import MicroVad

from tests import sounds
from tests.audio.report.recordings import RATE, Samples, noisy, report_on, spoken
from voices.audio.report import microvad
from voices.audio.report.ratings import is_too_little_speech

TIME = np.arange(15 * RATE) / RATE
WINDOW = 74  # steps that the model sees at once


def chord() -> np.ndarray:
    strokes = np.exp(-3 * ((2 * TIME) % 1))
    return sum(0.1 * np.sin(2 * np.pi * hertz * TIME) * strokes for hertz in (220, 277, 330, 440))


NOT_SPEECH: dict[str, Callable[[], np.ndarray]] = {
    "silence": lambda: 0 * TIME,
    "a tone": lambda: 0.3 * np.sin(2 * np.pi * 440 * TIME),
    "noise": lambda: 0.05 * np.random.default_rng(0).standard_normal(TIME.size),
    "mains hum": lambda: sum(0.2 / n * np.sin(2 * np.pi * 50 * n * TIME) for n in (1, 2, 3, 5)),
    "a chord struck again and again": chord,
}


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_what_is_no_speech_is_not_taken_for_it(name: str) -> None:
    assert is_too_little_speech(report_on(NOT_SPEECH[name]().astype(np.float32)))


@pytest.mark.parametrize("seed", range(3))
def test_made_speech_is_speech(seed: int) -> None:
    report = report_on((sounds.speech(12, rate=RATE, seed=seed) / 32_768).astype(np.float32))
    assert 7 < report.speech_seconds < 11  # it pauses for a sixth of the time


@pytest.mark.parametrize("below", [60, 15, 5])
def test_spans_begin_and_end_with_the_words(below: float) -> None:
    words = spoken("de")[: 3 * RATE]
    silence = np.zeros(RATE, np.float32)
    speech = report_on(
        noisy(np.concatenate([silence, words, silence, silence, words, silence]), below)
    ).speech
    assert speech[0][0] == pytest.approx(1, abs=0.25)
    assert speech[-1][1] == pytest.approx(9, abs=0.35)
    assert [span for span in speech if span[0] < 4.3 and span[1] > 5.7] == []


def test_the_model_answers_as_pymicro_vad_does() -> None:
    samples = np.rint(at_16_khz(noisy(spoken("en-us"), 15)) * 32_767)
    vad, content = MicroVad(), samples.astype(np.int16).tobytes()
    theirs = [vad.process_10ms(content[at : at + 320]) for at in range(0, len(content) - 319, 320)]
    seen = microvad.features(samples)
    # pymicro-vad reads its ring buffer from its beginning, which is in the order of time only once a round.
    rounds = range(2 * WINDOW, seen.shape[0], WINDOW)
    ours = [float(microvad.network(seen[end - WINDOW : end])[0]) for end in rounds]
    assert len(ours) > 30
    assert ours == pytest.approx([theirs[end + 1] for end in rounds], abs=0.02)


def test_each_layer_may_run_once_over_everything() -> None:
    seen = microvad.features(np.rint(at_16_khz(spoken("fr")) * 32_767))
    at_once = microvad.network(seen)
    assert at_once[::10] == pytest.approx(
        [
            float(microvad.network(seen[start : start + WINDOW])[0])
            for start in range(0, 3 * at_once.size, 30)
        ],
        abs=1e-4,
    )


def at_16_khz(samples: Samples) -> Samples:
    size = samples.size // RATE
    spectrum = np.fft.rfft(samples[: size * RATE])
    return (np.fft.irfft(spectrum[: size * 8_000 + 1], size * 16_000) * (16_000 / RATE)).astype(np.float32)
