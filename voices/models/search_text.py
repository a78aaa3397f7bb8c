"""Columns derived from a voice for searching and sorting, so that no page has to compute them."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from voices.kit import languages
from voices.kit.names import without_joiners


def fold(text: str) -> str:
    """Return the text without case, width, accents and joiners, as a search compares it."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", without_joiners(text))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def search_text(
    *,
    name: str,
    description: str = "",
    provider: str = "",
    owner: str = "",
    tags: Iterable[str] = (),
    aliases: Iterable[str] = (),
) -> str:
    """Return the searchable fields, folded, one per line, so that no match spans two fields."""
    parts = (name, description, provider, owner, *tags, *aliases)
    return fold("\n".join(part for part in parts if part))


def name_key(name: str) -> str:
    """Return the folded name, by which lists are sorted and look-alikes are found."""
    return fold(name).strip()[:80]


def sort_keys(*, name: str, primary_language: str, language_label: str = "") -> dict[str, str]:
    """Return the columns that lists are sorted and filtered by: the folded name, and the language in three forms."""
    # A list repeats few languages, so they are cached; limited, or a hostile list would fill the memory.
    return {"name_key": name_key(name), **_language_keys(primary_language[:35], language_label[:200])}


@lru_cache(maxsize=1_000)
def _language_keys(primary_language: str, language_label: str) -> dict[str, str]:
    tag = languages.normalise(primary_language)[:35]
    label = language_label or (languages.label(primary_language) if primary_language else "")
    words = "".join(letter for letter in label if letter.isalnum() or letter in " ()-")
    return {
        "language": tag.partition("-")[0].lower()[:8],
        "language_tag": tag,
        "language_key": fold(words).strip()[:80],
    }
