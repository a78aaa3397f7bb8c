"""HTTP byte ranges of one file (RFC 9110, section 14), which a browser's player requests when it seeks."""

import re
from dataclasses import dataclass

# 18 digits exceed any disk; longer numbers are not honest requests.
_SINGLE_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` to `end`, both included, counted from 0."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Number of bytes in the range."""
        return self.end - self.start + 1

    def content_range(self, size: int) -> str:
        """Return the `Content-Range` value of a 206 response for a file of `size` bytes."""
        return f"bytes {self.start}-{self.end}/{size}"


class UnsatisfiableRangeError(Exception):
    """The range is well formed but outside the file: respond 416 with `content_range`."""

    def __init__(self, size: int) -> None:
        super().__init__(f"The requested range lies outside the {size} bytes of the file.")
        self.content_range = f"bytes */{size}"


def parse_range(header: str | None, *, size: int) -> ByteRange | None:
    """Return the single requested range; None (serve all, 200) if absent, multiple or malformed."""
    found = _SINGLE_RANGE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    return _from_start(int(first), last, size) if first else _suffix(int(last), size)


def _from_start(first: int, last: str, size: int) -> ByteRange | None:
    if last and int(last) < first:
        return None  # RFC 9110 14.1.1: invalid, hence ignored
    if first >= size:
        raise UnsatisfiableRangeError(size)
    return ByteRange(first, min(int(last), size - 1) if last else size - 1)


def _suffix(length: int, size: int) -> ByteRange | None:
    if length == 0:
        raise UnsatisfiableRangeError(size)
    if size == 0:
        return None  # the last n bytes of an empty file: 206 cannot express that
    return ByteRange(max(size - length, 0), size - 1)
