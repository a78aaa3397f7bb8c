"""A cleaned name is one visible line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices.kit.names import clean_name, file_name


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
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ශ\u0dca\u200dර\u0dd3", "ශ\u0dca\u200dර\u0dd3"),
        ("ന\u0d4d\u200d ണ", "ന\u0d4d ണ"),
        ("അവന\u0d4d\u200dറെ", "അവന\u0d4d\u200dറെ"),
        ("র\u200d\u09cdযাব", "র\u200d\u09cdযাব"),
        ("👩\u200d👩\u200d👧 Family", "👩\u200d👩\u200d👧 Family"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("می\u200c\u200c\u200dخواهم\u200c", "می\u200cخواهم"),
        ("An\u200dna\u200c Zoe\u0308\u200d\u0308", "Anna Zo\u00eb\u0308"),
        ("配\u200d音 ナ\u200cナ 하\u200d나", "配音 ナナ 하나"),
        ("\u202eمی\u200cخواهم\u202c", "می\u200cخواهم"),
    ],
)
def test_name_is_cleaned(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "\x00", "\u200b\u200d", "\u3164\u2800", "\u202e \u2069", "\U000e0041"]
)
def test_name_without_visible_characters_is_empty(typed: str) -> None:
    assert clean_name(typed) == ""


@given(st.text(st.characters() | st.sampled_from("eé\u0308\u200c\u200dم\u0dca👩配"), max_size=60))
def test_name_cleaning_is_idempotent_and_storable(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n" not in once.encode().decode()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Marlene", "Marlene.wav"),
        ("配音", "配音.wav"),
        ("Mar/lene “1”: a\\b", "Mar-lene “1”- a-b.wav"),
        ("../../etc/passwd", "etc-passwd.wav"),
        ("evil\u202egpj.exe\r\nX: y", "evilgpj.exe X- y.wav"),
        (" . ", "voice.wav"),
        ("\u200b", "voice.wav"),
        ("n" * 200, "n" * 100 + ".wav"),
    ],
)
def test_file_names_say_what_was_named(name: str, stored: str) -> None:
    assert file_name(name, "wav") == stored
