"""A view of the beginning of a file."""

import io
from typing import BinaryIO


class FileHead(io.RawIOBase):
    """A read-only view of the first `size` bytes of `file`.

    mutagen gets this instead of the file: after the samples there may be 600,000 chunks.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__()
        self._file = file
        self._size = size
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
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes (all if negative), none past the end of the view."""
        left = max(0, self._size - self._position)
        self._file.seek(self._position)
        block = self._file.read(left if size < 0 else min(size, left))
        self._position += len(block)
        return block
