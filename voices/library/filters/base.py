"""A filter of the library as one object: its name, how its values are parsed, what they mean, how they are counted.

`Filter.accepted` alone defines the meaning of the chosen values: the values of a voice's columns that pass. The SQL
condition, the counts in Python and the terms of the search index are derived from it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Expression, OuterRef, Q, QuerySet

from voices.library.labels import NOT_GIVEN
from voices.models import Membership

ANY = "any"  # a value: no restriction, for a filter that restricts by default
NONE = "none"  # a value: voices for which Althea gives none
MAX_VALUES = 20  # per filter: enough to choose by hand, and few enough for query planners
PRESENT = object()  # in a set of accepted values: anything but NULL
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")  # fits a BIGINT
# The values that pass, by column of a voice; a voice passes by any one of the columns. Empty: every voice passes.
Accepted = Mapping[str, frozenset[Any]]


@dataclass(frozen=True)
class FacetValue:
    """A value of a filter with its count, None before counting; a region is listed beneath its language."""

    value: str
    label: str
    count: int | None
    chosen: bool
    flag: str = ""
    is_region: bool = False


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter by a column of a voice; a subclass overrides what differs.

    `name` is used in URLs, `label` on the chip, `position` orders the chips. `any_value` and `any_label` are the choice
    that lifts the filter; `default_label` describes its default.
    """

    name: str
    label: str
    position: int
    column: str = ""
    has_own_chip: bool = False  # otherwise it is under "More"
    is_single: bool = False  # one value at a time
    is_personal: bool = False  # its result differs by person, so counts with it are not cached
    is_in_search_text: bool = False  # its value is also a word of the voice's search text
    any_value: str = ""
    any_label: str = ""
    default_label: str = ""

    # --- the URL ---

    def clean(self, value: str) -> str:
        """Return the value in the form of the database; "" if it is not a value of this filter."""
        return value

    def parse(self, given: Sequence[str]) -> tuple[str, ...]:
        """Return the valid values without duplicates, in canonical order, at most MAX_VALUES."""
        good: set[str] = set()
        for value in given[-1:] if self.is_single else given:
            if len(good) < MAX_VALUES and (clean := self.clean(value)):
                good.add(clean)
        return (self.any_value,) if self.any_value in good else tuple(sorted(good))

    # --- what the values mean ---

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a voice that the filter compares, which the search index contains."""
        return (self.column,) if self.column else ()

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the column values that pass the chosen values."""
        return {self.column: frozenset("" if value == NONE else value for value in values)} if values else {}

    def condition(self, values: Sequence[str], member: Membership, *, prefix: str = "") -> Q:
        """Return the SQL condition; `prefix` precedes each column, for aliases that hide it from the planner."""
        condition = Q()
        for column, accepted in self.accepted(values).items():
            condition |= _is_in(f"{prefix}{column}", accepted)
        return condition

    # --- the counts ---

    @property
    def facet(self) -> str | Expression | None:
        """The expression read from each voice to count the filter's values; None for a filter without counts."""
        return self.column or None

    def row_of(self, stored: Any) -> Mapping[str, Any]:
        """Return the column values, as in `accepted`, of a voice whose facet was read as `stored`."""
        return {self.column: stored}

    def value_of(self, stored: Any) -> str:
        """Return the URL value for a facet that was read as `stored`."""
        return NONE if stored in {None, ""} else str(stored)

    def passes(self, stored: Any, accepted: Accepted) -> bool:
        """Whether a voice passes whose facet was read as `stored`."""
        row = self.row_of(stored)
        return any(row[column] in values for column, values in accepted.items())

    def roll_up(self, counts: Counter[Any]) -> Counter[Any]:
        """Add the counts of values that include others, as a language includes its regions."""
        return counts

    # --- the page ---

    def labels(self, member: Membership, values: Sequence[str], counted: Sequence[str]) -> dict[str, str]:
        """Return the values' labels; a value without one is not shown.

        `counted` are those of `values` that voices of the team have: others may be anybody's.
        """
        return {value: self.label_of(value) for value in values}

    def label_of(self, value: str) -> str:
        """Return the label of a value that needs no query."""
        return NOT_GIVEN if value in {"", NONE} else value

    def facet_value(self, value: str, label: str, count: int | None, *, chosen: bool) -> FacetValue:
        """Return the value as the page shows it."""
        return FacetValue(value, label, count, chosen)

    def arrange(self, values: list[FacetValue]) -> Iterable[FacetValue]:
        """Return the values, most frequent first, in the order of the page."""
        return values

    def chip_text(self, labels: Sequence[str]) -> str:
        """Return the chosen values as text for a sentence."""
        return f"{self.label}: {' or '.join(labels)}"

    # --- the search index (SQLite's FTS5) ---

    def index_sql(self, row: str, columns: Mapping[str, str]) -> dict[str, str]:
        """Return the SQL of the index's content, by column; `columns` are the columns' names in the database."""
        return {column: f"coalesce({row}.{columns[column]}, '')" for column in self.columns}

    def index_terms(self, values: Sequence[str]) -> Accepted:
        """Return the terms to look up in the index, by column; {} if that would exclude too little."""
        if not values or self.any_value in values:
            return {}
        accepted = self.accepted(values)
        return {
            column: frozenset("" if one is None else str(one) for one in accepted[column])
            for column in accepted
        }


def _is_in(column: str, accepted: frozenset[Any]) -> Q:
    """Return the condition that a column has one of these values, which may include NULL and PRESENT."""
    plain = accepted - {None, PRESENT}
    condition = Q(**{f"{column}__in": sorted(plain)}) if plain else Q()
    for value, is_null in ((None, True), (PRESENT, False)):
        if value in accepted:
            condition |= Q(**{f"{column}__isnull": is_null})
    return condition


@dataclass(frozen=True, kw_only=True)
class TextFilter(Filter):
    """A filter by a column of any short texts."""

    max_length: int
    choices: Mapping[str, str] | None = None  # labels of the values that have one

    def clean(self, value: str) -> str:
        """Return the text if a database can store it and the column can hold it."""
        return value if len(value) <= self.max_length and is_storable(value) else ""

    def label_of(self, value: str) -> str:
        """Return the value's label, else the value itself."""
        return (self.choices or {}).get(value) or super().label_of(value)


@dataclass(frozen=True, kw_only=True)
class ChoiceFilter(Filter):
    """A filter by a column with few, known values."""

    choices: Mapping[str, str]

    def clean(self, value: str) -> str:
        """Return the value if it is one of the choices."""
        return value if value in self.choices else ""

    def label_of(self, value: str) -> str:
        """Return the choice's label."""
        return self.choices.get(value) or super().label_of(value)


@dataclass(frozen=True, kw_only=True)
class HidingFilter(ChoiceFilter):
    """A filter that hides some of its choices by default; ANY lifts it.

    `shown_by_default` lists the others explicitly, not as "all but the hidden ones", so that an index can serve it.
    `hidden_label` ends the sentence with the number of hidden voices.
    """

    shown_by_default: frozenset[str]
    hidden_label: str
    any_value: str = ANY

    def clean(self, value: str) -> str:
        """Return a choice, or ANY."""
        return value if value == ANY else super().clean(value)

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the chosen values, or those shown by default if there are none."""
        if ANY in values:
            return {}
        return {self.column: frozenset(values) or self.shown_by_default}

    def arrange(self, values: list[FacetValue]) -> Iterable[FacetValue]:
        """Return the values in the order of the choices."""
        places = {choice: place for place, choice in enumerate(self.choices)}
        return sorted(values, key=lambda value: places.get(value.value, len(places)))


@dataclass(frozen=True, kw_only=True)
class RelationFilter(Filter):
    """A filter by rows of another table that name the voice.

    `rows` returns those of the chosen values, each with its `voice_id`. If values are counted, `pairs` returns all rows
    of the team, and `pair_column` is the column to count.
    """

    rows: Callable[[Sequence[str], Membership], QuerySet[Any]]
    pairs: Callable[[Membership], QuerySet[Any]] | None = None
    pair_column: str = ""

    def condition(self, values: Sequence[str], member: Membership, *, prefix: str = "") -> Q:
        """Return the condition that one of the rows names the voice."""
        return Q(Exists(self.rows(values, member).filter(voice=OuterRef("pk")))) if values else Q()

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return {}: no column of the voice decides it."""
        return {}


def clean_number(value: str) -> str:
    """Return the text if it can be a row's integer id; else ""."""
    return value if _NUMBER.fullmatch(value) else ""


def is_storable(text: str) -> bool:
    """Whether a database can store the text: it has no NUL and no lone surrogate."""
    return storable(text) == text


def storable(text: str) -> str:
    """Return the text with spaces for NULs and without lone surrogates."""
    return text.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8")
