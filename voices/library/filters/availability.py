"""Filter by whether Althea still has a voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Expression, ExpressionWrapper, Q

from voices.library.filters.base import PRESENT, Accepted, ChoiceFilter

HERE, GONE = "here", "gone"
_INDEX_TERM = "1"  # of a voice that is gone


@dataclass(frozen=True, kw_only=True)
class AvailabilityFilter(ChoiceFilter):
    """A filter by a moment that is NULL while Althea has the voice."""

    def accepted(self, values: Sequence[str]) -> Accepted:
        """Return NULL for voices that are there, any moment for those that are gone."""
        accepted = frozenset({HERE: None, GONE: PRESENT}[value] for value in values)
        return {self.column: accepted} if accepted else {}

    @property
    def facet(self) -> str | Expression | None:
        """Whether the voice is there, a smaller thing to read than the moment."""
        return ExpressionWrapper(Q(**{f"{self.column}__isnull": True}), output_field=BooleanField())

    def row_of(self, stored: Any) -> Mapping[str, Any]:
        """Return NULL for a voice that is there."""
        return {self.column: None if stored else PRESENT}

    def value_of(self, stored: Any) -> str:
        """Return HERE or GONE."""
        return HERE if stored else GONE

    def index_sql(self, row: str, columns: Mapping[str, str]) -> dict[str, str]:
        """Return 1 for a voice that is gone, 0 for others."""
        return {self.column: f"({row}.{columns[self.column]} IS NOT NULL)"}

    def index_terms(self, values: Sequence[str]) -> Accepted:
        """Return the term of voices that are gone; nearly all others are there: their list would narrow nothing."""
        return {self.column: frozenset({_INDEX_TERM})} if tuple(values) == (GONE,) else {}


FILTER = AvailabilityFilter(
    name="gone", label="At Althea", position=100, column="gone_at", is_single=True, any_label="All",
    choices={HERE: "Available at Althea", GONE: "Missing at Althea"},
)  # fmt: skip
