"""Finds the tags before and after MP3 frames. Only their sizes are read, never their contents.

Parsing them is what stalls libraries: a compressed tag of 50 kB kept mutagen busy for 12 minutes.
"""

from voices.audio import limits


def id3_end(data: bytes, position: int = 0) -> int:
    """Return the offset after all ID3v2 tags at `position` (some programs write several)."""
    for _ in range(limits.MAX_TAGS):
        if data[position : position + 3] != b"ID3" or len(data) < position + 10:
            break
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if data[position + 5] & 0x10 else 0
        position += 10 + size + footer
    return position


def after_tags(data: bytes, position: int) -> int:
    """Return the offset after the tags at `position`, where one recording ends and another was joined to it."""
    if data[position : position + 3] == b"TAG" and data[position + 128 : position + 129] in (
        b"\xff",
        b"I",
        b"",
    ):
        position += 128
    return min(id3_end(data, position), len(data))


def tail_start(data: bytes) -> int:
    """Return the offset of the trailing tags (ID3v1, APE and Lyrics3, in any order)."""
    end = len(data)
    for _ in range(limits.MAX_TAGS):
        size = min(_tail_size(data, end), end)
        if not size:
            break
        end -= size
    return end


def _tail_size(data: bytes, end: int) -> int:
    if end >= 128 and data[end - 128 : end - 125] == b"TAG":
        return 128
    if end >= 227 and data[end - 227 : end - 223] == b"TAG+":
        return 227
    if end >= 32 and data[end - 32 : end - 24] == b"APETAGEX":
        size, flags = _u32(data, end - 20), _u32(data, end - 12)
        return max(32, size + (32 if flags & 1 << 31 else 0))
    digits = data[end - 15 : end - 9]
    if end >= 15 and data[end - 9 : end] == b"LYRICS200" and digits.isdigit():
        return int(digits) + 15
    return 0


def _u32(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little")
