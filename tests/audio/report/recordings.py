"""Recordings for the measures: synthetic voices of espeak-ng, made once a process, and what may be wrong with them."""

import subprocess
from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray

from tests.tools import tool
from voices.audio.report.facts import Report
from voices.audio.report.measuring import measure
from voices.audio.report.source import SourceMeter

Samples = NDArray[np.float32]

RATE = 44_100
VOICES = ("en-us", "en-gb+f3", "en-us+m3", "de", "fr", "ru+f2")
TEXT = (
    "The north wind and the sun were disputing which was the stronger, when a traveler came along wrapped in a warm "
    "cloak. They agreed that the one who first succeeded in making the traveler take his cloak off should be "
    "considered stronger than the other. Then the north wind blew as hard as he could, but the more he blew the more "
    "closely did the traveler fold his cloak around him, and at last the north wind gave up the attempt. Then the sun "
    "shined out warmly, and immediately the traveler took off his cloak."
)


@lru_cache(maxsize=len(VOICES))
def spoken(voice: str) -> Samples:
    """About 33 s of reading in a quiet room: noise 60 dB below the voice."""
    command = [tool("espeak-ng"), "-v", voice, "-s", "140", "--stdout", TEXT]
    answer = subprocess.run(command, capture_output=True, check=True).stdout
    half = np.frombuffer(answer, np.int16, offset=44).astype(np.float32)
    half = half[: half.size // 22_050 * 22_050]  # whole seconds: transforms of other lengths are slow
    samples = np.fft.irfft(np.fft.rfft(half), 2 * half.size)  # from espeak-ng's 22,050 Hz
    return quantised(noisy(samples / np.abs(samples).max() * np.float32(0.8), 60))


def quantised(samples: Samples) -> Samples:
    """The samples as a 16-bit file holds them."""
    return (np.rint(np.clip(samples, -1, 1) * 32_767) / 32_768).astype(np.float32)


def noisy(samples: Samples, snr: float, *, seed: int = 0) -> Samples:
    """White noise added, `snr` dB below the samples."""
    return samples + _noise(samples.size, seed) * np.float32(np.sqrt(np.mean(samples**2)) * 10 ** (-snr / 20))


@lru_cache(maxsize=2)
def _noise(size: int, seed: int) -> Samples:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


def clipped(samples: Samples, gain: float) -> Samples:
    """Overdriven by `gain` over full scale, then turned down."""
    return np.clip(samples / np.abs(samples).max() * np.float32(gain), -1, 1) * np.float32(0.9)


def limited(samples: Samples, hertz: float) -> Samples:
    """Nothing above so many Hz."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(samples.size, 1 / RATE) > hertz] = 0
    return np.fft.irfft(spectrum, samples.size).astype(np.float32)


def telephoned(samples: Samples) -> Samples:
    """At 8 kHz, and back with the images that FFmpeg's resampler leaves above."""
    for rate in (8_000, RATE):
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = RATE if rate == 8_000 else 8_000
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        parts = [part for piece in (frame, None) for part in resampler.resample(piece)]
        samples = np.concatenate([part.to_ndarray()[0] for part in parts])
    return samples


def amplified(samples: Samples, decibels: float) -> Samples:
    """Louder or quieter by so many dB."""
    return samples * np.float32(10 ** (decibels / 20))


def with_pauses(samples: Samples, seconds: float) -> Samples:
    """The samples with pauses of so many seconds in the middle and at the end."""
    room = (noisy(samples, 60) - samples)[: round(seconds * RATE)]
    half = samples.size // 2
    return np.concatenate([samples[:half], room, samples[half:], room])


def report_on(*channels: Samples) -> Report:
    """The report on a recording of these channels."""
    source = np.stack(channels)
    meter = SourceMeter()
    meter.feed(source)
    return measure(source.mean(axis=0), source=meter.facts())
