"""What a search and its filters ask of SQLite's index (models/text_index.py): lists of rows that FTS5 meets in each
other, 100,000 voices of a language with those of a provider in a millisecond.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db import connection

from voices.library.filters import ANY, GONE, NONE, Filters
from voices.library.search import languages_of, words_of
from voices.models import Membership
from voices.models.search_index import MARKS, TRIGRAM, mark

MAX_TERMS = 200  # begun by one short word: FTS5 takes 256 side by side
# Numbers first, by the index, as many as are wanted; the words themselves are then compared with the text.
_BY_INDEX = (
    "SELECT voice_id FROM voices_text CROSS JOIN voices_text_row ON number = voices_text.rowid"
    " WHERE voices_text MATCH %s AND"
)


class Query(NamedTuple):
    """A statement and its parameters."""

    sql: str
    values: list[str]
    match: str = ""  # what the index is asked; "" where it cannot be


def of(member: Membership, filters: Filters) -> Query | None:
    """The statement that finds the ids of a superset of what matches; None where the index knows nothing of what is
    asked, as of tags and favourites.
    """
    words = words_of(filters.query)
    terms = [*_terms(words), *_marks(filters)]
    if not terms and not words:
        return None
    team = member.team_id.hex
    wanted = " AND ".join(["team_id = %s", *("instr(voices_text_row.text, %s) > 0" for _ in words)])
    if not terms:
        return Query(f"SELECT voice_id FROM voices_text_row WHERE {wanted}", [team, *words])  # noqa: S608  # ours
    match = " AND ".join([f"team : {_quoted(team[:TRIGRAM])}", *terms])
    return Query(f"{_BY_INDEX} {wanted}", [match, team, *words], match)


def count(query: Query, limit: int) -> int:
    """How many it finds, at most so many; by the index alone, where it can be asked, which counts some more."""
    sql, values = query.sql, query.values
    if query.match:
        sql, values = "SELECT 1 FROM voices_text WHERE voices_text MATCH %s", [query.match]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} LIMIT %s)", [*values, limit])  # noqa: S608  # fixed text
        return int(cursor.fetchone()[0])


def _terms(words: list[str]) -> Iterator[str]:
    """The trigrams of all longer words; where there is none, what the first short one begins."""
    trigrams = {word[at : at + TRIGRAM] for word in words for at in range(len(word) - TRIGRAM + 1)}
    yield from (f"text : {_quoted(one)}" for one in sorted(trigrams))
    # A single letter of ASCII is everywhere.
    short = [word for word in words if len(word) > 1 or not word.isascii()]
    if short and not trigrams and len(begun := _begun_by(short[0])) <= MAX_TERMS:
        yield f"text : {_any_of(begun)}"


def _begun_by(word: str) -> list[str]:
    """The index's terms that begin so, at least one: each text ends in two characters more."""
    with connection.cursor() as cursor:
        sql = "SELECT term FROM voices_text_terms WHERE term >= %s AND term < %s LIMIT %s"
        cursor.execute(sql, [word, word + chr(0x10FFFF), MAX_TERMS + 1])
        return [term for (term,) in cursor.fetchall()] or [f"{word}\n\n"[:TRIGRAM]]


def _marks(filters: Filters) -> Iterator[str]:
    if filters.language:
        whole, exact = languages_of(filters.language)
        told = {"language": whole, "region": exact}
        yield f"({' OR '.join(_marked(name, values) for name, values in told.items() if values)})"
    for name in sorted(set(MARKS) - {"language", "region", "gone"}):
        values = filters.values(name)
        if values and values != (ANY,):
            yield _marked(name, ("" if value == NONE else value for value in values))
    # Nearly all voices are there: their list would be read for nothing.
    if filters.gone == GONE:
        yield _marked("gone", ["1"])


def _marked(name: str, values: Iterable[str]) -> str:
    return f"{name} : {_any_of({mark(value) for value in values})}"


def _any_of(terms: Iterable[str]) -> str:
    return f"({' OR '.join(map(_quoted, sorted(terms)))})"


def _quoted(text: str) -> str:
    """A string of FTS5's query language, whatever is in it."""
    return '"' + text.replace('"', '""') + '"'
