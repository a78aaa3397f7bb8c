"""What is derived from a voice for finding and sorting it; kept in columns, so that a page never computes it."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from voices.kit import languages


def fold(text: str) -> str:
    """The text without case and accents, as search compares it."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
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
    """All that a search looks into, folded, a subject a line: no match spans two of them."""
    told = (name, description, provider, owner, *tags, *aliases)
    return fold("\n".join(text for text in told if text))


def sort_keys(*, name: str, primary_language: str, language_label: str = "") -> dict[str, str]:
    """The columns that lists are sorted and filtered by: folded name, language subtag, folded language name."""
    # A list names few languages many times. Cut, or a hostile one would fill the memory.
    language, language_key = _language_keys(primary_language[:35], language_label[:200])
    return {"name_key": fold(name).strip()[:80], "language": language, "language_key": language_key}


@lru_cache(maxsize=1_000)
def _language_keys(primary_language: str, language_label: str) -> tuple[str, str]:
    label = language_label or (languages.label(primary_language) if primary_language else "")
    words = "".join(letter for letter in label if letter.isalnum() or letter in " ()-")
    return primary_language.partition("-")[0].lower()[:8], fold(words).strip()[:80]
