"""The voice activity model of microVAD (https://github.com/rhasspy/pymicro-vad, Apache License 2.0), in numpy.

pymicro-vad computes the network anew for every 10 ms, 74 steps each time, and takes three times as long for a
recording as decoding and measuring it do. Here each layer runs once over the recording, at every third step as the
network itself does. `microvad.npy` holds its weights. Both give the same answers; how they were compared is in
docs/decisions/0048-speech-by-microvad-in-numpy.md.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy import fft  # numpy itself imports it at first use, which a confined process cannot
from numpy.typing import NDArray

Samples = NDArray[np.float32]

STEP, WINDOW, FFT = 160, 480, 512  # samples at 16 kHz: 10 ms, 30 ms
CHANNELS = 40
STRIDE = 3  # steps of 10 ms between two answers
CONTEXT = 75  # steps before the first answer that are not silence: the recording, mirrored
CENTRE = 25  # the step of the network's 74 that its answer fits best
TOGETHER = 512  # steps transformed together

_SHAPES = (
    (32, 5 * CHANNELS), (32,), (5, 32), (32,), (48, 32), (48,), (8, 48), (48,), (48, 48), (48,), (13, 48), (48,),
    (48, 48), (48,), (1, 48), (1,),
)  # fmt: skip


def _load() -> list[Samples]:
    flat = np.load(Path(__file__).with_name("microvad.npy"))
    ends = np.cumsum([int(np.prod(shape)) for shape in _SHAPES])
    parts = np.split(flat, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, _SHAPES, strict=True)]


_WEIGHTS = _load()  # at import: the child process opens no files later


def chances(samples: Samples) -> Samples:
    """Return the probability of speech, 0..1, in every whole 10 ms of samples at 16 kHz in the range of 16 bits."""
    padded = np.pad(samples, CONTEXT * STEP, mode="symmetric")
    answers: Samples = network(features(padded))
    steps = np.arange(samples.size // STEP)
    return answers[np.minimum((steps + CONTEXT - CENTRE) // STRIDE, answers.size - 1)]


def features(samples: Samples) -> Samples:
    """Return what the network sees of every 10 ms: (steps, CHANNELS), as the microfrontend of TensorFlow computes it.

    Its integers are imitated where rounding is heard: quiet recordings consist of few values.
    """
    signal = _mel_magnitudes(samples)
    noise = _smoothed(signal)
    clean = np.maximum(np.floor(signal - np.minimum(noise, signal)), np.floor(signal * 0.05))
    gain = np.minimum(2.0**21 * np.exp(-0.95 * np.log(noise * 8 + 80)), 32_767)
    ratio = np.floor(clean * gain / 64)
    shrunk = np.where(ratio < 8_192, np.floor(ratio * ratio / 2**20), np.floor(ratio / 64) - 64)
    seen: Samples = np.rint(64 * np.log(np.maximum(shrunk * 8, 1))) * np.float32(2.5 / 64)
    return seen


def network(seen: Samples) -> Samples:
    """Return the probabilities for windows of 74 steps that begin at every third step."""
    first, bias, *layers, last, last_bias = _WEIGHTS
    rows = np.lib.stride_tricks.sliding_window_view(seen.reshape(-1), first.shape[1])[:: STRIDE * CHANNELS]
    values = np.maximum(rows @ first.T + bias, 0)
    for at in range(0, len(layers), 4):
        taps, tap_bias, weights, bias = layers[at : at + 4]
        size = values.shape[0] - taps.shape[0] + 1
        spread = sum(values[delay : delay + size] * tap for delay, tap in enumerate(taps)) + tap_bias
        values = np.maximum(spread @ weights.T + bias, 0)
    answers: Samples = 1 / (1 + np.exp(-(values @ last[0] + last_bias)))
    return answers


def _mel_magnitudes(samples: Samples) -> Samples:
    count = (samples.size - WINDOW) // STEP + 1
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::STEP]
    magnitudes = np.empty((count, CHANNELS), np.float32)
    for start in range(0, count, TOGETHER):
        spectrum = fft.rfft(np.floor(frames[start : start + TOGETHER] * _hann()), FFT)
        energy = spectrum.real**2 + spectrum.imag**2
        magnitudes[start : start + TOGETHER] = np.floor(np.sqrt(energy @ _mel_filters()) / 8)
    return magnitudes


def _smoothed(signal: Samples) -> Samples:
    """Return the running estimate of the noise: exponential smoothing, faster in odd channels."""
    share = np.where(np.arange(CHANNELS) % 2, 983 / 16_384, 409 / 16_384).astype(np.float32)
    kept = 1 - share
    estimate: Samples = signal * share
    for exponent in range(9):  # as in blocks.py; 0.975 ** 512 is nothing
        shift = 2**exponent
        estimate[shift:] += estimate[:-shift] * kept**shift
    return estimate


@cache
def _hann() -> Samples:
    window: Samples = (0.5 - 0.5 * np.cos(2 * np.pi / WINDOW * (np.arange(WINDOW) + 0.5))).astype(np.float32)
    return window


@cache
def _mel_filters() -> Samples:
    """Return triangles from 125 to 7,500 Hz, equally wide in mel: (bins, CHANNELS)."""
    mel = 1_127 * np.log1p(np.arange(FFT // 2 + 1) * (16_000 / FFT) / 700)
    low, high = 1_127 * np.log1p(125 / 700), 1_127 * np.log1p(7_500 / 700)
    places = (mel[:, None] - low) / (high - low) * (CHANNELS + 1) - np.arange(1, CHANNELS + 1)
    triangles: Samples = np.maximum(1 - np.abs(places), 0).astype(np.float32)
    return triangles
