"""A filter of the library as one object: how it is named and parsed, what its values mean, how they are counted.

What the chosen values mean is said once, by `Filter.accepted`: the values of the voice's columns that pass. The SQL
condition, the counts in Python and the terms of the search index are all derived from it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Expression, OuterRef, Q, QuerySet

from voices.library.labels import NOT_GIVEN
from voices.models import Membership

ANY = "any"  # as a value: no restriction, where the filter restricts by default
NONE = "none"  # as a value: what Althea left empty
MAX_VALUES = 20  # of one filter: what people choose by hand, and what a database plans well
PRESENT = object()  # in a set of accepted values: anything but NULL
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")  # fits a BIGINT
# The values that pass, by column of a voice; a voice passes by any one of the columns. Empty: every voice passes.
Accepted = Mapping[str, frozenset[Any]]


@dataclass(frozen=True)
class FacetValue:
    """A value of a filter with its count, None before anything is counted; a region stands beneath its language."""

    value: str
    label: str
    count: int | None
    chosen: bool
    flag: str = ""
    is_region: bool = False


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter by a column of a voice; a subclass overrides what differs.

    `name` stands in URLs, `label` on the chip, `position` orders the chips. `any_value` and `any_label` are the choice
    that lifts the filter; `default_label` names what it does while nothing is chosen.
    """

    name: str
    label: str
    position: int
    column: str = ""
    has_own_chip: bool = False  # else it is one of those under "More"
    is_single: bool = False  # one value at a time
    is_personal: bool = False  # its answer differs from person to person, so counts with it are not cached
    is_in_search_text: bool = False  # its value is also a word of the voice's search text
    any_value: str = ""
    any_label: str = ""
    default_label: str = ""

    # --- the URL ---

    def clean(self, value: str) -> str:
        """Return the value as the database can take it; "" for what is no value of this filter."""
        return value

    def parse(self, given: Sequence[str]) -> tuple[str, ...]:
        """Return the good values, each once, in one order whatever the URL's was, at most MAX_VALUES."""
        good: set[str] = set()
        for value in given[-1:] if self.is_single else given:
            if len(good) < MAX_VALUES and (clean := self.clean(value)):
                good.add(clean)
        return (self.any_value,) if self.any_value in good else tuple(sorted(good))

    # --- what the values mean ---

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a voice that the filter compares, which the search index holds."""
        return (self.column,) if self.column else ()

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return what passes the chosen values."""
        return {self.column: frozenset("" if value == NONE else value for value in values)} if values else {}

    def condition(self, values: Sequence[str], member: Membership, *, prefix: str = "") -> Q:
        """Return the SQL condition; `prefix` is put before each column, for aliases that hide it from the planner."""
        condition = Q()
        for column, accepted in self.accepted(values).items():
            condition |= _is_in(f"{prefix}{column}", accepted)
        return condition

    # --- the counts ---

    @property
    def facet(self) -> str | Expression | None:
        """What is read of each voice to count the filter's values; None for a filter without counts."""
        return self.column or None

    def row_of(self, stored: Any) -> Mapping[str, Any]:
        """Return the columns of a voice whose facet was read as `stored`, as `accepted` has their values."""
        return {self.column: stored}

    def value_of(self, stored: Any) -> str:
        """Return the value in URLs for a facet that was read as `stored`."""
        return NONE if stored in {None, ""} else str(stored)

    def passes(self, stored: Any, accepted: Accepted) -> bool:
        """Say whether a voice passes whose facet was read as `stored`."""
        row = self.row_of(stored)
        return any(row[column] in values for column, values in accepted.items())

    def roll_up(self, counts: Counter[Any]) -> Counter[Any]:
        """Add the counts of values that hold others, as a language holds its regions."""
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
        """Return what is filtered by, as a sentence names it."""
        return f"{self.label}: {' or '.join(labels)}"

    # --- the search index (SQLite's FTS5) ---

    def index_sql(self, row: str, columns: Mapping[str, str]) -> dict[str, str]:
        """Return the SQL of what the index holds, by column; `columns` are the columns' names in the database."""
        return {column: f"coalesce({row}.{columns[column]}, '')" for column in self.columns}

    def index_terms(self, values: Sequence[str]) -> Accepted:
        """Return what to look for in the index, as text by column; {} where that would narrow nothing."""
        if not values or self.any_value in values:
            return {}
        accepted = self.accepted(values)
        return {
            column: frozenset("" if one is None else str(one) for one in accepted[column])
            for column in accepted
        }


def _is_in(column: str, accepted: frozenset[Any]) -> Q:
    """Return the condition that a column holds one of these values, NULL and PRESENT among them."""
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
    """A filter that hides some of its choices until somebody asks for them; ANY lifts it.

    `shown_by_default` names the others one by one, not as "other than the hidden ones": an index can serve it.
    `hidden_label` ends the sentence that tells how many are hidden.
    """

    shown_by_default: frozenset[str]
    hidden_label: str
    any_value: str = ANY

    def clean(self, value: str) -> str:
        """Return a choice, or ANY."""
        return value if value == ANY else super().clean(value)

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return the chosen values, those shown by default where none is."""
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

    `rows` are those that the chosen values mean, each with its `voice_id`; `pairs` are all of the team, and
    `pair_column` the column that is counted, where values are counted at all.
    """

    rows: Callable[[Sequence[str], Membership], QuerySet[Any]]
    pairs: Callable[[Membership], QuerySet[Any]] | None = None
    pair_column: str = ""

    def condition(self, values: Sequence[str], member: Membership, *, prefix: str = "") -> Q:
        """Return the condition that one of the rows names the voice."""
        return Q(Exists(self.rows(values, member).filter(voice=OuterRef("pk")))) if values else Q()

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return nothing: no column of the voice says it."""
        return {}


def clean_number(value: str) -> str:
    """Return the text if it can be a row's number; else ""."""
    return value if _NUMBER.fullmatch(value) else ""


def is_storable(text: str) -> bool:
    """Say whether a database can store the text as it is: no NUL, no lone surrogate."""
    return storable(text) == text


def storable(text: str) -> str:
    """Return the text with spaces for NULs and without lone surrogates."""
    return text.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8")
