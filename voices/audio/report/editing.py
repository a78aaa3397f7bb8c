"""Edits of a recording: its part, and gentle repairs. No limiter, no noise removal: what remains is what was recorded."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.edits import Edit
from voices.audio.report import loudness, spectra
from voices.audio.report.measuring import RATE, STEP, decibels, step_powers

Samples = NDArray[np.float32]

KEPT_SILENCE = 15  # steps of 10 ms at either edge
QUIET = 40.0  # dB below the loudest 10 ms
TARGET = -20.0  # LUFS
CEILING = -3.0  # dBTP


def apply_edit(mono: Samples, *, rate: int = RATE, edit: Edit) -> Samples:
    """Return the edited samples, a view where nothing but the part changes. Raise ValueError for an empty part."""
    first, last = edit_bounds(mono, rate=rate, edit=edit)
    part = mono[first:last]
    if edit.remove_dc:
        part = part - offset_of(part)
    return part * gain_for(part) if edit.level else part


def edit_bounds(mono: Samples, *, rate: int = RATE, edit: Edit) -> tuple[int, int]:
    """Return the first sample that an edit keeps and the one behind the last. Raise ValueError if none remains."""
    first = max(round((edit.start or 0.0) * rate), 0)
    last = mono.size if edit.end is None else min(round(edit.end * rate), mono.size)
    if last <= first:
        raise ValueError("nothing remains of the recording")
    if not edit.trim_silence:
        return first, last
    part = mono[first:last]
    start, end = loud_bounds(part - offset_of(part) if edit.remove_dc else part)
    return first + start, first + end


def loud_bounds(mono: Samples) -> tuple[int, int]:
    """Return where the sound begins and ends, with 0.15 s of the silence around it."""
    levels = decibels(step_powers(mono))
    loud = (
        np.flatnonzero(levels > max(float(levels.max(initial=-100)) - QUIET, -100)) if levels.size else levels
    )
    if not loud.size:
        return 0, mono.size
    start = max(int(loud[0]) - KEPT_SILENCE, 0) * STEP
    end = (int(loud[-1]) + 1 + KEPT_SILENCE) * STEP
    return start, min(end, mono.size)


def offset_of(mono: Samples) -> np.float32:
    """Return the DC offset."""
    return np.float32(mono.mean(dtype=np.float64))


def gain_for(mono: Samples) -> np.float32:
    """Return the factor to TARGET, or to CEILING if that is less; 1 for silence."""
    level = spectra.integrated_loudness(mono)
    if level <= loudness.SILENCE:
        return np.float32(1)
    gain = min(TARGET - level, CEILING - true_peak(mono))
    return np.float32(10 ** (gain / 20))


def true_peak(mono: Samples) -> float:
    """Return the highest level between the samples, in dBTP: oversampled four times (ITU-R BS.1770-4, annex 2)."""
    return float(decibels(np.array([np.abs(mono).max() ** 2]))[0])
