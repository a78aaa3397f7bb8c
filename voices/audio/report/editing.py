"""Edits of a recording: its part, and gentle repairs. Nothing is limited or denoised: it stays what was recorded."""

import numpy as np
from numpy import fft
from numpy.typing import NDArray

from voices.audio.edits import Edit
from voices.audio.report import loudness
from voices.audio.report.blocks import RATE, STEP, k_weighted_powers
from voices.audio.report.facts import SILENCE
from voices.audio.report.levels import FLOOR, level

Samples = NDArray[np.float32]

KEPT_SILENCE = 15  # steps of 10 ms at either edge
QUIET = 40.0  # dB below the loudest 10 ms
TARGET = -20.0  # LUFS
CEILING = -3.0  # dBTP
FRAME, MARGIN = 1_792, 128  # samples oversampled together, and those beside them that only serve it


def apply_edit(mono: Samples, *, rate: int = RATE, edit: Edit) -> Samples:
    """Return the edited samples: a view of `mono` if they are only cut. Raise ValueError if none remain."""
    first, last = edit_bounds(mono, rate=rate, edit=edit)
    part = mono[first:last]
    if not (edit.remove_dc or edit.level):
        return part
    part = part.copy()
    if edit.remove_dc:
        part -= np.float32(part.mean(dtype=np.float64))
    if edit.level:
        part *= np.float32(10 ** (gain_for(part) / 20))
    return part


def edit_bounds(mono: Samples, *, rate: int = RATE, edit: Edit) -> tuple[int, int]:
    """Return the first sample that an edit keeps and the one behind the last. Raise ValueError if none remain."""
    first = max(round((edit.start or 0.0) * rate), 0)
    last = mono.size if edit.end is None else min(round(edit.end * rate), mono.size)
    if last <= first:
        raise ValueError("nothing remains of the recording")
    if not edit.trim_silence:
        return first, last
    start, end = _sound_bounds(mono[first:last])
    return first + start, first + end


def gain_for(mono: Samples) -> float:
    """Return the gain in dB that brings the loudness to TARGET, or true peaks to CEILING if less; 0 for silence."""
    lufs = loudness.integrated(k_weighted_powers(mono))
    return min(TARGET - lufs, CEILING - true_peak(mono)) if lufs > SILENCE else 0.0


def true_peak(mono: Samples) -> float:
    """Return the highest level, also between the samples, in dBTP: oversampled four times (ITU-R BS.1770-4, annex 2).

    Only frames with a sample near the highest are oversampled: between samples a sound rises by hardly 3 dB.
    """
    starts = np.arange(0, mono.size, FRAME)
    tops = np.maximum(np.maximum.reduceat(mono, starts), -np.minimum.reduceat(mono, starts))
    highest = float(tops.max())
    for start in starts[tops >= 0.7 * highest]:
        highest = max(highest, _between_samples(mono, int(start)))
    return level(highest**2)


def _between_samples(mono: Samples, start: int) -> float:
    frame = np.zeros(FRAME + 2 * MARGIN, np.float32)
    part = mono[max(start - MARGIN, 0) : start + FRAME + MARGIN]
    offset = max(MARGIN - start, 0)
    frame[offset : offset + part.size] = part
    dense = fft.irfft(fft.rfft(frame) * 4, 4 * frame.size)
    return float(np.abs(dense[4 * MARGIN : -4 * MARGIN]).max())


def _sound_bounds(mono: Samples) -> tuple[int, int]:
    """Return where sound begins and ends, with a little of the silence around it. An offset is no sound."""
    steps = mono[: mono.size // STEP * STEP].reshape(-1, STEP)
    powers = np.einsum("ij,ij->i", steps, steps) / STEP - steps.mean(axis=1) ** 2
    loud = np.flatnonzero(powers > max(float(powers.max(initial=0)) / 10 ** (QUIET / 10), FLOOR))
    if not loud.size:
        return 0, mono.size
    start, end = int(loud[0]) - KEPT_SILENCE, int(loud[-1]) + 1 + KEPT_SILENCE
    return max(start, 0) * STEP, min(end * STEP, mono.size)
