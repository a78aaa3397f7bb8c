"""The filters, the search and the order requested by a URL, parsed into a clean value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urlencode

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

from voices.library.filters import registry
from voices.library.filters.base import storable
from voices.library.orders import NEWEST, ORDERS

MAX_QUERY = 200  # characters


@dataclass(frozen=True)
class Filters:
    """A search, its filters and its order. Several values of one filter are ORed, different filters ANDed.

    `filters["stage"]` are the chosen values of a filter, () where none is.
    """

    query: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = NEWEST

    @classmethod
    def of(cls, *, query: str = "", sort: str = NEWEST, **chosen: tuple[str, ...]) -> Self:
        """Return the filters with these values, one keyword per filter."""
        return cls(query, {name: values for name, values in chosen.items() if values}, sort)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        if name not in registry.filters():
            raise KeyError(name)
        return self.chosen.get(name, ())

    @property
    def is_plain(self) -> bool:
        """Whether nothing is searched or filtered; the order does not matter."""
        return not self.query and not self.chosen

    def to_query(self) -> str:
        """Return the canonical query string, urlencoded: equal filters give equal ones; "" for the plain library."""
        return urlencode(self.to_pairs())

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the same as names and values, as hidden fields of a form take them."""
        pairs = [("q", self.query)] if self.query else []
        pairs += [(name, value) for name in registry.filters() for value in self.chosen.get(name, ())]
        return pairs + ([("sort", self.sort)] if self.sort != NEWEST else [])

    def having(self, name: str, values: tuple[str, ...]) -> Self:
        """Return the same with these values of one filter."""
        chosen = {other: kept for other, kept in self.chosen.items() if other != name}
        return replace(self, chosen={**chosen, name: values} if values else chosen)

    def without(self, name: str) -> Self:
        """Return the same without that filter, or without the search ("q")."""
        return replace(self, query="") if name == "q" else self.having(name, ())


def parse(params: QueryDict) -> Filters:
    """Return the filters of a URL. Never raise: unknown, invalid or too long values are ignored."""
    parsed = {name: one.parse(params.getlist(name)) for name, one in registry.filters().items()}
    sort = params.get("sort", "")
    return Filters.of(
        query=clean_query(params.get("q", "")), sort=sort if sort in ORDERS else NEWEST, **parsed
    )


def parse_query(query: str) -> Filters:
    """Return the same from a query string that was stored or sent as a field."""
    try:
        return parse(QueryDict(storable(query)))
    except TooManyFieldsSent:
        return Filters()


def clean_query(text: str) -> str:
    """Return a search as a database can take it: no NUL, no lone surrogates, single spaces, at most 200 characters."""
    return " ".join(storable(text[: MAX_QUERY * 4]).split())[:MAX_QUERY].strip()
