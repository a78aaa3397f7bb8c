"""How a page of the library is found among many voices, by ways that differ with the database.

Walked: along the sort's index for a little, where matches are many. Gathered: what few meet, by an index of its own,
then sorted. Sifted: all that match, then their places in the sort's index; for what is neither, as a name that many
have but late in the alphabet.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import BooleanField, F, QuerySet
from django.db.models.expressions import RawSQL

from voices.library import text_query
from voices.library.filters import LANGUAGE, NEWEST, NONE, Filters
from voices.library.search import Plain, among, holds, matching, taggings, walked, words_of
from voices.models import Favourite, Membership, Voice
from voices.models.text_index import PAIR, TRIGRAM

# SQLite reads and sorts so many in 25 ms; PostgreSQL sifts as quickly as it gathers.
GATHERED = {"sqlite": 6_000, "postgresql": 1_000}
SCANT = 3_000  # so few are read and sorted as quickly as a walk finds a page of them
WALKED = {"sqlite": 2_000, "postgresql": 1_500}
# In an index that holds what filters ask no row is read for those that do not match.
WALKED_IN_INDEX = 5_000
MOST_SIFTED = 10_000_000
MOST_SOURCES = 2  # a page has 10 queries

# How many voices of the sort's index to look at, and to go on if they are not enough; or the voices to sort, at last.
Way: TypeAlias = "int | QuerySet[Voice]"


@dataclass(frozen=True)
class Most:
    """How far each way goes before the next one is tried: as suits database and filters, or as tests say."""

    gathered: int | None = None
    walked: int | None = None

    @property
    def gathers(self) -> int:
        """How many may be gathered."""
        return GATHERED[connection.vendor] if self.gathered is None else self.gathered

    def walks(self, usual: int) -> int:
        """How many should be walked."""
        return usual if self.walked is None else self.walked


def ways(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """In the order to try them; the last one finds whatever there is."""
    if not filters.is_plain:
        yield from (_of_sqlite if connection.vendor == "sqlite" else _of_postgresql)(member, filters, most)
    yield walked(member, filters)


def _of_sqlite(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """Its index of texts and filters counts in a millisecond or two, so most ways need not be tried in vain."""
    is_covered = _is_covered(filters)
    if is_covered and not filters.tag and not filters.favourite:
        yield most.walks(WALKED_IN_INDEX)
    few, count = _counted(member, filters, most.gathers)
    if few is not None and count <= most.walks(SCANT):
        yield few
    if filters.sort == LANGUAGE and filters.language:
        yield walked(member, filters)
    if not is_covered:
        yield most.walks(WALKED["sqlite"])
        yield _sifted_by_sqlite(member, filters) if few is None else few
    elif few is not None:
        yield few


def _counted(member: Membership, filters: Filters, most: int) -> tuple[QuerySet[Voice] | None, int]:
    """The voices by a condition that at most so many meet, and how many do; None if there is none."""
    for marked in _marked(member, filters):
        if (count := marked[: most + 1].count()) <= most:
            return among(member, filters, marked), count
    asked = text_query.of(member, filters)
    if asked and (count := text_query.count(asked, most + 1)) <= most:
        return among(member, filters, RawSQL(asked.sql, asked.values)), count  # noqa: S611  # fixed text
    return None, 0


def _sifted_by_sqlite(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """By their ids, not row by row: else every voice before them would be read, all names before Zoe."""
    voices = matching(member, filters).alias(plain_id=Plain(F("pk")))
    if asked := text_query.of(member, filters):
        voices = voices.filter(plain_id__in=RawSQL(asked.sql, asked.values))  # noqa: S611  # fixed text
    return voices.filter(plain_id__in=taggings(member, filters).values("voice")) if filters.tag else voices


def _of_postgresql(member: Membership, filters: Filters, most: Most) -> Iterator[Way]:
    """It counts as slowly as it reads, but knows which of a voice's columns are rare."""
    is_covered = _is_covered(filters)
    if not is_covered:
        # What trigrams find is read at random, what columns or two letters find in one go.
        has_trigrams = max(map(len, words_of(filters.query)), default=0) >= TRIGRAM
        yield most.walks(WALKED["postgresql"] * (2 if has_trigrams else 1))
    for source in islice(_sources(member, filters), MOST_SOURCES):
        found = list(source[: most.gathers + 1])
        if len(found) <= most.gathers:
            # As one parameter: writing out 2,000 of them took half of a page's time.
            yield among(member, filters, RawSQL("SELECT unnest(%s::uuid[])", [found]))
    if not is_covered:
        # The slice keeps the planner from walking the sort's index after all.
        yield Voice.objects.filter(
            pk__in=matching(member, filters).values_list("pk", flat=True)[:MOST_SIFTED]
        )


def _is_covered(filters: Filters) -> bool:
    """Whether the index of the newest knows all that is asked, but for tags and favourites."""
    return filters.sort == NEWEST and not filters.query


def _sources(member: Membership, filters: Filters) -> Iterator[QuerySet[Any, Any]]:
    """The ids by each condition that an index of its own answers, the likely rarest first; the planner knows which of
    a voice's columns are.
    """
    columns = replace(filters, query="")
    if filters.query and not filters.favourite and (words := words_of(f"{filters.query} {_said(filters)}")):
        yield _with_words(member, words).values_list("pk", flat=True)
    elif filters.favourite or filters.sort == NEWEST:
        yield from _marked(member, filters)
    # Without words, the newest are walked in an index that holds all columns: gathering would read it once more.
    if (filters.query or filters.sort != NEWEST) and not columns.is_plain:
        yield matching(member, columns).values_list("pk", flat=True)


def _marked(member: Membership, filters: Filters) -> Iterator[QuerySet[Any, Any]]:
    """Those that people marked, by a favourite or a tag."""
    if filters.favourite:
        favourites = Favourite.objects.filter(user=member.user)
        yield favourites.values_list("voice", flat=True)
    if filters.tag:
        yield taggings(member, filters).values_list("voice", flat=True)


def _said(filters: Filters) -> str:
    """What the text of each voice says that these filters let through, beside the words asked for: its provider.

    Two that are frequent, and hardly ever together, are then few by the text alone.
    """
    return filters.provider[0] if len(filters.provider) == 1 and filters.provider[0] != NONE else ""


def _with_words(member: Membership, words: list[str]) -> QuerySet[Voice]:
    voices = Voice.objects.filter(team=member.team)
    for word in words:
        voices = voices.filter(holds(word))
    if max(map(len, words)) < TRIGRAM:
        # A single letter of ASCII is everywhere.
        for word in (word for word in words if len(word) == PAIR or not word.isascii()):
            pair = RawSQL("voices_pairs(search_text) @> ARRAY[%s]", [word], BooleanField())  # fixed text
            voices = voices.filter(pair)
    return voices
