"""A bounded scan of a RIFF file: finds the format and the samples, trusts no length.

mutagen reads every chunk (600,000 of them: 4 s); this scan stops at the samples or after 256.
Chunk layout: http://soundfile.sapp.org/doc/WaveFormat/
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from voices.audio.limits import MAX_RIFF_CHUNKS

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
CODECS = {
    PCM: "pcm",
    0x0002: "adpcm",
    FLOAT: "float",
    A_LAW: "a-law",
    MU_LAW: "mu-law",
    0x0011: "adpcm",
    0x0031: "gsm",
    0x0050: "mp2",
    0x0055: "mp3",
    0x00FF: "aac",
}


@dataclass(frozen=True, slots=True)
class WavFormat:
    """The fields of a `fmt ` chunk; `tag` is already resolved if it was WAVE_FORMAT_EXTENSIBLE."""

    tag: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    bits: int

    @property
    def codec(self) -> str:
        """Short name of the encoding."""
        return CODECS.get(self.tag, f"0x{self.tag:04x}")

    @property
    def is_sampled(self) -> bool:
        """Whether one block is one sample of every channel, so that the length follows from the bytes."""
        return self.tag in (PCM, FLOAT, A_LAW, MU_LAW)


@dataclass(frozen=True, slots=True)
class Riff:
    """The result of a scan; `data_start` is None if there are no samples."""

    riff_size: int
    fmt: WavFormat | None
    data_start: int | None
    data_claimed: int
    is_crowded: bool


def scan_riff(file: BinaryIO, size: int) -> Riff:
    """Scan the chunks of a RIFF/WAVE file up to its samples, at most 256 of them."""
    file.seek(4)
    (riff_size,) = struct.unpack("<I", file.read(4).ljust(4, b"\0"))
    fmt, position = None, 12
    for _ in range(MAX_RIFF_CHUNKS + 1):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return Riff(riff_size, fmt, None, 0, False)
        name, length = struct.unpack("<4sI", head)
        if name == b"data":
            return Riff(riff_size, fmt, position + 8, length, False)
        if name == b"fmt " and fmt is None:
            fmt = parse_format(file.read(min(length, 40)))
        position += 8 + length + length % 2
    return Riff(riff_size, fmt, None, 0, position < size)


def parse_format(chunk: bytes) -> WavFormat | None:
    """Return the fields of a `fmt ` chunk; None if it is too short."""
    if len(chunk) < 16:
        return None
    tag, channels, rate, byte_rate, block, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == EXTENSIBLE and len(chunk) >= 40:
        (tag,) = struct.unpack("<H", chunk[24:26])
    return WavFormat(tag, channels, rate, byte_rate, block, bits)


def wav_header(*, channels: int, rate: int, data_bytes: int) -> bytes:
    """Return the 44-byte header of 16-bit PCM samples."""
    block = channels * 2
    riff = struct.pack("<4sI4s", b"RIFF", 36 + data_bytes, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, channels, rate, rate * block, block, 16)
    return riff + fmt + struct.pack("<4sI", b"data", data_bytes)
