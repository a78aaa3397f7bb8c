"""The parser gives back exactly what was put in, however the bytes were cut, and quickly."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.recordings import wav_of
from voices.sandbox.multipart import (
    MultipartError,
    MultipartParser,
    PartData,
    PartEnd,
    PartStart,
    boundary_of,
)

BOUNDARY = b"xyz"
Parts = list[tuple[PartStart, bytes]]


def body_of(*parts: tuple[str, bytes], closing: bytes = b"--xyz--\r\n") -> bytes:
    """A body of parts given as (disposition, content)."""
    found = b""
    for disposition, content in parts:
        found += b"--xyz\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"
    return found + closing


def parse(pieces: list[bytes]) -> Parts:
    """The parts with their content put together."""
    parser = MultipartParser(BOUNDARY)
    starts: list[PartStart] = []
    contents: list[bytes] = []
    ended = 0
    for event in (event for piece in pieces for event in parser.feed(piece)):
        if isinstance(event, PartStart):
            starts.append(event)
            contents.append(b"")
        elif isinstance(event, PartData):
            contents[-1] += event.data
        ended += isinstance(event, PartEnd)
    parser.finish()
    assert ended == len(starts)
    return list(zip(starts, contents, strict=True))


NASTY = (b"", b"\r\n", b"\r\n--xy", b"--xyz", b"\r\n--xyzz", b"\r\n--xyz-\r\n", b"\r", b"\x00\xff\r\n-")


@pytest.mark.parametrize("content", NASTY)
@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
def test_content_survives_any_chunking(content: bytes, step: int) -> None:
    body = body_of(('form-data; name="file"; filename="a.wav"', content), ('form-data; name="n"', b"v"))
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    assert [part[1] for part in parse(pieces)] == [content, b"v"]


@given(content=st.binary(max_size=200), cuts=st.lists(st.integers(1, 40), max_size=40))
def test_any_bytes_survive_any_chunking(content: bytes, cuts: list[int]) -> None:
    body = body_of(('form-data; name="file"; filename="a"', content.replace(b"\r\n--xyz", b"")))
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(body[at : at + cut])
        at += cut
    assert parse([*pieces, body[at:]])[0][1] == content.replace(b"\r\n--xyz", b"")


def test_a_preamble_is_skipped() -> None:
    assert parse([b"hello\r\n", body_of(('form-data; name="n"', b"v"))])[0][1] == b"v"


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="file"; filename="a b.wav"', "file", "a b.wav"),
        ('form-data; name="n"', "n", None),
        ("form-data; name=n; filename=", "n", ""),
        ('form-data; name="n"; filename="a\\"b.mp3"', "n", 'a"b.mp3'),
        ('form-data; name="n"; filename="x"; filename*=utf-8\'\'%C3%BC.wav', "n", "ü.wav"),
        ('form-data; name="n"; filename="été.wav"', "n", "été.wav"),
    ],
)
def test_multipart_field_names_are_read(disposition: str, name: str, filename: str | None) -> None:
    part = parse([body_of((disposition, b"v"))])[0][0]
    assert (part.name, part.filename) == (name, filename)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        body_of(('form-data; name="n"', b"v"), closing=b""),
        body_of(("form-data", b"v")),
        b"--xyz\r\n" + b"x" * 20_000,
    ],
)
def test_malformed_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(MultipartError):
        parse([body])


def test_a_boundary_is_read_from_the_header() -> None:
    assert boundary_of('multipart/form-data; boundary="a b"') == b"a b"
    assert boundary_of("multipart/form-data; Boundary=abc; charset=utf-8") == b"abc"
    with pytest.raises(MultipartError):
        boundary_of("multipart/form-data")


def test_nine_megabytes_are_parsed_quickly() -> None:
    body = body_of(('form-data; name="file"; filename="a.wav"', wav_of(9_000_000)))
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)]
    parser, started = MultipartParser(BOUNDARY), time.process_time()
    size = sum(
        len(event.data) for piece in pieces for event in parser.feed(piece) if isinstance(event, PartData)
    )
    assert size > 9_000_000
    assert time.process_time() - started < 0.1
