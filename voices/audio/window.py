"""The beginning of a file as a file of its own."""

import io
from typing import BinaryIO


class Window(io.RawIOBase):
    """A read-only view of the first `size` bytes of `file`.

    mutagen gets this instead of the file: behind the samples there may be 600,000 chunks.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__()
        self._file = file
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The offset of the next read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the next read, past the end too (it then gives nothing); returns the offset."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (all when negative), none past the window's end."""
        left = max(0, self._size - self._position)
        self._file.seek(self._position)
        block = self._file.read(left if size < 0 else min(size, left))
        self._position += len(block)
        return block
