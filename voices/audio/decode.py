"""Decodes the sound of a file with PyAV (FFmpeg): every codec into mono at 44.1 kHz, feeding the report on the way.

Runs in the limited child. libavformat sees a file object and may use only the demuxer that was chosen: playlists
and descriptions of streams, which would open files or addresses, are none of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from voices.audio.findings import Layout
from voices.audio.limits import MAX_SECONDS
from voices.audio.mixdown import Mixdown, Samples
from voices.audio.report.source import SourceFacts, SourceMeter
from voices.audio.splice import SplicedFile

BLOCK_SAMPLES = 65_536  # decoders hand out about 1,000 at a time
BUFFER_BYTES = 262_144
# Their headers tell a length; for others libavformat estimates one.
ANNOUNCING = {"mov", "flac", "matroska", "aiff", "caf", "w64", "au", "wv", "tta", "ape", "asf", "dsf", "mpc8"}
# Packets of 64 kB, as 1,024 samples in each cost more than decoding them; and no search for DTS inside of WAV.
WAV_OPTIONS = {"max_size": "65536", "probesize": "4096"}


@dataclass(slots=True)
class Decoded:
    """The sound of a file: `mono` at 44.1 kHz, with the facts of the first run of equal rate and channels.

    `seconds` were decoded, `announced_seconds` is what the container claims (0 if nothing). Of the `packets`, `errors`
    could not be decoded. `tracks` have sound. `is_longer` says that the rest was not decoded.
    """

    mono: Samples = field(default_factory=lambda: np.zeros(0, np.float32))
    source: SourceFacts = field(default_factory=SourceFacts)
    codec: str = ""
    rate: int = 0
    channels: int = 0
    seconds: float = 0.0
    announced_seconds: float = 0.0
    packets: int = 0
    errors: int = 0
    tracks: int = 0
    has_video: bool = False
    is_longer: bool = False


def decode(file: BinaryIO, sources: tuple[Layout, ...]) -> Decoded:
    """Return the sound of the sources one after another, at most as much as is accepted. What fails is counted."""
    found, meter, mixdown = Decoded(), SourceMeter(), Mixdown()
    for source in sources:
        try:
            _decode_one(SplicedFile(file, source), source.container, found, meter, mixdown)
        except Exception:  # FFmpeg's errors and what PyAV makes of strange streams: counted alike
            found.errors += 1
    mixdown.end_run()
    found.mono, found.source = mixdown.samples(), meter.facts()
    return found


def _decode_one(
    file: SplicedFile, demuxer: str, found: Decoded, meter: SourceMeter, mixdown: Mixdown
) -> None:
    options = {"format_whitelist": demuxer} | (WAV_OPTIONS if demuxer == "wav" else {})
    with av.open(file, format=demuxer, container_options=options, buffer_size=BUFFER_BYTES) as container:
        streams = container.streams.audio
        found.tracks, found.has_video = len(streams), found.has_video or _shows_pictures(container)
        if not streams:
            return
        found.announced_seconds += _announced(container, streams[0]) if demuxer in ANNOUNCING else 0.0
        shape = None
        for block, rate in _blocks(container, streams[0], found):
            if (block.shape[0], rate) != shape:
                shape = (block.shape[0], rate)
                mixdown.start_run(channels=block.shape[0], rate=rate)
                found.channels, found.rate = found.channels or block.shape[0], found.rate or rate
            meter.feed(block)
            mixdown.add(block)
            found.seconds += block.shape[1] / rate
            if mixdown.is_full or found.seconds > MAX_SECONDS + 1:
                found.is_longer = True
                return


def _shows_pictures(container: Any) -> bool:
    return any(
        not stream.disposition & av.stream.Disposition.attached_pic for stream in container.streams.video
    )


def _announced(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _blocks(container: Any, stream: Any, found: Decoded) -> Iterator[tuple[Samples, int]]:
    """Yield blocks of float32, (channels, samples) with full scale 1.0, and their rate."""
    stream.codec_context.thread_count = 1  # no thread can be started
    found.codec = found.codec or stream.codec_context.name
    waiting: list[Any] = []
    size = 0
    for frame in _frames(container, stream, found):
        if waiting and (size >= BLOCK_SAMPLES or _shape(frame) != _shape(waiting[0])):
            yield _joined(waiting), waiting[0].sample_rate
            waiting, size = [], 0
        waiting.append(frame)
        size += frame.samples
    if waiting:
        yield _joined(waiting), waiting[0].sample_rate


def _frames(container: Any, stream: Any, found: Decoded) -> Iterator[Any]:
    for packet in container.demux(stream):
        found.packets += 1
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            found.errors += 1


def _shape(frame: Any) -> tuple[str, int, int]:
    return frame.format.name, len(frame.layout.channels), frame.sample_rate


def _joined(frames: list[Any]) -> Samples:
    """Return frames of one shape as one block."""
    first = frames[0]
    channels = len(first.layout.channels)
    arrays = [frame.to_ndarray() for frame in frames]
    if not first.format.is_planar:
        arrays = [array.reshape(-1, channels).T for array in arrays]
    return _as_float(np.concatenate(arrays, axis=1))


def _as_float(block: NDArray[Any]) -> Samples:
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - np.float32(128)) / np.float32(128)
    if block.dtype.kind == "i":
        return block.astype(np.float32) / np.float32(2 ** (block.dtype.itemsize * 8 - 1))
    finite: Samples = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0).astype(np.float32)
    return finite
