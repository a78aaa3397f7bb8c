"""Rules for MP3 files, in the order in which they are reported."""

import logging
import math
from dataclasses import dataclass, replace
from typing import BinaryIO

from mutagen.mp3 import MPEGInfo

from voices.audio import limits
from voices.audio.findings import Finding, Layout, Verdict
from voices.audio.frames import FrameScan, scan_frames
from voices.audio.lengths import judge_length
from voices.audio.mpeg import Frame, is_free_rate, is_mono, parse_key
from voices.audio.tags import id3_end, tail_start
from voices.audio.wording import length, megabytes
from voices.audio.xing import XingFrame, read_xing

logger = logging.getLogger(__name__)

EXPORT = "Export it as MP3 or WAV (16-bit, mono) and choose it again."
NOT_AUDIO = (
    "This file does not look like an MP3 or WAV recording. "
    "Choose a recording, or export yours as WAV (16-bit, mono) or MP3."
)
LAYERS = {1: "MP1", 2: "MP2", 3: "MP3"}


@dataclass(frozen=True, slots=True)
class Sound:
    """The measured frames of a file: `first` is the first audio frame, not the Xing frame."""

    scan: FrameScan
    xing: XingFrame | None
    first: Frame
    seconds: float
    frames: int
    tag_bytes: int
    lead_bytes: int

    @property
    def start(self) -> int:
        """Offset of the first frame, Xing frame included."""
        return self.scan.runs[0][0]


def judge_mp3(file: BinaryIO, size: int) -> Finding:
    """Return the finding for a file of `size` bytes that is an MP3 or not a recording at all."""
    file.seek(0)
    data = file.read(size)
    finding = Finding(Verdict.OK, "ok", "", size_bytes=size)
    sound = measure(data)
    if sound is None or sound.frames < limits.MIN_FRAMES:
        return _judge_frameless(finding, data)
    finding = _with_facts(finding, data, sound)
    claimed = _mutagen_seconds(file, sound)
    if claimed is None:
        return finding.refused("not_audio", NOT_AUDIO)
    return _judge_sound(finding, sound, claimed_seconds=claimed)


def measure(data: bytes) -> Sound | None:
    """Scan all frames between the tags of a complete file. Return None if there are none."""
    begin, end = id3_end(data), tail_start(data)
    begin = begin if begin < end else 0  # a tag longer than the file: search for frames instead
    scan = scan_frames(data, start=begin, end=end)
    if scan is None:
        return None
    scan.is_damaged = scan.is_damaged or _ends_in_a_tag(data, scan)
    start = scan.runs[0][0]
    xing = read_xing(data, start)
    after = start + (xing.size if xing else 0)
    first = parse_key(int.from_bytes(data[after + 1 : after + 3], "big")) or parse_key(
        int.from_bytes(data[start + 1 : start + 3], "big")
    )
    if first is None:
        return None
    frames = scan.frames - (1 if xing else 0)
    seconds = scan.seconds - (first.samples / first.rate if xing else 0.0)
    return Sound(scan, xing, first, seconds, frames, begin + len(data) - end, start - begin)


def _ends_in_a_tag(data: bytes, scan: FrameScan) -> bool:
    """Whether the last frames, joined, would look like a tag to the next reader."""
    last = b"".join(data[max(start, stop - 256) : stop] for start, stop in scan.runs[-10:])
    return tail_start(last) < len(last)


def sound_parts(sound: Sound, *, with_xing: bool) -> tuple[tuple[int, int], ...]:
    """Return the (start, length) ranges of the frames, with or without the Xing frame."""
    runs = list(sound.scan.runs)
    if sound.xing and not with_xing:
        runs[0] = (runs[0][0] + sound.xing.size, runs[0][1])
    return tuple((start, stop - start) for start, stop in runs if stop > start)


def _with_facts(finding: Finding, data: bytes, sound: Sound) -> Finding:
    header = data[sound.start : sound.start + 4]
    sound_bytes = sound.scan.sound_bytes - (sound.xing.size if sound.xing else 0)
    return replace(
        finding,
        container="mp3",
        codec=LAYERS[sound.first.layer].lower(),
        seconds=round(sound.seconds, 3),
        rate=sound.first.rate,
        channels=1 if is_mono(header) else 2,
        bit_rate=round(sound_bytes * 8 / sound.seconds),
    )


def _mutagen_seconds(file: BinaryIO, sound: Sound) -> float | None:
    """Return the length that the headers claim, by mutagen; None if it cannot read the scanned frames."""
    try:
        info = MPEGInfo(file, offset=sound.start)
    except Exception:
        # Its own errors and anything else that a hostile header provokes: not a usable MP3 either way.
        logger.warning("mutagen could not read MP3 frames", exc_info=True)
        return None
    agrees = info.layer == sound.first.layer and info.sample_rate in sound.scan.rates
    return float(info.length) if agrees else None


def _judge_frameless(finding: Finding, data: bytes) -> Finding:
    begin = id3_end(data)
    header = data[begin : begin + 4]
    if is_free_rate(header) and data.count(header[:2], begin, begin + 20_000) >= 4:
        return replace(finding, container="mp3", codec="mp3").to_convert(
            "mp3_variant", f"This MP3 has an unusual (free) bit rate that few programs can read. {EXPORT}"
        )
    return finding.refused("not_audio", NOT_AUDIO)


def _judge_sound(finding: Finding, sound: Sound, *, claimed_seconds: float) -> Finding:
    announced = sound.xing.frames if sound.xing else None
    if announced is not None and sound.frames < announced * limits.FULL_SHARE - 2:
        total = announced * sound.first.samples / sound.first.rate
        return finding.refused(
            "truncated",
            f"This MP3 recording stops after {length(sound.seconds)}; it should last {length(total)}. "
            "Part of it is missing: copy or upload the original file again.",
        )
    if sound.scan.is_damaged:
        return finding.refused(
            "corrupt",
            "Parts of this MP3 file are damaged. Copy or upload the original file again, "
            "or export the recording again.",
        )
    is_honest = math.isclose(claimed_seconds, sound.seconds, rel_tol=0.02, abs_tol=0.2)
    parts = sound_parts(sound, with_xing=is_honest)
    layout = Layout("mp3", parts, in_place=parts[0][0] == 0 and len(parts) == 1)
    what = _variant(finding, sound, layout)
    if what:
        return finding.to_convert("mp3_variant", f"This {LAYERS[sound.first.layer]} recording {what}")
    return judge_length(replace(finding, layout=layout))


def _variant(finding: Finding, sound: Sound, layout: Layout) -> str:
    if sound.first.layer != 3:
        return f"is of an older kind than MP3. {EXPORT}"
    if len(sound.scan.rates) > 1:
        return f"changes its sample rate midway: it was joined from several recordings. {EXPORT}"
    if sound.tag_bytes > limits.MAX_TAG_BYTES:
        return (
            f"carries {megabytes(sound.tag_bytes)} of tags, such as cover pictures. "
            "Remove them, or export it again without them, and choose the new file."
        )
    if sound.lead_bytes > limits.MAX_LEAD_BYTES:
        return f"begins with {megabytes(sound.lead_bytes)} of other data. {EXPORT}"
    if layout.size_bytes > limits.FORWARD_BYTES:
        return (
            f"is {megabytes(layout.size_bytes)} and {length(finding.seconds or 0)} long; the limit is 10 MB. "
            "Shorten it, or export it as mono MP3 at 128 kbit/s: up to 5 minutes then fit easily."
        )
    return ""
