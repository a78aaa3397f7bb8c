"""Where the tags around MP3 frames end and begin. Only their sizes are read, never what is in them.

Reading them is what hangs libraries: 50 KB of compressed tag kept mutagen busy for 12 minutes.
"""


def id3_end(data: bytes) -> int:
    """The offset behind all ID3v2 tags at the beginning (some programs stack several)."""
    position = 0
    while data[position : position + 3] == b"ID3" and len(data) >= position + 10:
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        footer = 10 if data[position + 5] & 0x10 else 0
        position += 10 + size + footer
    return position


def tail_start(data: bytes) -> int:
    """The offset at which the tags at the end begin (ID3v1, APE and Lyrics3, in any order)."""
    end = len(data)
    while True:
        size = _tail_size(data, end)
        if size == 0:
            return end
        end -= min(size, end)


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
