"""All reading scripts, found by their files: to add a language, add a text named by its tag.

A text takes 45 to 60 s at a calm pace and has the sounds of its language. Its paragraphs are single lines, numbers
are in words, and no sentence tells whether a man or a woman speaks.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voices.kit import languages

_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class ReadingScript:
    """A text to read aloud, with the BCP 47 tag of its language."""

    tag: str
    paragraphs: tuple[str, ...]

    @property
    def direction(self) -> str:
        """The writing direction of its first letter, as HTML's `dir`: "ltr" or "rtl"."""
        letters = (unicodedata.bidirectional(letter) for letter in self.paragraphs[0])
        first = next((one for one in letters if one in {"L", "R", "AL"}), "L")
        return "ltr" if first == "L" else "rtl"


@cache
def reading_scripts() -> Mapping[str, ReadingScript]:
    """Return every reading script by its tag."""
    return {path.stem: _read(path) for path in sorted(_TEXTS.glob("*.txt"))}


def find_reading_script(tag: str) -> ReadingScript | None:
    """Return the text for a language: its own, else one of another region in the same writing; None without one."""
    tag = languages.normalise(tag)
    return reading_scripts().get(tag) or _by_writing().get(languages.writing_of(tag))


def _read(path: Path) -> ReadingScript:
    lines = path.read_text(encoding="utf-8").splitlines()
    return ReadingScript(path.stem, tuple(line for line in lines if line))


@cache
def _by_writing() -> Mapping[tuple[str, str], ReadingScript]:
    """Return the first text of each language and writing; a tag without a region comes first."""
    newest_last = sorted(reading_scripts().values(), key=lambda one: one.tag, reverse=True)
    return {languages.writing_of(one.tag): one for one in newest_last}
