"""The Xing, Info or VBRI frame at the start of an MP3, which announces its length.

It has no audio. A wrong one is not forwarded.
http://gabriel.mp3-tech.org/mp3infotag.html
"""

import struct
from dataclasses import dataclass

from voices.audio.mpeg import is_mono, parse_key

MARKS = (b"Xing", b"Info")


@dataclass(frozen=True, slots=True)
class XingFrame:
    """A Xing frame: its size in bytes, and the frames and bytes that it announces, if any."""

    size: int
    frames: int | None
    bytes: int | None


def read_xing(data: bytes, start: int) -> XingFrame | None:
    """Return the Xing frame at `start`; None if that is an audio frame."""
    frame = parse_key(data[start + 1] << 8 | data[start + 2])
    if frame is None or frame.layer != 3:
        return None
    mono = is_mono(data[start : start + 4])
    side = (17 if mono else 32) if frame.is_v1 else (9 if mono else 17)
    body = data[start + 4 + side : start + 4 + side + 16]
    if body[:4] in MARKS and len(body) == 16:
        flags, *numbers = struct.unpack(">III", body[4:])
        frames = numbers.pop(0) if flags & 1 else None
        return XingFrame(frame.size, frames, numbers.pop(0) if flags & 2 else None)
    vbri = data[start + 36 : start + 54]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        size, frames = struct.unpack(">II", vbri[10:])
        return XingFrame(frame.size, frames, size or None)
    return None
