"""The form of API tokens."""

import re

import pytest

from voices.kit.api_tokens import is_token, make_token, shown_start, token_digest
from voices.kit.secret import Secret

# Made once by hand: the CRC-32 of 43 zeros, in base 62.
ZEROS = "vs_" + "0" * 43


def test_tokens_differ_and_have_the_form_scanners_know() -> None:
    first, second = make_token(), make_token()
    assert first != second
    assert re.fullmatch(r"vs_[0-9A-Za-z]{49}", first.reveal())
    assert shown_start(first) == first.reveal()[:11]


def test_only_a_right_checksum_is_a_token() -> None:
    text = make_token().reveal()
    swapped = text[:5] + ("a" if text[5] != "a" else "b") + text[6:]
    assert [is_token(Secret(one)) for one in (text, swapped, text[:-1], text + "0", ZEROS, "")] == [
        True, False, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "vs_", "vs_" + "é" * 49, "Zk9Ht7Lm.wX7pN9fM3kLj6tRq2bGhA8yE5cZvD4sT"])
def test_what_is_no_token_has_no_digest(text: str) -> None:
    assert token_digest(Secret(text)) == ""
