"""Querysets for filters: the voices that match, in SQL that works on every database."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from voices.library.filters import Filters
from voices.library.filters.base import Filter, RelationFilter
from voices.library.filters.registry import filters as all_filters
from voices.models import Membership, Voice, fold

NO_INDEX = "no_index_"  # prefix of aliases that hide a column from the planner
ContainsTerm = Callable[[str], Q]


class NoIndex(Func):
    """A column that no index serves: SQLite's unary plus (sqlite.org/queryplanner, "disqualifying terms")."""

    template = "+%(expressions)s"
    arity = 1


def apply(
    voices: QuerySet[Voice],
    member: Membership,
    filters: Filters,
    contains_term: ContainsTerm,
    *,
    prefix: str = "",
) -> QuerySet[Voice]:
    """Return those of the voices that match; columns are compared under `prefix`, an alias of each."""
    for one, values in active(filters):
        voices = voices.filter(one.condition(values, member, prefix=prefix))
    for term in terms_of(filters.query):
        voices = voices.filter(contains_term(term))
    return voices


def apply_without_index(
    voices: QuerySet[Voice], member: Membership, filters: Filters, contains_term: ContainsTerm
) -> QuerySet[Voice]:
    """Return the same by conditions that no index serves, so that the planner keeps to the scan that was chosen."""
    columns = {column for one, values in active(filters) for column in one.accepted(values)}
    hidden: Mapping[str, Any] = {f"{NO_INDEX}{column}": NoIndex(F(column)) for column in sorted(columns)}
    return apply(voices.alias(**hidden), member, filters, contains_term, prefix=NO_INDEX)


def active(filters: Filters) -> Iterator[tuple[Filter, tuple[str, ...]]]:
    """Yield every filter with its chosen values; one that restricts by default needs none."""
    for name, one in all_filters().items():
        yield one, filters[name]


def related(member: Membership, filters: Filters) -> Iterator[QuerySet[Any]]:
    """Yield the voice ids of each chosen filter that another table answers; they are usually few."""
    for one, values in active(filters):
        if isinstance(one, RelationFilter) and values:
            yield one.rows(values, member).values_list("voice", flat=True)


def contains(term: str) -> Q:
    """Return the condition that a voice's search text holds the folded term: instr() on SQLite, strpos() elsewhere."""
    return Q(GreaterThan(StrIndex(F("search_text"), Value(term)), 0))


def terms_of(query: str) -> list[str]:
    """Return the folded words of a search, longest first, without those that others contain."""
    terms: list[str] = []
    for word in sorted(set(fold(query).split()), key=lambda word: (-len(word), word)):
        if not any(word in longer for longer in terms):
            terms.append(word)
    return terms
