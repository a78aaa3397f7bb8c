"""Decodes the sound of a file with PyAV (FFmpeg): every codec into mono at 44.1 kHz, feeding the report on the way.

Runs in the limited child. libavformat sees a file object and may use only the demuxer that was chosen: playlists
and descriptions of streams, which would open files or addresses, are none of them.
"""

import signal
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
LOUDEST = (
    2.0**31
)  # times full scale: float files that hold integers reach it, and their squares can be summed
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


def decode(file: BinaryIO, sources: tuple[Layout, ...], *, stall_seconds: float = 0.0) -> Decoded:
    """Return the sound of the sources one after another, at most as much as is accepted. What fails is counted.

    SIGPROF kills this process if it computes for `stall_seconds` without any sound (0: never), as for files with only
    a million tags or boxes.
    """
    found, meter, mixdown = Decoded(), SourceMeter(), Mixdown()
    for source in sources:
        signal.setitimer(signal.ITIMER_PROF, stall_seconds)
        try:
            for block, rate in _blocks(SplicedFile(file, source), source.container, found):
                signal.setitimer(signal.ITIMER_PROF, stall_seconds)
                meter.feed(block)
                mixdown.add(block, rate=rate)
                found.seconds += block.shape[1] / rate
                found.channels, found.rate = found.channels or block.shape[0], found.rate or rate
                if found.seconds > MAX_SECONDS + 1:
                    found.is_longer = True
                    break
        except Exception:  # FFmpeg's errors and what PyAV makes of strange streams: counted alike
            found.errors += 1
        if found.is_longer:
            break
    signal.setitimer(signal.ITIMER_PROF, 0)
    mixdown.end_run()
    found.mono, found.source = mixdown.samples(), meter.facts()
    return found


def _blocks(file: SplicedFile, demuxer: str, found: Decoded) -> Iterator[tuple[Samples, int]]:
    """Yield blocks of float32, (channels, samples) with full scale 1.0, and their rate."""
    options = {"format_whitelist": demuxer} | (WAV_OPTIONS if demuxer == "wav" else {})
    with av.open(file, format=demuxer, container_options=options, buffer_size=BUFFER_BYTES) as container:
        streams = container.streams.audio
        found.tracks, found.has_video = len(streams), found.has_video or _shows_pictures(container)
        if streams:
            found.announced_seconds += _announced(container, streams[0]) if demuxer in ANNOUNCING else 0.0
            yield from _joined_frames(_frames(container, streams[0], found))


def _shows_pictures(container: Any) -> bool:
    return any(
        not stream.disposition & av.stream.Disposition.attached_pic for stream in container.streams.video
    )


def _announced(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _frames(container: Any, stream: Any, found: Decoded) -> Iterator[Any]:
    stream.codec_context.thread_count = 1  # no thread can be started
    found.codec = found.codec or stream.codec_context.name
    for packet in container.demux(stream):
        found.packets += 1
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            found.errors += 1


def _joined_frames(frames: Iterator[Any]) -> Iterator[tuple[Samples, int]]:
    """Join frames of one kind to blocks of about BLOCK_SAMPLES."""
    fifo, kind = av.AudioFifo(), None
    for frame in frames:
        if kind is not None and kind != _kind(frame):
            yield from _taken_from(fifo)
            fifo = av.AudioFifo()
        kind = _kind(frame)
        frame.pts = None  # gaps are not filled: only what was decoded is sound
        fifo.write(frame)
        if fifo.samples >= BLOCK_SAMPLES:
            yield from _taken_from(fifo)
    yield from _taken_from(fifo)


def _kind(frame: Any) -> tuple[str, int, int]:
    return frame.format.name, frame.layout.nb_channels, frame.sample_rate


def _taken_from(fifo: Any) -> Iterator[tuple[Samples, int]]:
    """Yield all that waits as one block, and its rate; nothing of an empty queue."""
    frame = fifo.read()
    if frame is None:
        return
    block = frame.to_ndarray()
    if not frame.format.is_planar:
        block = block.reshape(-1, frame.layout.nb_channels).T
    yield _as_float(block), frame.sample_rate


def _as_float(block: NDArray[Any]) -> Samples:
    # Contiguous by channel: measuring with a stride takes ten times as long.
    samples: Samples = block.astype(np.float32, order="C")
    if block.dtype == np.uint8:
        samples -= 128
        samples /= 128
    elif block.dtype.kind == "i":
        samples /= np.float32(2 ** (block.dtype.itemsize * 8 - 1))
    else:
        np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        np.clip(samples, -LOUDEST, LOUDEST, out=samples)
    return samples
