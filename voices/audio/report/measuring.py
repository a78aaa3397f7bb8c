"""Measures a recording, by its mono mix and the facts of its source. Runs in the limited child."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.report import loudness, speech
from voices.audio.report.blocks import RATE, STEP, k_weighted_powers
from voices.audio.report.facts import VERSION, Report, Spans
from voices.audio.report.levels import FLOOR, Powers, decibels, level, percentile
from voices.audio.report.source import SourceFacts
from voices.audio.report.spectrum import bandwidth
from voices.audio.report.windows import Steps, best_window

Samples = NDArray[np.float32]
Mask = NDArray[np.bool_]  # one for every 10 ms

SLICES = 600  # of the waveform
LOUDEST = 1e4  # times full scale: a few float files are far too loud, but 80 dB is damage
EDGE = 5  # steps beside speech that count neither as speech nor as pause
PAUSES = 60  # steps from which noise can be measured
QUIET_ENOUGH = 30.0  # dB below the speech
MARKED = 0.0002  # the share of clipping above which spans are shown: a single loudest moment is not clipping


def measure(mono: Samples, *, rate: int = RATE, source: SourceFacts) -> Report:
    """Return the report on a recording: `mono` is all of it at 44,100 Hz, full scale 1.0, 0.1 s or more.

    `source` tells what the mono mix cannot. Raise ValueError for another rate, and for samples that are no numbers
    or beyond LOUDEST. 60 s take 0.1 s.
    """
    if rate != RATE:
        raise ValueError(f"a recording is measured at {RATE} Hz, not {rate}")
    highest = float(np.maximum(mono.max(), -mono.min()))
    if not highest < LOUDEST:
        raise ValueError(f"samples of {highest:g} are no sound")
    weighted = k_weighted_powers(mono)
    levels = decibels(weighted)
    active = speech.detect(mono, levels)
    quiet = _quiet(active, weighted)
    spans = speech.spans(active)
    seconds = mono.size / RATE
    window = best_window(Steps(weighted, active, quiet, _clipped_steps(source, active.size)), spans)
    return Report(
        version=VERSION,
        seconds=seconds,
        speech_seconds=float(active.sum()) / 100,
        silence_share=1 - float(active.mean()),
        loudness=loudness.integrated(weighted),
        peak=level(highest**2),
        clipping=source.clipping,
        crest=level(highest**2) - level(_mean(step_powers(mono)[active if active.any() else ~active])),
        snr=_snr(weighted, active, quiet),
        bandwidth=bandwidth(mono, active, quiet),
        mono_loss=source.mono_loss,
        modulation=percentile(levels, 90) - percentile(levels, 15),
        dc=float(mono.mean(dtype=np.float64)),
        speech=spans,
        clipped=_clipped_spans(source, seconds),
        peaks=outline(mono),
        best=(window.start, window.end) if window else None,
        best_reason=window.reason if window else "",
    )


def step_powers(mono: Samples) -> Powers:
    """Return the mean power of every whole 10 ms."""
    steps = mono[: mono.size // STEP * STEP].reshape(-1, STEP)
    powers: Powers = np.einsum("ij,ij->i", steps, steps) / STEP
    return powers


def outline(mono: Samples, *, count: int = SLICES) -> tuple[int, ...]:
    """Return the maxima of `count` equal slices, 0..100 of full scale."""
    edges = np.linspace(0, mono.size, count, endpoint=False).astype(int)
    tops = np.maximum(np.maximum.reduceat(mono, edges), -np.minimum.reduceat(mono, edges))
    return tuple(np.rint(np.minimum(tops, 1) * 100).astype(int).tolist())


def _mean(powers: Powers) -> float:
    return float(powers.mean()) if powers.size else 0.0


def _quiet(active: Mask, powers: Powers) -> Mask:
    """Return the pauses without the margins of speech. Digital silence was inserted later and has no room noise."""
    quiet = ~speech.widened(active, EDGE)
    recorded = quiet & (powers > FLOOR)
    return recorded if np.count_nonzero(recorded) >= PAUSES else quiet


def _snr(powers: Powers, active: Mask, quiet: Mask) -> float | None:
    """Return by how many dB the speech is louder than the noise; None if that cannot be measured.

    The noise is what lasts in the pauses: breath, clicks and overlooked words are louder than the quarter taken for
    it. Without pauses it is at most as loud as the moments between words, which tells enough if they are quiet.
    """
    if not active.any():
        return None
    if np.count_nonzero(quiet) >= PAUSES:
        return _ratio(_mean(powers[active]), max(percentile(powers[quiet], 25), FLOOR))
    between = _ratio(_mean(powers[active]), percentile(powers[powers > FLOOR], 2))
    return between if between >= QUIET_ENOUGH else None


def _ratio(sound: float, noise: float) -> float:
    """Return by how many dB a sound, of which the noise is a part, is louder than the noise."""
    return level(max(sound - noise, noise / 100)) - level(noise)


def _clipped_steps(source: SourceFacts, count: int) -> NDArray[np.float64]:
    """Return the share of clipped moments in every 10 ms."""
    shares = np.zeros(count)
    for start, end, share in source.clipped:
        first = min(int(start * count), count - 1)
        shares[first] += (end - start) * count * share
    return shares


def _clipped_spans(source: SourceFacts, seconds: float) -> Spans:
    """Return the spans of clipping in seconds, merging those that the waveform cannot separate."""
    near = max(0.1, seconds / SLICES)
    spans: list[tuple[float, float]] = []
    for start, end, _ in source.clipped if source.clipping > MARKED else ():
        first, last = round(start * seconds, 3), round(end * seconds, 3)
        if spans and first - spans[-1][1] < near:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return tuple(spans)
