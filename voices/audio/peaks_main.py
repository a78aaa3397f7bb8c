"""The child process of `peaks_in_child`: decodes standard input with PyAV and prints its peaks.

Only audio data is passed to the decoder: tags stall libavformat as they do mutagen (100,000 of them: 30 s).
"""

import io
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from voices.audio.answers import write_answer
from voices.audio.limits import INPUT_BYTES
from voices.audio.mp3 import measure, sound_parts
from voices.audio.riff import header_around, scan_wavs, wav_header

RATE = 8_000  # enough for 96 bars; 300 s take 10 MB
OPTIONS = {"format_whitelist": "wav,mp3"}


def main(arguments: Sequence[str]) -> None:
    """Answer `{"peaks": […], "seconds": …}` for standard input."""
    samples = decode(sys.stdin.buffer)
    answer = {"peaks": outline(samples, count=int(arguments[0])), "seconds": round(samples.size / RATE, 3)}
    write_answer(answer)


def decode(file: BinaryIO) -> NDArray[np.float32]:
    """Return the audio of a WAV or MP3 file as mono at 8 kHz. Raise ValueError or PyAV's errors if there is none."""
    data = file.read(INPUT_BYTES)
    is_wav = data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    clean = io.BytesIO(_wav_sound(data) if is_wav else _mp3_sound(data))
    with av.open(clean, format="wav" if is_wav else "mp3", container_options=OPTIONS) as container:
        blocks = list(_blocks(container))
    if not blocks:
        raise ValueError("no sound")
    return np.concatenate(blocks)


def outline(samples: NDArray[np.float32], *, count: int) -> list[int]:
    """Return the maxima of `count` equal slices, 0..100 relative to the loudest."""
    loud = np.abs(samples)
    edges = np.linspace(0, loud.size, count, endpoint=False).astype(int)
    tops = np.maximum.reduceat(loud, edges)
    highest = float(tops.max())
    if not np.isfinite(highest) or highest <= 0:
        return [0] * count
    return [int(top) for top in np.rint(tops / highest * 100)]


def _wav_sound(data: bytes) -> bytes:
    wav = scan_wavs(data, 0)[0]
    if wav.data_start is None or wav.fmt is None:
        raise ValueError("no sound")
    sound = data[wav.data_start : wav.data_start + wav.data_bytes]
    return header_around(wav.fmt.body, data_bytes=len(sound)) + sound


def _mp3_sound(data: bytes) -> bytes:
    sound = measure(data)
    if sound is None:
        raise ValueError("no sound")
    parts = sound_parts(sound, with_xing=True)
    return b"".join(data[start : start + length] for start, length in parts)


def _blocks(container: Any) -> Iterator[NDArray[np.float32]]:
    """Yield decoded, resampled blocks, with a new resampler wherever the format changes."""
    resampler: Any = None
    shape = None
    for frame in container.decode(audio=0):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or now != shape:
            yield from _resampled(resampler, None)
            resampler, shape = av.AudioResampler(format="flt", layout="mono", rate=RATE), now
        yield from _resampled(resampler, frame)
    yield from _resampled(resampler, None)


def _resampled(resampler: Any, frame: Any) -> Iterator[NDArray[np.float32]]:
    """Yield the resampler's output for a frame; for None, what it still buffers."""
    for out in resampler.resample(frame) if resampler else ():
        yield out.to_ndarray().reshape(-1)


# PyAV imports parts lazily at the first decoding. That must happen before `main`, which cannot open files.
decode(io.BytesIO(wav_header(channels=1, rate=RATE, data_bytes=1_600) + bytes(1_600)))
