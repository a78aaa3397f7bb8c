"""The counts beside each filter's values, and the total, cached until the library changes (faceted search).

The count of a value is the number of voices with it that match all *other* filters.
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import compress
from operator import and_
from typing import Any

from django.core.cache import cache

from voices.library.filters import FacetValue, Filter, Filters, all_filters
from voices.library.filters.base import HidingFilter, RelationFilter
from voices.library.filters.registry import relation_filters
from voices.library.orders import NEWEST
from voices.library.search import matching, matching_among, read_columns
from voices.models import Favourite, Membership

CACHED_SECONDS = 3_600
MAX_COUNTED = 200  # values per filter: owners may be thousands, and their names are looked up
MAX_FAVOURITES = 5_000
MAX_SHOWN = 120  # values of one filter; a longer list is searched, not read
Column = Sequence[Any]
Mask = list[bool]
Counts = Mapping[str, Counter[Any]]


@dataclass(frozen=True)
class Facet:
    """A filter with its values in the order of the page. `is_any`: the choice that lifts it is selected."""

    name: str
    values: tuple[FacetValue, ...]
    is_any: bool
    default_label: str  # the filter's default; "" if a value is chosen

    @property
    def filter(self) -> Filter:
        """The filter itself."""
        return all_filters()[self.name]

    @property
    def label(self) -> str:
        """The filter's name on the page."""
        return self.filter.label

    @property
    def chosen(self) -> tuple[FacetValue, ...]:
        """The chosen values."""
        return tuple(value for value in self.values if value.chosen)


@dataclass(frozen=True)
class Hidden:
    """The number of voices that a filter hides by default, their label, and the `query` that includes them."""

    count: int
    label: str
    query: str


@dataclass(frozen=True)
class Facets:
    """All filters, the number of matching voices, and what filters hide by default."""

    total: int | None
    groups: tuple[Facet, ...]
    favourites: int | None = None
    hidden: tuple["Hidden", ...] = ()


def facets(member: Membership, filters: Filters) -> Facets:
    """Return every filter's values with their counts, from the cache unless the team's library has changed."""
    # Personal data changes without the library: it is always counted, and small.
    is_personal = any(one.is_personal and filters[name] for name, one in all_filters().items())
    key = "" if is_personal else _cache_key(member, filters)
    found: Facets | None = cache.get(key) if key else None
    if found is None:
        with _without_garbage_collection():
            found = _count(member, filters)
        if key:
            cache.set(key, found, CACHED_SECONDS)
    return replace(found, favourites=_favourites(member, filters))


def chosen_only(member: Membership, filters: Filters) -> Facets:
    """Return the filters with only their chosen values and no counts, which a page can show at once."""
    groups = _groups(member, filters, {})
    bare = tuple(
        replace(group, values=tuple(replace(value, count=None) for value in group.values)) for group in groups
    )
    return Facets(None, bare)


def chip_texts(member: Membership, filters: Filters) -> dict[str, str]:
    """Return the chosen values as text, by the filter's name."""
    labels = {
        group.name: [value.label for value in group.chosen] for group in chosen_only(member, filters).groups
    }
    return {
        name: one.chip_text(labels.get(name, []))
        for name, one in all_filters().items()
        if labels.get(name) or (filters[name] and name not in labels)
    }


def _favourites(member: Membership, filters: Filters) -> int:
    mine = Favourite.objects.filter(user=member.user).values_list("voice", flat=True)
    # By id: otherwise every matching voice would be tested for being a favourite.
    return matching_among(member, filters, list(mine[:MAX_FAVOURITES])).count()


def _cache_key(member: Membership, filters: Filters) -> str:
    query = replace(filters, sort=NEWEST).to_query()
    digest = hashlib.sha256(query.encode()).hexdigest()[:32]
    return f"facets:{member.team_id}:{member.team.library_revision}:{digest}"


# --- counting ----------------------------------------------------------------------------------------


def _count(member: Membership, filters: Filters) -> Facets:
    columns = {name: one.facet for name, one in all_filters().items() if one.facet}
    read = read_columns(matching(member, _in_sql(filters)), {"id": "pk", **columns})
    ids, pairs = read.pop("id"), _pairs(member)
    masks = {
        name: mask for name, column in read.items() if (mask := _mask(filters, name, column)) is not None
    }
    for name, pair in pairs.items():
        if filters[name]:
            chosen = {voice for value, voice in zip(*pair, strict=True) if str(value) in filters[name]}
            masks[name] = [voice in chosen for voice in ids]
    # Most filters restrict nothing, so they share the mask of all others.
    every = _all_but(masks, "")
    left = {name: _all_but(masks, name) if name in masks else every for name in [*read, *pairs]}
    counts: dict[str, Counter[Any]] = {}
    for name, column in read.items():
        stored = Counter(column if (mask := left[name]) is None else compress(column, mask))
        counts[name] = all_filters()[name].roll_up(stored)
    for name, (values, voices) in pairs.items():
        # A chosen value does not restrict the other values of its filter, as several are ORed.
        known = set(ids if (mask := left[name]) is None else compress(ids, mask))
        counts[name] = Counter(compress(values, [voice in known for voice in voices]))
    total = len(ids) if every is None else sum(every)
    return Facets(total, _groups(member, filters, counts), hidden=_hidden(filters, counts))


def _in_sql(filters: Filters) -> Filters:
    """Return the filters that no column answers, to apply them in SQL; what filters hide by default is counted."""
    chosen = {
        name: (one.any_value,) if one.any_value else filters[name]
        for name, one in all_filters().items()
        if one.any_value or not (one.facet or _is_paired(one))
    }
    return Filters(filters.query, {name: values for name, values in chosen.items() if values})


def _is_paired(one: Filter) -> bool:
    return isinstance(one, RelationFilter) and one.pairs is not None


def _pairs(member: Membership) -> dict[str, tuple[Column, Column]]:
    """Return the values and voice ids of each filter that another table answers, by the filter's name."""
    found = {}
    for one in relation_filters():
        if one.pairs is not None:
            read = read_columns(one.pairs(member), {"value": one.pair_column, "voice": "voice"})
            found[one.name] = (read["value"], read["voice"])
    return found


def _mask(filters: Filters, name: str, column: Column) -> Mask | None:
    """Return the mask of rows that pass this filter; None if it restricts nothing."""
    one = all_filters()[name]
    if not (accepted := one.accepted(filters[name])):
        return None
    # Each distinct value is tested once.
    good = {stored for stored in set(column) if one.passes(stored, accepted)}
    return [stored in good for stored in column]


def _all_but(masks: Mapping[str, Mask], name: str) -> Mask | None:
    """Return the mask of rows that pass all filters but this one; None for all rows."""
    others = [mask for other, mask in masks.items() if other != name]
    return reduce(lambda one, other: list(map(and_, one, other)), others) if others else None


def _hidden(filters: Filters, counts: Counts) -> tuple[Hidden, ...]:
    """Return how many voices each filter hides by default."""
    hiding = (
        one for one in all_filters().values() if isinstance(one, HidingFilter) and not filters[one.name]
    )
    found = []
    for one in hiding:
        accepted = one.accepted(())
        count = sum(number for stored, number in counts[one.name].items() if not one.passes(stored, accepted))
        if count:
            found.append(Hidden(count, one.hidden_label, f"{one.name}={one.any_value}"))
    return tuple(found)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector, which would rescan all objects for a million new ones (0.12 s)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# --- what the page shows -----------------------------------------------------------------------------


def _groups(member: Membership, filters: Filters, counts: Counts) -> tuple[Facet, ...]:
    return tuple(
        _group(one, filters[name], _values(member, one, filters[name], counts.get(name, Counter())))
        for name, one in all_filters().items()
        if one.facet or _is_paired(one)
    )


def _group(one: Filter, chosen: Sequence[str], values: tuple[FacetValue, ...]) -> Facet:
    is_any = one.any_value in chosen if one.any_value else not chosen
    return Facet(one.name, values, is_any, "" if chosen else one.default_label)


def _values(
    member: Membership, one: Filter, chosen: Sequence[str], counts: Counter[Any]
) -> tuple[FacetValue, ...]:
    known = dict.fromkeys((value for value in chosen if value != one.any_value), 0)
    known |= {one.value_of(stored): count for stored, count in counts.most_common(MAX_COUNTED)}
    labels = one.labels(member, list(known), [value for value, count in known.items() if count])
    values = [
        one.facet_value(value, labels[value], count, chosen=value in chosen)
        for value, count in known.items()
        if value in labels
    ]
    ranked = sorted(values, key=lambda value: (-(value.count or 0), value.label))
    return tuple(one.arrange(ranked[:MAX_SHOWN]))
