"""Finding voices on PostgreSQL, by trigrams (pg_trgm) and the planner's statistics.

It counts as slowly as it reads, but knows which conditions few voices meet. What it gets wrong is the sort: it walks a
sort's index too gladly. So a short index scan is tried first, by a limit; then all candidates are fetched and sorted
without that index (`keyset.unindexed`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from voices.library.filters import NONE, Filters
from voices.library.orders import LANGUAGE, NEWEST
from voices.library.search import conditions
from voices.library.search.conditions import active, terms_of
from voices.library.search.query_plan import FetchAndSort, IndexScan, Plan, ScanLimits
from voices.models import Membership, Voice

TRIGRAM, PAIR = 3, 2  # characters: the shortest terms that the two indexes of the text find
SCANNED = 1_500
_UUID_COLUMNS = {"pk", "account", "voice"}


def contains_term(term: str) -> Q:
    """Return the condition that a voice's search text holds the folded term: LIKE is what trigrams answer.

    For a term without a trigram LIKE would read their whole index.
    """
    return Q(search_text__contains=term) if len(term) >= TRIGRAM else conditions.contains(term)


def scanned(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """Return all voices that match."""
    return conditions.apply(Voice.objects.of_team(member.team), member, filters, contains_term)


def matching_among(member: Membership, filters: Filters, ids: Any) -> QuerySet[Voice]:
    """Return those of the voices with these ids that match."""
    return scanned(member, filters).filter(pk__in=ids)


def plans(member: Membership, filters: Filters, limits: ScanLimits) -> Iterator[Plan]:
    """Yield the plans in the order to try them."""
    if _is_covered(filters):
        return
    words = terms_of(filters.query)
    has_trigrams = max(map(len, words), default=0) >= TRIGRAM
    # What trigrams find is read at random, what columns or two letters find in one go: a longer scan is worth it.
    yield IndexScan(limits.for_scan(SCANNED * (2 if has_trigrams else 1)))
    voices = scanned(member, filters)
    for term in _terms_of_filters(filters) if words else ():
        voices = voices.filter(contains_term(term))
    if not has_trigrams:
        for term in words:
            voices = voices.filter(_pair_condition(term))
    yield FetchAndSort(voices)


def _is_covered(filters: Filters) -> bool:
    """Whether an index scan to the end is best, because the sort's index covers all filters.

    Of languages only a single whole one: any of several PostgreSQL does not look for in an index that it scans for
    the sake of its order.
    """
    if filters.query or any(not one.columns for one, values in active(filters) if values):
        return False
    chosen = filters["language"]
    return filters.sort == NEWEST or (filters.sort == LANGUAGE and len(chosen) == 1 and "-" not in chosen[0])


def _terms_of_filters(filters: Filters) -> Iterator[str]:
    """Yield the values that are words of the search text, too: two frequent ones that hardly ever occur together are
    intersected in its index.
    """
    for one, values in active(filters):
        if one.is_in_search_text and len(values) == 1 and values[0] != NONE:
            yield from terms_of(values[0])


def _pair_condition(term: str) -> Q:
    """Return the condition that a term without a trigram is among the text's pairs; a letter of ASCII is everywhere."""
    if len(term) < PAIR and term.isascii():
        return Q()
    return Q(RawSQL("voices_pairs(search_text) @> ARRAY[%s]", [term], BooleanField()))  # fixed text


def read_columns(rows: QuerySet[Any, Any], columns: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return the columns of these rows by name, all in one order; ids as text.

    psycopg would make an object of each id, a fifth of the whole time, and Django a second tuple of each row.
    """
    plain = [Cast(column, TextField()) if column in _UUID_COLUMNS else column for column in columns.values()]
    try:
        sql, params = rows.values_list(*plain).order_by().query.sql_with_params()
    except EmptyResultSet:
        return dict.fromkeys(columns, ())
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    return dict(zip(columns, zip(*found, strict=True), strict=True)) if found else dict.fromkeys(columns, ())
