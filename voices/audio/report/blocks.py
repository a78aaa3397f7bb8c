"""Filters of long recordings as matrix products: numpy has no filter, and BLAS is faster than one.

Everything works on blocks, so that ten minutes need little more memory than their samples.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
STEP = 441  # samples of 10 ms
SPEECH_STEP = 160
TOGETHER = 512  # steps in one product

Samples = NDArray[np.float32]
Matrix = NDArray[np.float64]

_BLOCK = 147  # samples filtered by one row; a third of a step
_MEMORY = 5  # the high pass at 38 Hz has forgotten everything after 2**5 blocks, 0.1 s
_REACH = 64  # samples on either side from which a resampled one is made


def k_weighted_powers(mono: Samples) -> NDArray[np.float32]:
    """Return the mean power of every whole 10 ms after the K-weighting of ITU-R BS.1770-4."""
    outputs, from_state, to_state, memory = _k_weighting()
    blocks = mono[: mono.size // STEP * STEP].reshape(-1, _BLOCK)
    states = np.zeros((blocks.shape[0], 4))
    states[1:] = (blocks @ to_state)[:-1]
    for exponent in range(_MEMORY):  # each round adds the influence of as many blocks more as there were
        shift = 2**exponent
        states[shift:] += states[:-shift] @ memory
        memory = memory @ memory
    powers = np.empty(blocks.shape[0] // 3, np.float32)
    for start in range(0, powers.size, TOGETHER):
        part = slice(3 * start, 3 * (start + TOGETHER))
        weighted = (blocks[part] @ outputs + states[part].astype(np.float32) @ from_state).reshape(-1, STEP)
        powers[start : start + TOGETHER] = np.einsum("ij,ij->i", weighted, weighted) / STEP
    return powers


def at_speech_rate(mono: Samples) -> Samples:
    """Return the samples of every whole 10 ms at 16 kHz, in the range of 16-bit integers."""
    matrix, count = _resampling(), mono.size // STEP
    low = np.empty((count, SPEECH_STEP), np.float32)
    for start in range(0, count, TOGETHER):
        rows = min(TOGETHER, count - start)
        frames = np.lib.stride_tricks.sliding_window_view(
            _padded(mono, start * STEP, rows * STEP), matrix.shape[0]
        )
        low[start : start + rows] = frames[::STEP] @ matrix
    return np.clip(np.rint(low, out=low), -32_768, 32_767, out=low).reshape(-1)


def _padded(mono: Samples, start: int, size: int) -> Samples:
    """Return the samples from `start` with _REACH more on either side; zeros beyond the edges."""
    first, last = start - _REACH, start + size + _REACH
    part = mono[max(first, 0) : last]
    return np.pad(part, (max(-first, 0), last - max(first, 0) - part.size))


@cache
def _resampling() -> Samples:
    """Return the matrix from 441 samples and their surroundings to 160: a low pass at 7.75 kHz, windowed."""
    hertz = 2 * 7_750 / RATE
    distance = np.arange(STEP + 2 * _REACH)[:, None] - _REACH - np.arange(SPEECH_STEP) * (STEP / SPEECH_STEP)
    window = np.where(np.abs(distance) < _REACH, np.cos(np.pi / 2 * distance / _REACH) ** 2, 0)
    return (np.sinc(distance * hertz) * hertz * window * 32_768).astype(np.float32)


@cache
def _k_weighting() -> tuple[Samples, Samples, Samples, Matrix]:
    """Return the filter for blocks of samples (rows) and the states before them.

    outputs = block @ first + state @ second; the next state = block @ third + state @ fourth.
    """
    transition, entry, exit_, direct = _cascade(*_sections())
    powers = [np.eye(4)]
    for _ in range(_BLOCK):
        powers.append(transition @ powers[-1])
    impulse = np.array([direct, *(exit_ @ power @ entry for power in powers[: _BLOCK - 1])])
    delays = np.arange(_BLOCK) - np.arange(_BLOCK)[:, None]
    outputs = np.where(delays >= 0, impulse[np.maximum(delays, 0)], 0)
    from_state = np.array([exit_ @ power for power in powers[:_BLOCK]]).T
    to_state = np.array([power @ entry for power in reversed(powers[:_BLOCK])])
    single = [matrix.astype(np.float32) for matrix in (outputs, from_state, to_state)]
    return single[0], single[1], single[2], powers[_BLOCK].T


def _sections() -> Iterator[tuple[Matrix, Matrix]]:
    """Yield numerator and denominator of the shelf for the head's effect and of the high pass, at RATE."""
    decibels, q = 3.999843853973347, 0.7071752369554196
    gain, middle = 10 ** (decibels / 20), 10 ** (decibels / 20 * 0.4996667741545416)
    top = np.tan(np.pi * 1_681.974450955533 / RATE)
    below = np.array([1 + top / q + top**2, 2 * (top**2 - 1), 1 - top / q + top**2])
    above = np.array(
        [gain + middle * top / q + top**2, 2 * (top**2 - gain), gain - middle * top / q + top**2]
    )
    yield above / below[0], below / below[0]
    low, q = np.tan(np.pi * 38.13547087602444 / RATE), 0.5003270373238773
    below = np.array([1 + low / q + low**2, 2 * (low**2 - 1), 1 - low / q + low**2])
    yield np.array([1.0, -2.0, 1.0]), below / below[0]


def _cascade(
    first: tuple[Matrix, Matrix], second: tuple[Matrix, Matrix]
) -> tuple[Matrix, Matrix, Matrix, float]:
    """Return two sections one after the other as a state space: transition, entry, exit and direct way."""
    (a1, b1, d1), (a2, b2, d2) = _state_space(*first), _state_space(*second)
    transition = np.block([[a1, np.zeros((2, 2))], [np.outer(b2, [1, 0]), a2]])
    return transition, np.concatenate([b1, b2 * d1]), np.array([d2, 0, 1, 0]), d1 * d2


def _state_space(above: Matrix, below: Matrix) -> tuple[Matrix, Matrix, float]:
    transition = np.array([[-below[1], 1], [-below[2], 0]])
    return transition, above[1:] - below[1:] * above[0], float(above[0])
