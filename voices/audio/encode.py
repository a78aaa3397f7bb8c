"""The canonical file of a converted recording: mono, 44.1 kHz, 16-bit WAV, or MP3 where that would be too large."""

import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from voices.audio.limits import FORWARD_BYTES, MP3_BIT_RATE
from voices.audio.mixdown import Samples
from voices.audio.report.blocks import RATE
from voices.audio.riff import wav_header

BLOCK_SAMPLES = 65_536
# LAME scales its input to 0.95 (-0.45 dB) at this bit rate, which is unnecessary for a voice.
LAME_SCALE = 0.95
OPTIONS = {"id3v2_version": "0"}
# Twice as fast as 5; at 128 kbit/s for one channel nobody hears a difference.
QUALITY = {"compression_level": "7"}


def container_for(samples: int) -> str:
    """Return "wav", or "mp3" if that many samples are too large as WAV."""
    header = wav_header(channels=1, rate=RATE, data_bytes=0)
    return "wav" if len(header) + 2 * samples <= FORWARD_BYTES else "mp3"


def encode(mono: Samples) -> Iterator[bytes]:
    """Yield the canonical file of samples at 44.1 kHz, in the container of `container_for`."""
    if container_for(mono.size) == "mp3":
        yield as_mp3(mono)
        return
    yield wav_header(channels=1, rate=RATE, data_bytes=2 * mono.size)
    for block in _blocks(mono):
        yield as_16_bit(block).tobytes()


def as_16_bit(mono: Samples) -> NDArray[np.int16]:
    """Return samples rounded to 16 bits; what came as 16 bits comes out the same."""
    return np.clip(np.rint(mono * 32_768), -32_768, 32_767).astype("<i2")


def _blocks(mono: Samples) -> Iterator[Samples]:
    return (mono[start : start + BLOCK_SAMPLES] for start in range(0, mono.size, BLOCK_SAMPLES))


def as_mp3(mono: Samples) -> bytes:
    """Return samples at 44.1 kHz as MP3 without tags."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp3", options=OPTIONS) as out:
        stream: Any = out.add_stream("libmp3lame", rate=RATE, layout="mono", options=QUALITY)
        stream.bit_rate = MP3_BIT_RATE
        stream.codec_context.thread_count = 1
        for block in _blocks(mono):
            frame = av.AudioFrame.from_ndarray((block / LAME_SCALE)[None], format="fltp", layout="mono")
            frame.sample_rate = RATE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()
