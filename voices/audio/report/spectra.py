"""One pass of Fourier transforms over a recording gives what filters would give, faster than filters in numpy.

Blocks of 1.6 s overlap by 0.2 s, in which the impulse responses of all filters here have died away.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from voices.audio.report import loudness

RATE = 44_100
SPEECH_RATE = 16_000
HOP, OVERLAP = 61_740, 4_410  # samples: 1.4 s, and 0.1 s on either side
SIZE = HOP + 2 * OVERLAP
SPEECH_HOP, SPEECH_OVERLAP = HOP * 160 // 441, OVERLAP * 160 // 441
SPEECH_SIZE = SIZE * 160 // 441

Samples = NDArray[np.float32]
Spectrum = NDArray[np.complex64]


def spectra(mono: Samples) -> Iterator[Spectrum]:
    """Yield the spectrum of each block of mono samples at RATE."""
    for start in range(0, mono.size, HOP):
        block = np.zeros(SIZE, np.float32)
        part = mono[max(start - OVERLAP, 0) : start + HOP + OVERLAP]
        offset = max(OVERLAP - start, 0)
        block[offset : offset + part.size] = part
        yield np.fft.rfft(block)


def k_weighted(spectrum: Spectrum) -> Samples:
    """Return the block's HOP samples, K-weighted."""
    return np.fft.irfft(spectrum * _k_weighting(), SIZE)[OVERLAP:-OVERLAP]


def at_speech_rate(spectrum: Spectrum) -> Samples:
    """Return the block at SPEECH_RATE: SPEECH_HOP samples."""
    low = spectrum[: SPEECH_SIZE // 2 + 1] * _low_pass()
    return np.fft.irfft(low, SPEECH_SIZE)[SPEECH_OVERLAP:-SPEECH_OVERLAP]


@cache
def _k_weighting() -> Spectrum:
    """Return the K-weighting of ITU-R BS.1770-4, annex 1: a shelf for the head, a high pass at 38 Hz."""
    turn = np.exp(-2j * np.pi * np.arange(SIZE // 2 + 1) / SIZE)
    gain, (top, q) = (
        10 ** (3.999843853973347 / 20),
        (np.tan(np.pi * 1681.974450955533 / RATE), 0.7071752369554196),
    )
    middle = gain**0.4996667741545416
    shelf = [gain + middle * top / q + top * top, 2 * (top * top - gain), gain - middle * top / q + top * top]
    shelf_below = [1 + top / q + top * top, 2 * (top * top - 1), 1 - top / q + top * top]
    low, q = np.tan(np.pi * 38.13547087602444 / RATE), 0.5003270373238773
    below = [1 + low / q + low * low, 2 * (low * low - 1), 1 - low / q + low * low]
    high_pass = [below[0], -2 * below[0], below[0]]  # as specified: 1, -2, 1 over a normalised denominator
    response = np.polyval(shelf[::-1], turn) / np.polyval(shelf_below[::-1], turn)
    response *= np.polyval(high_pass[::-1], turn) / np.polyval(below[::-1], turn)
    return response.astype(np.complex64)


@cache
def _low_pass() -> Samples:
    """Return a low pass from 7.4 to 8 kHz, and the scale of the shorter block."""
    hertz = np.arange(SPEECH_SIZE // 2 + 1) * (RATE / SIZE)
    edge = np.clip((8_000 - hertz) / 600, 0, 1)
    return ((1 - np.cos(np.pi * edge)) / 2 * (SPEECH_SIZE / SIZE)).astype(np.float32)


def integrated_loudness(mono: Samples) -> float:
    """Return the loudness of mono samples at RATE in LUFS."""
    powers = []
    for spectrum in spectra(mono):
        weighted = k_weighted(spectrum).reshape(-1, loudness.STEP)
        powers.append(np.einsum("ij,ij->i", weighted, weighted, dtype=np.float64) / loudness.STEP)
    return loudness.integrated(np.concatenate(powers)[: mono.size // loudness.STEP])
