"""Rules for MP3 files."""

import math
from dataclasses import dataclass, replace
from typing import BinaryIO

from voices.audio import faults, limits
from voices.audio.faults import Fault
from voices.audio.findings import Finding, Layout, Verdict
from voices.audio.frames import FrameScan, scan_frames
from voices.audio.header import Header
from voices.audio.mpeg import Frame, is_free_rate, is_mono, parse_key
from voices.audio.tags import id3_end, tail_start
from voices.audio.wording import megabytes
from voices.audio.xing import XingFrame, read_xing

LABELS = {1: "MP1", 2: "MP2", 3: "MP3"}
FREE_RATE = Fault(
    "free_rate",
    "This MP3 has an unusual bit rate (free format), which few programs can read.",
    "Save it again as MP3 or WAV in the program that wrote it, and choose the new file.",
)
DAMAGED = Fault("corrupt", "Parts of this MP3 recording are damaged.", faults.AGAIN)


@dataclass(frozen=True, slots=True)
class Sound:
    """The scanned frames of a file: `first` is the first audio frame, not the Xing frame.

    `lead_bytes` are between the tags and the first frame, `left_bytes` are what comes after the last whole one.
    """

    scan: FrameScan
    xing: XingFrame | None
    first: Frame
    seconds: float
    frames: int
    tag_bytes: int
    lead_bytes: int
    is_cut: bool
    ends_like_a_tag: bool

    @property
    def start(self) -> int:
        """Offset of the first frame, Xing frame included."""
        return self.scan.runs[0][0]

    @property
    def sound_bytes(self) -> int:
        """Total size of the audio frames."""
        return self.scan.sound_bytes - (self.xing.size if self.xing else 0)

    @property
    def announced_seconds(self) -> float | None:
        """The length by the Xing frame."""
        frames = self.xing.frames if self.xing else None
        return frames * self.first.samples / self.first.rate if frames is not None else None


def judge_mp3(file: BinaryIO, size: int) -> Header:
    """Examine a file that is either an MP3 or not a recording."""
    file.seek(0)
    data = file.read(size)
    finding = Finding(Verdict.OK, "ok", "", size_bytes=size)
    sound = measure(data)
    if sound is None or sound.frames < limits.MIN_FRAMES:
        return Header(finding, "MP3", faults=(_frameless(data),))
    return _judge_sound(_with_facts(finding, data, sound), sound)


def measure(data: bytes) -> Sound | None:
    """Scan all frames between the tags of a complete file. Return None if there are none."""
    begin, end = id3_end(data), tail_start(data)
    begin = begin if begin < end else 0  # a tag longer than the file: search for frames instead
    scan = scan_frames(data, start=begin, end=end)
    if scan is None:
        return None
    start = scan.runs[0][0]
    xing = read_xing(data, start)
    after = start + (xing.size if xing else 0)
    first = _frame_at(data, after) or _frame_at(data, start)
    if first is None:
        return None
    return Sound(
        scan,
        xing,
        first,
        seconds=scan.seconds - (first.samples / first.rate if xing else 0.0),
        frames=scan.frames - (1 if xing else 0),
        tag_bytes=begin + len(data) - end,
        lead_bytes=start - begin,
        is_cut=_frame_at(data, scan.runs[-1][1]) is not None,
        ends_like_a_tag=_ends_in_a_tag(data, scan),
    )


def sound_parts(sound: Sound, *, with_xing: bool) -> tuple[tuple[int, int], ...]:
    """Return the (start, length) ranges of the frames, with or without the Xing frame."""
    runs = list(sound.scan.runs)
    if sound.xing and not with_xing:
        runs[0] = (runs[0][0] + sound.xing.size, runs[0][1])
    return tuple((start, stop - start) for start, stop in runs if stop > start)


def _frame_at(data: bytes, position: int) -> Frame | None:
    if data[position : position + 1] != b"\xff":
        return None
    return parse_key(int.from_bytes(data[position + 1 : position + 3], "big"))


def _ends_in_a_tag(data: bytes, scan: FrameScan) -> bool:
    """Whether the last frames, joined, would look like a tag to other readers."""
    last = b"".join(data[max(start, stop - 256) : stop] for start, stop in scan.runs[-10:])
    return tail_start(last) < len(last)


def _frameless(data: bytes) -> Fault:
    begin = id3_end(data)
    header = data[begin : begin + 4]
    is_free = is_free_rate(header) and data.count(header[:2], begin, begin + 20_000) >= 4
    return FREE_RATE if is_free else faults.NOT_AUDIO


def _with_facts(finding: Finding, data: bytes, sound: Sound) -> Finding:
    header = data[sound.start : sound.start + 4]
    return replace(
        finding,
        container="mp3",
        codec=LABELS[sound.first.layer].lower(),
        seconds=round(sound.seconds, 3),
        rate=sound.first.rate,
        channels=1 if is_mono(header) else 2,
        bit_rate=round(sound.sound_bytes * 8 / sound.seconds),
    )


def _judge_sound(finding: Finding, sound: Sound) -> Header:
    announced = sound.announced_seconds
    is_honest = announced is None or math.isclose(announced, sound.seconds, rel_tol=0.02, abs_tol=0.2)
    parts = sound_parts(sound, with_xing=is_honest)
    label = LABELS[sound.first.layer]
    source = Layout("mp3", parts, in_place=parts[0][0] == 0 and len(parts) == 1)
    if _is_sent_as_it_is(sound, source):
        finding = replace(finding, layout=source)
    finding = replace(finding, done=_done(sound, is_honest=is_honest))
    found = _truncation(label, sound) or ((DAMAGED,) if sound.scan.is_damaged else ())
    return Header(finding, label, (source,), found)


def _is_sent_as_it_is(sound: Sound, source: Layout) -> bool:
    is_plain = sound.first.layer == 3 and len(sound.scan.rates) == 1 and not sound.ends_like_a_tag
    return is_plain and source.size_bytes <= limits.FORWARD_BYTES


def _done(sound: Sound, *, is_honest: bool) -> tuple[str, ...]:
    done = []
    if sound.tag_bytes >= limits.LARGE_TAG_BYTES:
        done.append(f"{megabytes(sound.tag_bytes)} of tags, such as cover pictures, were left out.")
    if sound.lead_bytes:
        done.append(f"{megabytes(sound.lead_bytes)} of other data before the recording were left out.")
    if sound.scan.junk_bytes:
        done.append(f"{megabytes(sound.scan.junk_bytes)} of other data in the recording were left out.")
    if not is_honest:
        done.append("Its header was wrong and was left out.")
    if len(sound.scan.rates) > 1:
        done.append("Its sample rate changes midway, so all of it was converted to one rate.")
    return tuple(done)


def _truncation(label: str, sound: Sound) -> tuple[Fault, ...]:
    """Return the fault of a file whose end is missing.

    A Xing frame alone proves nothing: some announce 3 % too much, some ten hours. The end is missing if the file stops
    within a frame, or has fewer bytes than announced, but not fewer than anybody could have uploaded.
    """
    announced, wanted = sound.announced_seconds, sound.xing.bytes if sound.xing else None
    if announced is None or not limits.is_truncated(sound.seconds, of=announced):
        return ()
    share = sound.seconds / announced
    if sound.sound_bytes / share > limits.INPUT_BYTES:
        return ()
    is_short = wanted is not None and sound.sound_bytes < wanted * limits.FULL_SHARE
    if not (sound.is_cut or is_short):
        return ()
    return (faults.truncated(label, seconds=sound.seconds, of=announced),)
