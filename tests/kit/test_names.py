"""A cleaned name is one visible line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.kit.names import clean_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna", "Anna"),
        ("  Anna \t\r\n Maria  ", "Anna Maria"),
        ("Anna\u00a0\u2003Maria\u2028", "Anna Maria"),
        ("An\x00na\x07\x7f\x9b", "Anna"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("a \u200b b", "a b"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c", "a"),
        ("a\u200c\u200d\u2060\ufeff\u00adb", "ab"),
        ("\ud800a\udfff", "a"),
        ("日本語の声", "日本語の声"),
        ("צליל קול", "צליל קול"),
        ("<b>Tom & 'Jerry'</b>", "<b>Tom & 'Jerry'</b>"),
        ("🎙️ Radio", "🎙️ Radio"),
    ],
)
def test_name_is_cleaned(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "\x00", "\u200b\u200d", "\u3164\u2800", "\u202e \u2069", "\U000e0041"]
)
def test_name_without_visible_characters_is_empty(typed: str) -> None:
    assert clean_name(typed) == ""


@given(st.text(st.characters(), max_size=60))
def test_name_cleaning_is_idempotent_and_storable(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n" not in once.encode().decode()
