"""The response of a limited child on its standard output: a length, JSON of that length, then any bytes.

The child writes with `write_answer`; this process reads with `AnswerReader`, which keeps only the JSON in memory.
"""

import json
import struct
import sys
from collections.abc import Iterable
from typing import Any, Protocol

HEAD = struct.Struct(">I")
TIMED_OUT = "timeout"  # reported by the fork server for a child that it had to kill
MAX_JSON_BYTES = 4_000_000  # a report on ten minutes has about 40 kB


def write_answer(value: object, blocks: Iterable[bytes] = ()) -> None:
    """Write a value and the blocks behind it to standard output."""
    text = json.dumps(value).encode()
    sys.stdout.buffer.write(HEAD.pack(len(text)) + text)
    for block in blocks:
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()


class Sink(Protocol):
    """A target for bytes."""

    def write(self, data: bytes, /) -> object:
        """Write all of the data."""


class AnswerReader:
    """Parses a response from pieces as they arrive; bytes after the JSON go to `out`, at most `most`."""

    def __init__(self, out: Sink | None, *, most: int) -> None:
        self._out = out
        self._left = most
        self._head = bytearray()
        self._wanted = HEAD.size
        self._has_length = False

    @property
    def has_begun(self) -> bool:
        """Whether anything has arrived."""
        return self._has_length or bool(self._head)

    def feed(self, piece: bytes) -> None:
        """Parse the next piece. Raise ValueError for an invalid one."""
        missing = self._wanted - len(self._head)
        self._head += piece[:missing]
        if not self._has_length and len(self._head) == HEAD.size:
            self._begin()
            self.feed(piece[missing:])
        elif piece[missing:]:
            self._pass_on(piece[missing:])

    def _begin(self) -> None:
        (self._wanted,) = HEAD.unpack(self._head)
        if self._wanted > MAX_JSON_BYTES:
            raise ValueError("too long")
        self._head.clear()
        self._has_length = True

    def _pass_on(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._out is None or self._left < 0:
            raise ValueError("more bytes than were asked for")
        self._out.write(piece)

    def value(self) -> Any:
        """Return the value. Raise ValueError if the response is truncated or not JSON."""
        if not self._has_length or len(self._head) < self._wanted:
            raise ValueError("ended early")
        return json.loads(self._head)
