"""A file made of parts of another one, without copying them."""

import io
from bisect import bisect_right
from itertools import accumulate
from typing import BinaryIO

from voices.audio.findings import Layout


class SplicedFile(io.RawIOBase):
    """A read-only view: the header of a layout, then its parts of `file`. Decoders see nothing else of the file."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        super().__init__()
        self._file = file
        self._header = layout.header
        self._parts = layout.parts
        lengths = (length for _, length in layout.parts)
        self._edges = list(
            accumulate(lengths, initial=len(layout.header))
        )  # where each part begins, and the end
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the offset of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the offset of the next read, also past the end, where reads are empty. Return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._edges[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes (all if negative)."""
        left = max(0, self._edges[-1] - self._position)
        wanted = left if size < 0 else min(size, left)
        pieces = []
        while wanted:
            piece = self._piece(wanted)
            if not piece:
                break  # the file was truncated meanwhile
            pieces.append(piece)
            self._position += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def _piece(self, wanted: int) -> bytes:
        if self._position < self._edges[0]:
            return self._header[self._position : self._position + wanted]
        number = bisect_right(self._edges, self._position) - 1
        start, length = self._parts[number]
        inside = self._position - self._edges[number]
        self._file.seek(start + inside)
        return self._file.read(min(wanted, length - inside))
