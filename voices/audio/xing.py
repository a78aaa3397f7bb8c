"""The Xing, Info or VBRI frame that may come first in an MP3 and announces its length.

It has no audio. If it is wrong, it is not forwarded.
http://gabriel.mp3-tech.org/mp3infotag.html
"""

import struct
from dataclasses import dataclass

from voices.audio.mpeg import is_mono, parse_key


@dataclass(frozen=True, slots=True)
class XingFrame:
    """A Xing frame: its size in bytes and the number of frames it announces, if any."""

    size: int
    frames: int | None


def read_xing(data: bytes, start: int) -> XingFrame | None:
    """Return the Xing frame at `start`; None if that is an audio frame."""
    frame = parse_key(data[start + 1] << 8 | data[start + 2])
    if frame is None or frame.layer != 3:
        return None
    mono = is_mono(data[start : start + 4])
    side = (17 if mono else 32) if frame.is_v1 else (9 if mono else 17)
    body = data[start + 4 + side : start + 4 + side + 12]
    if body[:4] in (b"Xing", b"Info") and len(body) == 12:
        flags, frames = struct.unpack(">II", body[4:])
        return XingFrame(frame.size, frames if flags & 1 else None)
    vbri = data[start + 36 : start + 54]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        return XingFrame(frame.size, struct.unpack(">I", vbri[14:])[0])
    return None
