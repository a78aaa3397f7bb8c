"""Cleans names that people type or paste into one line of text, and makes file names of them."""

import re
import unicodedata

# Control, format (bidi controls, zero-width, soft hyphen, tags) and lone surrogates: names that look equal are equal.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})

# Letters and marks by category that are invisible: grapheme joiner, Hangul fillers, empty braille cell.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

# Zero-width non-joiner and joiner. Persian, Sinhala, Malayalam and others spell with them, and emoji are composed.
JOINERS = "\u200c\u200d"
_JOINED = re.compile(f"[{JOINERS}]+")
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]')


def clean_name(text: str) -> str:
    """Return the text in NFC on one line, single-spaced, without invisible characters; possibly ""."""
    visible = "".join(char for char in text if char.isspace() or char in JOINERS or not _is_hidden(char))
    return " ".join(unicodedata.normalize("NFC", _JOINED.sub(_one_joiner, visible)).split())


def without_joiners(text: str) -> str:
    """Return the text as names are compared: a joiner changes how letters look, not which they are."""
    return _JOINED.sub("", text)


def file_name(name: str, extension: str) -> str:
    """Return a file's name for what people named: in any script, without what file systems refuse."""
    stem = _NOT_IN_FILE_NAMES.sub("-", clean_name(name)).strip(" .-")
    return f"{stem[:100] or 'voice'}.{extension}"


def _is_hidden(char: str) -> bool:
    return char in _BLANK_LETTERS or unicodedata.category(char) in _HIDDEN_CATEGORIES


def _one_joiner(found: re.Match[str]) -> str:
    """Return the first of some joiners if it can show: inside a word, in a script that joins, or between emoji."""
    before, after = _base(found.string[: found.start()]), found.string[found.end() : found.end() + 1]
    return found[0][0] if _may_join(before) and _may_join(after) else ""


def _base(text: str) -> str:
    """Return the last character that is neither a mark nor a joiner; "" if there is none."""
    place = len(text) - 1
    while place >= 0 and (text[place] in JOINERS or unicodedata.category(text[place]).startswith("M")):
        place -= 1
    return text[place] if place >= 0 else ""


def _may_join(char: str) -> bool:
    """Whether a joiner beside the character may show: not beside ASCII, letters with case or those of East Asia."""
    if not char or char.isascii() or char.isspace() or unicodedata.category(char) in {"Lu", "Ll", "Lt"}:
        return False
    return not (char.isalpha() and unicodedata.east_asian_width(char) in {"W", "F", "H"})
