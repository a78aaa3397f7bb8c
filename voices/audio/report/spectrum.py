"""The upper limit of the voice's spectrum: telephones and some headsets cut it off, whatever the file's rate says."""

import numpy as np
from numpy import fft
from numpy.typing import NDArray

from voices.audio.report.blocks import RATE, STEP

FFT = 2_048
BAND = 12  # bins averaged, 258 Hz
BELOW = 50.0  # dB below the strongest band: resampling leaves images of a telephone's upper edge, 55 dB below
ABOVE = 3.0  # dB above the same band in the pauses, and above the noise of 16-bit samples
HIDING = 35.0  # dB below the strongest band: where noise is louder, the voice may go on unheard
ROUNDING = 10 * np.log10(2**-30 / 12 * 0.375 * FFT)  # that noise in one bin, under a Hann window
SPEECH_FRAMES, PAUSE_FRAMES = 256, 96  # spread evenly; more change nothing


def bandwidth(mono: NDArray[np.float32], active: NDArray[np.bool_], quiet: NDArray[np.bool_]) -> float:
    """Return up to which frequency in Hz the speech stands out; 0 without speech.

    `active` says in which 10 ms somebody speaks, `quiet` which are pauses.
    """
    speech = _bands(mono, active, SPEECH_FRAMES)
    if speech is None:
        return 0.0
    heard = speech > max(speech.max() - BELOW, ROUNDING + ABOVE)
    noise = _bands(mono, quiet, PAUSE_FRAMES)
    if noise is not None:
        heard &= (speech > noise + ABOVE) | (noise > speech.max() - HIDING)
    return float((np.flatnonzero(heard)[-1] + 0.5) * BAND * RATE / FFT) if heard.any() else 0.0


def _bands(mono: NDArray[np.float32], chosen: NDArray[np.bool_], count: int) -> NDArray[np.float32] | None:
    """Return the mean levels of the bands in dB over some of the chosen steps; None if there are hardly any."""
    where = np.flatnonzero(chosen[: (mono.size - FFT) // STEP])
    if where.size < 20:
        return None
    picked = where[np.linspace(0, where.size - 1, min(count, where.size)).astype(int)]
    frames = np.lib.stride_tricks.sliding_window_view(mono, FFT)[picked * STEP]
    spectrum = fft.rfft(frames * np.hanning(FFT).astype(np.float32))
    powers = (spectrum.real**2 + spectrum.imag**2).mean(axis=0)
    bands = powers[: powers.size // BAND * BAND].reshape(-1, BAND).mean(axis=1)
    levels: NDArray[np.float32] = 10 * np.log10(np.maximum(bands, 1e-12))
    return levels
