"""How a page of the library is found among many voices, by ways that differ with the database.

Walked: along the sort's index, for a little, where matches are many. Sorted: what an index of their own says that few
meet, or all that match. Sifted, on SQLite: what matches is found, then its places in the sort's index; for what is
neither few nor near, as a name that many have but late in the alphabet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import RawSQL

from voices.library import text_query
from voices.library.filters import LANGUAGE, NEWEST, NONE, Filters
from voices.library.search import Plain, among, holds, matching, taggings, words_of
from voices.models import Favourite, Membership, Voice
from voices.models.search_index import PAIR, TRIGRAM

GATHERED = 6_000  # SQLite reads and sorts so many in 25 ms
SCANT = 3_000  # so few are read and sorted as quickly as a walk finds a page of them
WALKED = {"sqlite": 2_000, "postgresql": 1_500}
# In an index that holds what filters ask no row is read for those that do not match.
WALKED_IN_INDEX = 5_000


@dataclass(frozen=True)
class Walk:
    """Along the sort's index, over so many voices; None: to its end."""

    reach: int | None = None


@dataclass(frozen=True)
class Sort:
    """Read all of these, then sort them."""

    voices: QuerySet[Voice]


@dataclass(frozen=True)
class Sift:
    """Along the sort's index to its end, which of them are among the ones that are found first."""

    voices: QuerySet[Voice]


Way: TypeAlias = Walk | Sort | Sift


@dataclass(frozen=True)
class Most:
    """How far each way goes before the next one is tried: as suits database and filters, or as tests say."""

    gathered: int = GATHERED
    walked: int | None = None

    def walks(self, usual: int) -> int:
        """How many should be walked."""
        return usual if self.walked is None else self.walked


def ways(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """In the order to try them; the last one finds whatever there is."""
    if not filters.is_plain:
        yield from (_of_sqlite if connection.vendor == "sqlite" else _of_postgresql)(member, filters, most)
    yield Walk()


def _is_in_index(filters: Filters) -> bool:
    """Whether the sort's index knows all that is asked: the newest by all columns, languages by their own."""
    if filters.query or filters.tag or filters.favourite:
        return False
    return filters.sort == NEWEST or (filters.sort == LANGUAGE and bool(filters.language))


def _is_one_language(filters: Filters) -> bool:
    # Any of several PostgreSQL does not look for in an index that it walks for the sake of its order.
    return len(filters.language) == 1 and "-" not in filters.language[0]


def _of_postgresql(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """It counts as slowly as it reads, but knows which conditions few meet."""
    if _is_in_index(filters) and (filters.sort == NEWEST or _is_one_language(filters)):
        return
    voices, words = matching(member, filters), words_of(filters.query)
    has_trigrams = max(map(len, words), default=0) >= TRIGRAM
    # What trigrams find is read at random, what columns or two letters find in one go: a longer walk is worth it.
    yield Walk(most.walks(WALKED["postgresql"] * (2 if has_trigrams else 1)))
    if words and len(filters.provider) == 1 and filters.provider[0] != NONE:
        # The provider is a word of the text, too: two that are frequent, and hardly ever together, meet in its index.
        for word in words_of(filters.provider[0]):
            voices = voices.filter(holds(word))
    if not has_trigrams:
        # What has no trigram is found by its pairs. A single letter of ASCII is everywhere.
        for word in (word for word in words if len(word) == PAIR or not word.isascii()):
            pair = RawSQL("voices_pairs(search_text) @> ARRAY[%s]", [word], BooleanField())  # fixed text
            voices = voices.filter(pair)
    yield Sort(voices)


def _of_sqlite(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """Its index of texts and filters counts in a millisecond or two, so few ways are tried in vain."""
    is_in_index = _is_in_index(filters)
    if is_in_index and filters.sort == NEWEST:
        yield Walk(most.walks(WALKED_IN_INDEX))
    few, count = _counted(member, filters, most.gathered)
    if few and count <= most.walks(SCANT):
        yield few
    if not is_in_index:
        yield Walk(most.walks(WALKED["sqlite"]))
        yield few or _sifted(member, filters)
    elif few and filters.sort == NEWEST:
        yield few


def _counted(member: Membership, filters: Filters, most: int) -> tuple[Sort | None, int]:
    """The voices by a condition that at most so many meet, and how many do; None if there is none."""
    for marked in _marked(member, filters):
        if (count := marked[: most + 1].count()) <= most:
            return Sort(among(member, filters, marked)), count
    asked = text_query.of(member, filters)
    if asked and (count := text_query.count(asked, most + 1)) <= most:
        return Sort(among(member, filters, RawSQL(asked.sql, asked.values))), count  # noqa: S611  # fixed text
    return None, 0


def _sifted(member: Membership, filters: Filters) -> Sift:
    """By their ids, not row by row: else every voice before them would be read, all names before Zoe."""
    voices = matching(member, filters).alias(plain_id=Plain(F("pk")))
    if asked := text_query.of(member, filters):
        voices = voices.filter(plain_id__in=RawSQL(asked.sql, asked.values))  # noqa: S611  # fixed text
    return Sift(
        voices.filter(plain_id__in=taggings(member, filters).values("voice")) if filters.tag else voices
    )


def _marked(member: Membership, filters: Filters) -> Iterator[QuerySet[Any, Any]]:
    """Those that people marked, by a favourite or a tag."""
    if filters.favourite:
        yield Favourite.objects.filter(user=member.user).values_list("voice", flat=True)
    if filters.tag:
        yield taggings(member, filters).values_list("voice", flat=True)
