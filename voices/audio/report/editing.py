"""Edits of a recording: its part, and gentle repairs. Nothing is limited or denoised: it stays what was recorded."""

import numpy as np
from numpy.typing import NDArray

from voices.audio.edits import Edit
from voices.audio.report import loudness
from voices.audio.report.blocks import RATE, STEP, k_weighted_powers
from voices.audio.report.facts import SILENCE
from voices.audio.report.measuring import decibels, step_powers

Samples = NDArray[np.float32]

KEPT_SILENCE = 15  # steps of 10 ms at either edge
QUIET = 40.0  # dB below the loudest 10 ms
TARGET = -20.0  # LUFS
CEILING = -3.0  # dBTP
FRAME, MARGIN = 1_792, 128  # samples oversampled together, and those beside them that only serve it


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
    level = loudness.integrated(k_weighted_powers(mono))
    if level <= SILENCE:
        return np.float32(1)
    gain = min(TARGET - level, CEILING - true_peak(mono))
    return np.float32(10 ** (gain / 20))


def true_peak(mono: Samples) -> float:
    """Return the highest level between the samples too, in dBTP: oversampled four times (ITU-R BS.1770-4, annex 2).

    Only frames with a sample near the highest are oversampled: between samples a voice rises by 3 dB at most.
    """
    framed = np.pad(mono, (MARGIN, FRAME + MARGIN))
    frames = np.lib.stride_tricks.sliding_window_view(framed, FRAME + 2 * MARGIN)[::FRAME]
    tops = np.maximum(frames.max(axis=1), -frames.min(axis=1))
    highest = float(tops.max(initial=0))
    for start in np.flatnonzero(tops >= 0.7 * highest):
        spectrum = np.fft.rfft(frames[start])
        between = np.fft.irfft(spectrum * 4, 4 * (FRAME + 2 * MARGIN))[4 * MARGIN : -4 * MARGIN]
        highest = max(highest, float(np.abs(between).max()))
    return float(decibels(np.array([highest**2]))[0])
