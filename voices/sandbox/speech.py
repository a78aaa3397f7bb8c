"""Synthesises voice-like sounds: a glottal source, moving formants, syllables. Deterministic by seed.

Nobody would take it for speech, but pitch, tract length, tempo and melody differ from seed to seed, and a
player shows a waveform that looks like one. Vowel formants: Peterson and Barney 1952, the textbook averages.
"""

import hashlib
import io
import wave

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
FRAME = 160  # samples; formants and loudness are planned every 10 ms
TOP_HZ = 4_800.0
VOWELS = np.array(
    [
        (730, 1090, 2440, 3400),
        (530, 1840, 2480, 3500),
        (270, 2290, 3010, 3600),
        (570, 840, 2410, 3300),
        (300, 870, 2240, 3300),
        (500, 1500, 2500, 3400),
        (660, 1720, 2410, 3450),
    ],
    dtype=float,
)
BANDWIDTHS = (70.0, 100.0, 140.0, 220.0)

Track = NDArray[np.float64]
Samples = NDArray[np.int16]


def synthesise(seed: str, *, pitch: tuple[float, float] = (90.0, 240.0)) -> Samples:
    """Return 2 to 4 s of mono 16-bit samples at 16 kHz; `pitch` is the voice's range in Hz."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    frames = int(rng.uniform(2.1, 3.9) * RATE / FRAME)
    loudness, vowels, accent, noise = _phrase(rng, frames)
    base = rng.uniform(*pitch)
    drift = 1.08 - 0.22 * np.linspace(0, 1, frames)  # pitch falls over a sentence
    vibrato = 1 + 0.012 * np.sin(np.arange(frames) * rng.uniform(0.25, 0.4))
    f0 = base * drift * vibrato * accent
    formants = VOWELS[vowels] * rng.uniform(0.86, 1.18)
    voiced = _voiced(f0, _smooth_rows(formants), loudness, tilt=rng.uniform(1.0, 1.5))
    sound = voiced + _hiss(rng, noise, low=rng.uniform(1800, 3000)) * rng.uniform(0.1, 0.2)
    sound += _hiss(rng, loudness, low=900) * rng.uniform(0.005, 0.03)  # breath
    samples: Samples = (sound / np.abs(sound).max() * 0.7 * 32767).astype(np.int16)
    return samples


def _phrase(rng: np.random.Generator, frames: int) -> tuple[Track, NDArray[np.intp], Track, Track]:
    """Return loudness, vowel, accent and consonant noise per frame: syllables of 120 to 280 ms, some pauses."""
    loudness, accent, noise = np.zeros(frames), np.ones(frames), np.zeros(frames)
    vowels = np.zeros(frames, dtype=np.intp)
    tempo, at = rng.uniform(0.85, 1.25), 4
    while at < frames - 8:
        length = min(int(rng.uniform(12, 28) * tempo), frames - at)
        part = slice(at, at + length)
        loudness[part] = np.hanning(length + 2)[1:-1] ** 0.6 * rng.uniform(0.55, 1.0)
        vowels[part] = rng.integers(len(VOWELS))
        accent[part] = 1 + rng.uniform(-0.1, 0.16) * np.hanning(length)
        burst = min(5, length)
        noise[at : at + burst] = np.hanning(burst + 2)[1:-1] * rng.integers(2)
        at += length + int(rng.choice((0, 1, 2, 18), p=(0.35, 0.3, 0.25, 0.1)))
    return loudness, vowels, accent, noise


def _voiced(f0: Track, formants: Track, loudness: Track, *, tilt: float) -> Track:
    """Return the sum of the pitch's harmonics, each weighted by source and vocal tract at that moment."""
    first = np.cos(np.cumsum(_each_sample(f0)) * (2 * np.pi / RATE))
    before, wave, sound = np.ones_like(first), first, np.zeros_like(first)
    for harmonic in range(1, int(TOP_HZ / f0.min()) + 1):
        hz = f0 * harmonic
        amplitude = loudness * _tract(hz, formants) * harmonic**-tilt * (hz < TOP_HZ)
        sound += _each_sample(amplitude) * wave
        # cos((n + 1)x) = 2 cos(x) cos(nx) - cos((n - 1)x): a tenth of the time of another cosine.
        before, wave = wave, 2 * first * wave - before
    voiced: Track = sound / np.abs(sound).max()
    return voiced


def _each_sample(track: Track) -> Track:
    """Return a value of every frame for every sample, linear between the frames."""
    rise = np.append(np.diff(track), 0)
    return (track[:, None] + rise[:, None] * (np.arange(FRAME) / FRAME)).reshape(-1)


def _tract(hz: Track, formants: Track) -> Track:
    gain = np.ones_like(hz)
    for index, width in enumerate(BANDWIDTHS):
        centre = formants[:, index]
        gain *= centre**2 / np.sqrt((centre**2 - hz**2) ** 2 + (width * hz) ** 2)
    return gain


def _smooth_rows(formants: Track) -> Track:
    kernel = np.hanning(9) / np.hanning(9).sum()
    padded = np.pad(formants, ((4, 4), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)


def _hiss(rng: np.random.Generator, envelope: Track, *, low: float) -> Track:
    samples = len(envelope) * FRAME
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum[np.fft.rfftfreq(samples, 1 / RATE) < low] = 0
    noise = np.fft.irfft(spectrum, samples)
    hiss: Track = noise / np.abs(noise).max() * _each_sample(envelope)
    return hiss


def as_wav(sound: Samples) -> bytes:
    """Return the samples as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.astype("<i2").tobytes())
    return target.getvalue()


def as_mp3(sound: Samples) -> bytes:
    """Return the samples as an MP3 file of 48 kbit/s."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=48_000)
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return target.getvalue()
