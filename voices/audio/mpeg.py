"""MPEG audio frame headers.

Tables: ISO/IEC 11172-3 and 13818-3, see http://mpgedit.org/mpgedit/mpeg_format/mpeghdr.htm
A `key` is the second and third header byte as one number; it decides the frame's size alone.
"""

from dataclasses import dataclass

_V1 = {
    1: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_V2_LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_V2 = {1: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256), 2: _V2_LOW, 3: _V2_LOW}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame's header: `size` in bytes, `samples` per channel, `rate` in Hz."""

    is_v1: bool
    layer: int
    rate: int
    size: int
    samples: int


def parse_key(key: int) -> Frame | None:
    """Return the frame that a key describes; None if it is invalid or has a free bit rate."""
    version, layer = key >> 11 & 3, 4 - (key >> 9 & 3)
    kbit_index, rate_index, padding = key >> 4 & 15, key >> 2 & 3, key >> 1 & 1
    if key < 0xE000 or version == 1 or layer == 4 or kbit_index in (0, 15) or rate_index == 3:
        return None
    is_v1 = version == 3
    kbit = (_V1 if is_v1 else _V2)[layer][kbit_index - 1]
    rate = _RATES[version][rate_index]
    if layer == 1:
        return Frame(is_v1, layer, rate, (12_000 * kbit // rate + padding) * 4, 384)
    samples = 576 if layer == 3 and not is_v1 else 1152
    return Frame(is_v1, layer, rate, samples // 8 * kbit * 1000 // rate + padding, samples)


def is_mono(header: bytes) -> bool:
    """Whether a frame header's channel mode is mono."""
    return header[3] >> 6 == 3


def is_free_rate(header: bytes) -> bool:
    """Whether the header is of a Layer III frame with a free bit rate, which does not give its size."""
    if len(header) < 4 or header[0] != 0xFF or header[2] >> 4 or header[2] >> 2 & 3 == 3:
        return False
    return header[1] >> 5 == 7 and header[1] >> 3 & 3 != 1 and header[1] >> 1 & 3 == 1


class FrameSizes(dict[int, int]):
    """Frame sizes in bytes by header key; 0 for an invalid frame or another layer.

    Filled on demand: 46,000 frames have a handful of different keys.
    """

    def __init__(self, layer: int | None = None) -> None:
        super().__init__()
        self._layer = layer

    def __missing__(self, key: int) -> int:
        frame = parse_key(key)
        fits = frame is not None and (self._layer is None or frame.layer == self._layer)
        size = self[key] = frame.size if frame and fits else 0
        return size
