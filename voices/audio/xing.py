"""The index frame (Xing, Info or VBRI) that may stand first in an MP3 and says how long it is.

It holds no sound. It may lie: then it is left out of what is forwarded.
http://gabriel.mp3-tech.org/mp3infotag.html
"""

import struct
from dataclasses import dataclass

from voices.audio.mpeg import is_mono, parse_key


@dataclass(frozen=True, slots=True)
class Index:
    """An index frame: its size in bytes, and how many frames it announces (None: it does not say)."""

    size: int
    frames: int | None


def read_index(data: bytes, start: int) -> Index | None:
    """The index in the frame at `start`, or None when that is a frame of sound."""
    frame = parse_key(data[start + 1] << 8 | data[start + 2])
    if frame is None or frame.layer != 3:
        return None
    mono = is_mono(data[start : start + 4])
    side = (17 if mono else 32) if frame.is_v1 else (9 if mono else 17)
    body = data[start + 4 + side : start + 4 + side + 12]
    if body[:4] in (b"Xing", b"Info") and len(body) == 12:
        flags, frames = struct.unpack(">II", body[4:])
        return Index(frame.size, frames if flags & 1 else None)
    vbri = data[start + 36 : start + 54]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        return Index(frame.size, struct.unpack(">I", vbri[14:])[0])
    return None
