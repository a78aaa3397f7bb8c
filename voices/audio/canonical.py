"""The file that is sent to Althea: only audio, no tags, cover art or locations.

A WAV becomes a 44-byte header and the samples, an MP3 its frames. Nothing hidden in a tag, between frames or
after the audio is passed on.
"""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from voices.audio.errors import ChangedError
from voices.audio.findings import Layout

BLOCK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class CanonicalFacts:
    """Hash and size of the written file."""

    sha256: str
    size_bytes: int


def is_canonical(layout: Layout, size: int) -> bool:
    """Whether a file of `size` bytes with this layout is already canonical."""
    return layout.in_place and layout.size_bytes == size


def write_canonical(src: BinaryIO, dst: BinaryIO, layout: Layout) -> CanonicalFacts:
    """Write the canonical form of `src` to `dst` in blocks of 256 kB. Raise ChangedError if `src` is too short."""
    digest = hashlib.sha256(layout.header)
    dst.write(layout.header)
    for start, length in layout.parts:
        src.seek(start)
        _copy(src, dst, length, digest)
    return CanonicalFacts(sha256=digest.hexdigest(), size_bytes=layout.size_bytes)


def _copy(src: BinaryIO, dst: BinaryIO, length: int, digest: "hashlib._Hash") -> None:
    while length:
        block = src.read(min(BLOCK_BYTES, length))
        if not block:
            raise ChangedError("The recording changed while it was being read. Upload it again.")
        digest.update(block)
        dst.write(block)
        length -= len(block)
