"""A cursor comes back as it went, and nothing foreign gets through."""

import base64
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.kit.cursors import CursorError, Values, decode, encode


def word(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "values", [(), ("Zoë", 7), ("", -1, 2**63 - 1), ("🎙 | ' \" \\", 0), ("2026-03-02T12:00:00+00:00",)]
)
def test_cursor_round_trips(values: Values) -> None:
    assert decode(encode("name", values), sort="name") == values


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", encode("name", ("ÿþ?&=/+%", 1)))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
        | st.integers(-9, 9)
    )
)
def test_any_short_values_round_trip(values: list[str | int]) -> None:
    try:
        made = encode("name", tuple(values))
    except CursorError:
        return  # too long together
    assert decode(made, sort="name") == tuple(values)


@given(st.text(max_size=80))
def test_decode_of_any_text_raises_only_cursor_errors(text: str) -> None:
    try:
        decode(text, sort="name")
    except CursorError:
        return


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "é",
        "not a cursor",
        "=" * 8,
        "A" * 5000,
        "A" * 10_000_000,
        word({"name": 1}),
        word([]),
        word("name"),
        word([["name"], 1]),
        word(["newest", 1]),
        word(["name", None]),
        word(["name", True]),
        word(["name", 1.5]),
        word(["name", ["x"]]),
        word(["name", {"x": 1}]),
        word(["name", 2**63]),
        word(["name", -(2**63) - 1]),
        word(["name", float("inf")]),
        word(["name", "a\x00b"]),
        word(["name", "\ud800"]),
        base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        encode("name", ("a", 1)) + "\n",
        encode("name", ("a", 1))[:-2],
    ],
)
def test_anything_foreign_or_broken_is_a_cursor_error(text: str) -> None:
    with pytest.raises(CursorError):
        decode(text, sort="name")


@pytest.mark.parametrize("values", [("a\x00",), ("\ud800",), (2**63,), ("x" * 4000,)])
def test_encode_refuses_values_that_would_not_decode(values: Values) -> None:
    with pytest.raises(CursorError):
        encode("name", values)
