"""Ranges are read as RFC 9110 says, garbage never fails."""

import pytest

from voices.kit.ranges import ByteRange, UnsatisfiableRangeError, parse_range


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-", 0, 999),
        ("bytes=0-0", 0, 0),
        ("bytes=0-499", 0, 499),
        ("bytes=500-999", 500, 999),
        ("bytes=990-5000", 990, 999),
        ("bytes=999-", 999, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-1000", 0, 999),
        ("bytes=-5000", 0, 999),
        ("BYTES=1-2", 1, 2),
        ("bytes = 1-2 ", 1, 2),
    ],
)
def test_a_single_range_is_cut_to_the_file(header: str, start: int, end: int) -> None:
    assert parse_range(header, size=1000) == ByteRange(start, end)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "items=0-1",
        "bytes=a-b",
        "bytes=1-2\n",
        "bytes=+1-2",
        "bytes=--5",
        "bytes=٣-٤",
        "bytes=0x1-2",
        "bytes=" + "9" * 5000 + "-",
        "bytes=1-2\x00",
    ],
)
def test_absent_multiple_and_garbage_mean_the_whole_file(header: str | None) -> None:
    assert parse_range(header, size=1000) is None


@pytest.mark.parametrize(
    "header", ["bytes=1000-", "bytes=1000-2000", "bytes=999999999999999999-", "bytes=-0"]
)
def test_a_range_outside_the_file_is_unsatisfiable(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError) as caught:
        parse_range(header, size=1000)
    assert caught.value.content_range == "bytes */1000"


def test_an_empty_file_has_no_range() -> None:
    assert parse_range("bytes=-5", size=0) is None
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=0-", size=0)


def test_range_has_length_and_header() -> None:
    assert ByteRange(10, 19).length == 10
    assert ByteRange(10, 19).content_range(1000) == "bytes 10-19/1000"
