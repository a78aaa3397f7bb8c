"""Guesses from the name of a recording's file: a name for the voice, and its language."""

import re
from pathlib import PurePosixPath, PureWindowsPath

from voices.kit import languages
from voices.kit.names import clean_name

MAX_NAME = 40
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_TAG = re.compile(r"(?<![^\W_])([a-z]{2,3})[-_]([A-Z]{2}|[A-Z][a-z]{3}|419)(?![^\W_])")
# What phones call a recording: "2026-11-02 at 09.14.33", with that word in any language.
_MOMENT = re.compile(
    r"\d{4}[-.]\d{2}[-.]\d{2}[\W_]+(?:[^\W\d_]{1,4}[\W_]+)?"
    r"\d{1,2}[-.:]\d{2}(?:[-.:]\d{2})?(?: ?[AaPp][Mm](?![^\W_]))?"
)
_SEPARATORS = re.compile(r"[\s_.,;+~=#&@–—-]+")
# Codes that are words or initials: outside brackets they do not indicate a language.
_WORDS = """
am as be co ha he hi ht id ig is it la lo mi mr my ne no om or pa ps sd si so sq to
"""
_USUAL_CODE = 2  # letters
_MIN_LETTERS = 4  # of a language's name that stands alone: "Lao" and "Twi" are names of people, too


def is_system_file(path: str) -> bool:
    """Whether a file is hidden or one that systems put into folders, such as .DS_Store and Thumbs.db."""
    parts = [part.lower() for part in PurePosixPath(path).parts]
    return any(part.startswith(".") or part in _SYSTEM_FILES for part in parts)


def guess(file_name: str) -> tuple[str, str]:
    """Return the voice's name and language that a file's name suggests; "" for unknown ones.

    "03_anna-mueller_de-DE.wav" -> ("Anna Mueller", "de-DE"). The name has at most 40 characters, the language is a
    BCP 47 tag.
    """
    stem = clean_name(PureWindowsPath(PurePosixPath(file_name).name).stem)
    rest, tag = _without_language(_MOMENT.sub(" ", stem))
    return _readable(rest) or _readable(stem), tag


def unique_name(name: str, taken: set[str]) -> str:
    """Return the name, with the first number that makes it differ from those taken, within 40 characters."""
    if name not in taken:
        return name
    endings = (f" {number}" for number in range(2, len(taken) + 3))
    numbered = (shortened(name, MAX_NAME - len(ending)) + ending for ending in endings)
    return next(one for one in numbered if one not in taken)


def shortened(name: str, most: int) -> str:
    """Return the name cut to `most` characters, at the end of a word if one ends in the second half."""
    if len(name) <= most:
        return name
    cut, _, _ = name[: most + 1].rpartition(" ")
    return clean_name(cut if len(cut) > most // 2 else name[:most])


def _without_language(stem: str) -> tuple[str, str]:
    """Return the stem without its mark of a language, and the language's tag; "" if it has none."""
    for part in _BRACKETED.finditer(stem):
        if tag := _named(part[1]) or _coded(part[1]):
            return stem.replace(part[0], " "), tag
    if (found := _TAG.search(stem)) and (tag := _coded(found[0])):
        return f"{stem[: found.start()]} {stem[found.end() :]}", tag
    words = _SEPARATORS.split(stem)
    for place, word in enumerate(words):
        if tag := _tag_of_word(word, is_last=place == len(words) - 1):
            return " ".join(words[:place] + words[place + 1 :]), tag
    return stem, ""


def _named(text: str) -> str:
    folded = text.strip().casefold()
    return next((one.tag for one in languages.choices() if folded in one.names), "")


def _coded(text: str) -> str:
    """Return the text if it is a tag, except for rarer three-letter codes, which are usually words and names."""
    tag = languages.normalise(text)
    is_same = tag.casefold() == text.strip().replace("_", "-").casefold()
    is_known = languages.choice(tag) or len(tag.partition("-")[0]) == _USUAL_CODE
    return tag if is_same and is_known and languages.is_valid(tag) else ""


def _tag_of_word(word: str, *, is_last: bool) -> str:
    """Return the tag of a word that is a language's name, or at the end its code; "" for any other word."""
    if len(word) >= _MIN_LETTERS:
        return _named(word)
    return _coded(word) if is_last and word.casefold() not in _WORDS.split() else ""


def _readable(text: str) -> str:
    """Return the words of a file's name without numbers and separators; the numbers if there is nothing else."""
    words = [word for word in _SEPARATORS.split(_BRACKETED.sub(r" \1 ", text)) if word]
    named = [word for word in words if not word.isdecimal()] or words
    # Only all-lowercase words are capitalised: "iPhone" and "McKay" are intended spellings.
    return shortened(
        clean_name(" ".join(word.capitalize() if word.islower() else word for word in named)), MAX_NAME
    )
