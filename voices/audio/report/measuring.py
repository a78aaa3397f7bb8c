"""The measures of a recording, from its mono mix and from what its source told. Runs in the limited child."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voices.audio.report import loudness, spectra, speech
from voices.audio.report.facts import VERSION, Report, Spans
from voices.audio.report.source import SourceFacts
from voices.audio.report.windows import Window, best_window

Samples = NDArray[np.float32]

RATE = spectra.RATE
STEP = 441  # samples of 10 ms
SLICES = 600  # of the waveform
FLOOR = 1e-10  # -100 dBFS: what is quieter is silence


def measure(mono: Samples, *, rate: int = RATE, source: SourceFacts) -> Report:
    """Return the report on a recording of at least one second: `mono` is all of it at 44,100 Hz, full scale 1.0.

    Raise ValueError for another rate.
    """
    if rate != RATE:
        raise ValueError(f"measures are for {RATE} Hz, not {rate}")
    powers = step_powers(mono)
    levels = decibels(powers)
    k_powers, low = _filtered(mono)
    active = speech.closed(speech.detect(low, levels)[: levels.size])
    found = Report(
        version=VERSION,
        seconds=mono.size / RATE,
        speech_seconds=float(active.sum()) / 100,
        silence_share=1 - float(active.mean()),
        loudness=loudness.integrated(k_powers),
        peak=float(decibels(np.array([np.abs(mono).max() ** 2]))[0]),
        clipping=source.clipping,
        crest=0.0,
        snr=None,
        bandwidth=20_000.0,
        mono_loss=source.mono_loss,
        modulation=float(np.ptp(np.percentile(levels, [15, 90]))),
        speech=speech.spans(active),
        peaks=outline(mono),
    )
    return found


def step_powers(mono: Samples) -> NDArray[np.float32]:
    """Return the mean power of every 10 ms."""
    whole = mono[: mono.size // STEP * STEP].reshape(-1, STEP)
    return np.einsum("ij,ij->i", whole, whole) / STEP


def decibels(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return powers as levels in dBFS, at least -100."""
    return 10 * np.log10(np.maximum(powers, FLOOR))


def outline(mono: Samples, *, count: int = SLICES) -> tuple[int, ...]:
    """Return the maxima of `count` equal slices, 0..100 of full scale."""
    edges = np.linspace(0, mono.size, count, endpoint=False).astype(int)
    tops = np.maximum.reduceat(np.abs(mono), edges)
    return tuple(np.rint(np.minimum(tops, 1) * 100).astype(int).tolist())


def _filtered(mono: Samples) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
    """Return K-weighted powers of every whole 0.1 s, and the samples at 16 kHz."""
    powers, low = [], []
    for spectrum in spectra.spectra(mono):
        weighted = spectra.k_weighted(spectrum).reshape(-1, loudness.STEP)
        powers.append(np.einsum("ij,ij->i", weighted, weighted) / loudness.STEP)
        low.append(np.clip(spectra.at_speech_rate(spectrum) * 32_767, -32_768, 32_767).astype(np.int16))
    return np.concatenate(powers)[: mono.size // loudness.STEP].astype(np.float64), np.concatenate(low)
