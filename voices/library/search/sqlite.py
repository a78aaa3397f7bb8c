"""Finding voices on SQLite, by a full-text index (FTS5, see sqlite_index) that holds the filters' values, too.

FTS5 intersects posting lists: 100,000 voices of a language with those of a provider in a millisecond or two, and counts
the result as quickly. So the number of candidates is known before a plan is chosen, and few plans are tried in vain.
SQLite has no statistics here (nobody runs ANALYZE) and guesses which index is best; measured, a third of random pages
took over 60 ms by its guess. The queries leave it no choice: conditions are hidden from other indexes (`NoIndex`), and
candidate sets are subqueries of ids.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Aggregate, F, QuerySet, TextField
from django.db.models.expressions import RawSQL

from voices.library.filters import Filters
from voices.library.orders import LANGUAGE, NEWEST
from voices.library.search import conditions
from voices.library.search.conditions import NoIndex, active, related, terms_of
from voices.library.search.query_plan import FetchAndSort, FilteredScan, IndexScan, Plan, ScanLimits
from voices.library.search.sqlite_index import TRIGRAM, facet_term
from voices.models import Membership, Voice

SMALL_RESULT = 3_000  # fetched and sorted as quickly as an index scan finds a page of them
SCANNED = 2_000
# In an index that holds all that is asked, no row is read for the voices that do not match.
SCANNED_IN_COVERING_INDEX = 5_000
MAX_TERMS = 200  # that one short word begins: FTS5 takes 256 alternatives
COVERING_INDEX = "newest_with_facets"
# The index first (CROSS JOIN keeps the order), as many entries as are wanted; then the terms themselves are compared
# with the text, since trigrams that occur need not be neighbours.
_BY_INDEX = (
    "SELECT voice_id FROM voices_text CROSS JOIN voices_text_row ON number = voices_text.rowid"
    " WHERE voices_text MATCH %s AND"
)


# instr() takes a third of the time of LIKE, which compares letter by letter.
contains_term = conditions.contains


def scanned(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """Return all voices that match, for an index scan: the planner may pick no other index."""
    return _without_index(Voice.objects.of_team(member.team), member, filters)


def matching_among(member: Membership, filters: Filters, ids: Any) -> QuerySet[Voice]:
    """Return those of the voices with these ids that match; no others are read."""
    voices = Voice.objects.filter(pk__in=ids).alias(no_index_team=NoIndex(F("team")))
    return _without_index(voices.filter(no_index_team=member.team_id, deleted_at=None), member, filters)


def _without_index(voices: QuerySet[Voice], member: Membership, filters: Filters) -> QuerySet[Voice]:
    return conditions.apply_without_index(voices, member, filters, contains_term)


# --- plans -------------------------------------------------------------------------------------------


def plans(member: Membership, filters: Filters, limits: ScanLimits) -> Iterator[Plan]:
    """Yield the plans in the order to try them."""
    is_covered = _is_covered(filters)
    if is_covered and filters.sort == NEWEST:
        yield IndexScan(limits.for_scan(SCANNED_IN_COVERING_INDEX))
    candidates, count = _few_candidates(member, filters, limits.candidates)
    if candidates and count <= limits.for_scan(SMALL_RESULT):
        yield candidates
    if not is_covered:
        yield IndexScan(limits.for_scan(SCANNED))
        yield candidates or _filtered_scan(member, filters)
    elif candidates and filters.sort == NEWEST:
        yield candidates


def _is_covered(filters: Filters) -> bool:
    """Whether the sort's index covers all filters: the newest-first one all columns, the language one its own."""
    if filters.query or any(not one.columns for one, values in active(filters) if values):
        return False
    if filters.sort == NEWEST:
        covered = next(index.fields for index in Voice._meta.indexes if index.name == COVERING_INDEX)
        return all(set(one.accepted(values)) <= set(covered) for one, values in active(filters))
    return filters.sort == LANGUAGE and bool(filters["language"])


def _few_candidates(member: Membership, filters: Filters, limit: int) -> tuple[FetchAndSort | None, int]:
    """Return candidates by one condition that at most so many voices meet, and their count; None without any."""
    for ids in related(member, filters):
        if (count := ids[: limit + 1].count()) <= limit:
            return FetchAndSort(matching_among(member, filters, ids)), count
    query = index_query(member, filters)
    if query and (count := count_in_index(query, limit + 1)) <= limit:
        return FetchAndSort(matching_among(member, filters, RawSQL(query.sql, query.params))), count  # noqa: S611  # fixed text
    return None, 0


def _filtered_scan(member: Membership, filters: Filters) -> FilteredScan:
    """By ids, not row by row: else every voice before the first match would be read, all names before Zoe."""
    voices = scanned(member, filters).alias(no_index_id=NoIndex(F("pk")))
    if query := index_query(member, filters):
        voices = voices.filter(no_index_id__in=RawSQL(query.sql, query.params))  # noqa: S611  # fixed text
    for ids in related(member, filters):
        voices = voices.filter(no_index_id__in=ids.values("voice"))
    return FilteredScan(voices)


# --- the query of the full-text index ----------------------------------------------------------------


class IndexQuery(NamedTuple):
    """A statement that finds ids, with its parameters; `match` is the FTS5 expression, "" where it has none."""

    sql: str
    params: list[str]
    match: str = ""


def index_query(member: Membership, filters: Filters) -> IndexQuery | None:
    """Return the statement for a superset of what matches; None where the index knows nothing of what is asked."""
    words = terms_of(filters.query)
    expressions = [*_text_terms(words), *_facet_terms(filters)]
    if not expressions and not words:
        return None
    team = member.team_id.hex
    where = " AND ".join(["team_id = %s", *("instr(voices_text_row.text, %s) > 0" for _ in words)])
    if not expressions:
        return IndexQuery(f"SELECT voice_id FROM voices_text_row WHERE {where}", [team, *words])  # noqa: S608  # ours
    match = " AND ".join([f"team : {_quote(team[:TRIGRAM])}", *expressions])
    return IndexQuery(f"{_BY_INDEX} {where}", [match, team, *words], match)


def count_in_index(query: IndexQuery, limit: int) -> int:
    """Count what the statement finds, up to the limit; by the posting lists alone where it has them, an upper bound."""
    sql, params = query.sql, query.params
    if query.match:
        sql, params = "SELECT 1 FROM voices_text WHERE voices_text MATCH %s", [query.match]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} LIMIT %s)", [*params, limit])  # noqa: S608  # fixed text
        return int(cursor.fetchone()[0])


def _text_terms(words: list[str]) -> Iterator[str]:
    """Yield the trigrams of all longer words; where there is none, the terms that the first short word begins."""
    trigrams = {word[at : at + TRIGRAM] for word in words for at in range(len(word) - TRIGRAM + 1)}
    yield from (f"text : {_quote(one)}" for one in sorted(trigrams))
    # A single letter of ASCII is everywhere.
    short = [word for word in words if len(word) > 1 or not word.isascii()]
    if short and not trigrams and len(terms := _terms_with_prefix(short[0])) <= MAX_TERMS:
        yield f"text : {_any_of(terms)}"


def _terms_with_prefix(prefix: str) -> list[str]:
    """Return the index's terms with that prefix, at least one: each text ends in two characters more."""
    with connection.cursor() as cursor:
        sql = "SELECT term FROM voices_text_terms WHERE term >= %s AND term < %s LIMIT %s"
        cursor.execute(sql, [prefix, prefix + chr(0x10FFFF), MAX_TERMS + 1])
        return [term for (term,) in cursor.fetchall()] or [f"{prefix}\n\n"[:TRIGRAM]]


def _facet_terms(filters: Filters) -> Iterator[str]:
    for one, values in active(filters):
        columns = [
            f"{column} : {_any_of({facet_term(value) for value in accepted})}"
            for column, accepted in sorted(one.index_terms(values).items())
        ]
        if columns:
            yield f"({' OR '.join(columns)})"


def _any_of(terms: Iterable[str]) -> str:
    return f"({' OR '.join(map(_quote, sorted(terms)))})"


def _quote(text: str) -> str:
    """Return a string of FTS5's query language, whatever is in it."""
    return '"' + text.replace('"', '""') + '"'


# --- reading columns ---------------------------------------------------------------------------------


class _JsonList(Aggregate):
    """A column of all rows as the text of one JSON list."""

    function = "json_group_array"
    output_field = TextField()


def read_columns(rows: QuerySet[Any, Any], columns: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return the columns of these rows by name, all in one order; ids as text.

    As JSON lists: 100,000 rows in 0.15 s where tuples take 0.2, and other threads run meanwhile. GROUP BY takes five
    times as long.
    """
    lists = rows.aggregate(**{f"all_{name}": _JsonList(column) for name, column in columns.items()})
    return {name: json.loads(lists[f"all_{name}"] or "[]") for name in columns}
