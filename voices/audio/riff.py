"""A bounded scan of RIFF/WAVE files: finds the formats and the samples, and trusts no length.

What a size field claims decides only where the file bears it out: recorders, pipes and text-to-speech services leave
0, 0xFFFFFFFF or 2,000,000,000, or count their header in. Chunk layout: http://soundfile.sapp.org/doc/WaveFormat/
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from voices.audio import limits

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
CODECS = {
    PCM: "pcm", 0x0002: "adpcm", FLOAT: "float", A_LAW: "a-law", MU_LAW: "mu-law", 0x0011: "adpcm", 0x0031: "gsm",
    0x0050: "mp2", 0x0055: "mp3", 0x00FF: "aac",
}  # fmt: skip
UNKNOWN_SIZE = 0xFFFFFFFF
_JOINED = re.compile(rb"RIFF....WAVE", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WavFormat:
    """The fields of a `fmt ` chunk; `tag` is already resolved if it was WAVE_FORMAT_EXTENSIBLE."""

    tag: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    bits: int
    body: bytes  # the chunk as it is

    @property
    def codec(self) -> str:
        """Short name of the encoding."""
        return f"pcm_{self.bits}" if self.tag == PCM else CODECS.get(self.tag, f"0x{self.tag:04x}")

    @property
    def is_sampled(self) -> bool:
        """Whether the bytes are samples one by one, so that the length follows from their number."""
        return self.tag in (PCM, FLOAT, A_LAW, MU_LAW)

    @property
    def is_plausible(self) -> bool:
        """Whether there can be sound of this format."""
        if not 1 <= self.channels <= limits.MAX_WAV_CHANNELS:
            return False
        if not limits.MIN_HEADER_RATE <= self.rate <= limits.MAX_HEADER_RATE:
            return False
        return 1 <= self.bits <= 64 if self.is_sampled else self.block > 0

    @property
    def frame_bytes(self) -> int:
        """Size of one sample of every channel, by the bits: the field for it is sometimes wrong."""
        if self.tag in (A_LAW, MU_LAW):
            return self.channels
        return self.channels * ((self.bits + 7) // 8) if self.is_sampled else self.block


@dataclass(frozen=True, slots=True)
class Wav:
    """One WAV in a file, of which several may be joined. `data_start` is None if there are no samples.

    `announced` is how many bytes of samples there should be if some are missing. `is_repaired` tells that a size or
    the structure is wrong.
    """

    fmt: WavFormat | None = None
    data_start: int | None = None
    data_bytes: int = 0
    announced: int | None = None
    is_repaired: bool = False


def scan_wavs(data: bytes, start: int) -> list[Wav]:
    """Return the WAV that begins at `start` and those joined to it, at most 1,000."""
    wavs: list[Wav] = []
    position: int | None = start
    while position is not None and len(wavs) < limits.MAX_JOINED:
        wav = _scan(data, position)
        wavs.append(wav)
        joined = _JOINED.search(data, (wav.data_start or position + 4) + wav.data_bytes)
        position = joined.start() if joined else None
    return wavs


def _scan(data: bytes, start: int) -> Wav:
    fmt, ds64 = None, b""
    for chunk in _chunks(data, start):
        body = data[chunk.body : chunk.body + min(chunk.size, 1_024)]
        if chunk.name == b"fmt " and fmt is None:
            fmt = parse_format(body)
        elif chunk.name == b"ds64":
            ds64 = body
        elif chunk.name == b"data" and (chunk.size or not _is_followed_by_a_chunk(data, chunk.body)):
            return _with_samples(data, start, fmt, chunk, ds64)
    return Wav(fmt, is_repaired=True)


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    body: int
    size: int
    is_found: bool = False  # by its name, as a size field led astray


def _chunks(data: bytes, start: int) -> Iterator[_Chunk]:
    """Yield the chunks, and if a size leads astray before any samples came, these by their name."""
    position = start + 12
    for _ in range(limits.MAX_RIFF_CHUNKS):
        if position + 8 > len(data):
            break
        name, size = struct.unpack_from("<4sI", data, position)
        yield _Chunk(name.lower(), position + 8, size)
        position += 8 + size + size % 2
    found = data.find(b"data", start + 12)
    if 0 <= found <= len(data) - 8:
        (size,) = struct.unpack_from("<I", data, found + 4)
        yield _Chunk(b"data", found + 8, size, is_found=True)


def _is_followed_by_a_chunk(data: bytes, position: int) -> bool:
    """Whether an empty data chunk is just that: else its size was never filled in."""
    name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
    return position >= len(data) or (name.strip().isalnum() and position + 8 + size <= len(data))


def _with_samples(data: bytes, start: int, fmt: WavFormat | None, chunk: _Chunk, ds64: bytes) -> Wav:
    claimed, present = chunk.size, len(data) - chunk.body
    if claimed == UNKNOWN_SIZE and len(ds64) >= 16:
        claimed = int.from_bytes(ds64[8:16], "little")
    if 0 < claimed <= present:
        return Wav(fmt, chunk.body, claimed, is_repaired=chunk.is_found)
    joined = _JOINED.search(data, chunk.body)
    there = joined.start() - chunk.body if joined else present
    is_short = not joined and claimed <= limits.INPUT_BYTES
    is_borne_out = int.from_bytes(data[start + 4 : start + 8], "little") + 16 + start >= chunk.body + claimed
    is_padding = claimed - present == 1
    announced = claimed if is_short and is_borne_out and not is_padding else None
    return Wav(fmt, chunk.body, there, announced, is_repaired=not is_padding)


def parse_format(chunk: bytes) -> WavFormat | None:
    """Return the fields of a `fmt ` chunk; None if it is too short."""
    if len(chunk) < 16:
        return None
    tag, channels, rate, byte_rate, block, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little") or PCM
    return WavFormat(tag, channels, rate, byte_rate, block, bits, chunk)


def wav_header(*, channels: int, rate: int, data_bytes: int, tag: int = PCM, bits: int = 16) -> bytes:
    """Return the 44-byte header of samples, 16-bit PCM unless told otherwise."""
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    return header_around(fmt, data_bytes=data_bytes)


def header_around(fmt: bytes, *, data_bytes: int) -> bytes:
    """Return a header with this body of the `fmt ` chunk."""
    body = struct.pack("<4s4sI", b"WAVE", b"fmt ", len(fmt)) + fmt + b"\0" * (len(fmt) % 2)
    return (
        struct.pack("<4sI", b"RIFF", len(body) + 8 + data_bytes)
        + body
        + struct.pack("<4sI", b"data", data_bytes)
    )
