"""Cleans names that people type or paste into one line of text."""

import unicodedata

# Control, format (bidi controls, zero-width, soft hyphen, tags) and lone surrogates. This includes
# zero-width joiners: compound emoji are split, but names that look equal are equal.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})

# Letters and marks by category that are invisible: grapheme joiner, Hangul fillers, empty braille cell.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean_name(text: str) -> str:
    """Return the text in NFC on one line, single-spaced, without invisible characters; possibly ""."""
    visible = "".join(char for char in text if char.isspace() or not _is_hidden(char))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _is_hidden(char: str) -> bool:
    return char in _BLANK_LETTERS or unicodedata.category(char) in _HIDDEN_CATEGORIES
