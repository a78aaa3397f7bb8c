"""The counts beside each filter's values, and the total: one reading of the columns, kept until a change.

Beside a value stands how many voices there would be with it and all *other* filters, as people expect of shops.
"""

import gc
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import compress
from operator import and_
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Aggregate,
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast

from voices.library import labels as words
from voices.library.filters import ANY, GONE, HERE, NONE, Filters
from voices.library.search import among, matching
from voices.models import AltheaAccount, Favourite, Membership, Stage, Tag, Tagging, User, Voice

# A filter's name and the column that answers it. On SQLite each is read as one JSON list: 100,000 rows in 0.15 s
# where tuples take 0.2, and other threads run meanwhile; grouping there takes five times as long.
COLUMNS = {
    "id": "pk", "language": "primary_language", "provider": "provider", "ownership": "ownership",
    "billing": "billing_style", "stage": "stage", "owner": "added_by", "account": "account", "health": "health",
    "gone": "is_here",
}  # fmt: skip
IDS = {"pk", "account", "voice"}
KEPT_SECONDS = 3_600
MAX_COUNTED = 200  # a filter may have thousands of values (owners): their names are looked up
MAX_FAVOURITES = 5_000
MAX_SHOWN = 60  # values of one filter; a longer list is searched, not read
Column = Sequence[Any]
Counts = dict[str, Counter[str]]


@dataclass(frozen=True)
class FacetValue:
    """A value of a filter; `count` is None while nothing was counted."""

    value: str
    label: str
    count: int | None
    chosen: bool
    flag: str = ""
    is_region: bool = False


@dataclass(frozen=True)
class Facet:
    """A filter with its values, the most frequent first; regions stand beneath their language."""

    name: str
    label: str
    values: tuple[FacetValue, ...]

    @property
    def chosen(self) -> tuple[FacetValue, ...]:
        """What is filtered by."""
        return tuple(value for value in self.values if value.chosen)


@dataclass(frozen=True)
class Facets:
    """All filters; `total` voices match, `retired` more would without the rule that hides them."""

    total: int | None
    groups: tuple[Facet, ...]
    favourites: int | None = None
    retired: int = 0


def facets(member: Membership, filters: Filters) -> Facets:
    """Every filter's values with their counts; from the cache unless the team's library changed since."""
    # One's favourites change without the library: they are counted anew, and few.
    place = "" if filters.favourite else _place(member, filters)
    found: Facets | None = cache.get(place) if place else None
    if found is None:
        with _without_collecting():
            found = _count(member, filters)
        if place:
            cache.set(place, found, KEPT_SECONDS)
    return replace(found, favourites=_favourites(member, filters))


def _favourites(member: Membership, filters: Filters) -> int:
    mine = Favourite.objects.filter(user=member.user).values_list("voice", flat=True)
    # By their ids: else every voice that matches would be asked whether it is one.
    return among(member, filters, list(mine[:MAX_FAVOURITES])).count()


def chosen_only(member: Membership, filters: Filters) -> Facets:
    """The filters with only their chosen values, without counts: what a page can show at once."""
    counts = {name: Counter(dict.fromkeys(filters.values(name), 0)) for name in words.TITLES}
    groups = _groups(member, filters, counts)
    bare = tuple(
        replace(group, values=tuple(replace(value, count=None) for value in group.values)) for group in groups
    )
    return Facets(None, bare)


def _place(member: Membership, filters: Filters) -> str:
    said = replace(filters, sort=Filters.sort).to_query()
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    return f"facets:{member.team_id}:{member.team.library_revision}:{digest}"


class _List(Aggregate):
    """A column of all rows as the text of a JSON list, on SQLite."""

    function = "json_group_array"
    output_field = TextField()


def _count(member: Membership, filters: Filters) -> Facets:
    # What no column says narrows the rows beforehand; any stage, as the retired are counted too.
    rest = Filters(query=filters.query, favourite=filters.favourite, stage=(ANY,))
    is_here = ExpressionWrapper(Q(gone_at=None), output_field=BooleanField())
    columns = _lists(matching(member, rest).annotate(is_here=is_here), COLUMNS)
    tagged = _lists(Tagging.objects.filter(tag__team=member.team), {"tag": "tag", "voice": "voice"})
    ids = columns.pop("id")
    asked = {
        name: mask for name, column in columns.items() if (mask := _passes(filters, name, column)) is not None
    }
    if filters.tag:
        chosen = {voice for tag, voice in zip(*tagged.values(), strict=True) if str(tag) in filters.tag}
        asked["tag"] = [voice in chosen for voice in ids]
    # Most filters ask nothing, and share the rows that pass everything.
    every = _all_but(asked, "")
    left = {name: _all_but(asked, name) if name in asked else every for name in [*columns, "tag"]}
    counts: Counts = {name: _counted(column, left[name]) for name, column in columns.items()}
    counts["language"] = _with_languages(counts["language"])
    # A tag chosen already does not narrow the choice of others: any of several is what they mean.
    known = set(ids if left["tag"] is None else compress(ids, left["tag"]))
    counts["tag"] = _counted(tagged["tag"], [voice in known for voice in tagged["voice"]])
    retired = 0 if filters.stage else counts["stage"][Stage.RETIRED]
    return Facets(
        len(ids) if every is None else sum(every), _groups(member, filters, counts), retired=retired
    )


def _lists(rows: QuerySet[Any, Any], columns: Mapping[str, str]) -> dict[str, Column]:
    """The columns of these rows by name, all in one order, as they come from the database; ids as texts."""
    if connection.vendor == "sqlite":
        told = rows.aggregate(**{f"all_{name}": _List(column) for name, column in columns.items()})
        return {name: json.loads(told[f"all_{name}"] or "[]") for name in columns}
    # psycopg would make an object of each id, a fifth of the whole time, and Django a second tuple of each row.
    plain = [Cast(column, TextField()) if column in IDS else column for column in columns.values()]
    try:
        sql, values = rows.values_list(*plain).order_by().query.sql_with_params()
    except EmptyResultSet:
        return dict.fromkeys(columns, ())
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    return dict(zip(columns, zip(*found, strict=True), strict=True)) if found else dict.fromkeys(columns, ())


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A million small objects at once make the garbage collector look through all others again and again: 0.12 s."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _counted(column: Column, mask: list[bool] | None) -> Counter[Any]:
    return Counter(column if mask is None else compress(column, mask))


def _passes(filters: Filters, name: str, column: Column) -> list[bool] | None:
    """Which rows this filter lets through; None where it asks nothing."""
    values = filters.values(name)
    if name == "stage":
        values = () if ANY in values else values or (Stage.DRAFT, Stage.APPROVED)
    if not values:
        return None
    # Each distinct value is judged once.
    good = {value for value in set(column) if _is_meant(name, value, values)}
    return [value in good for value in column]


def _is_meant(name: str, value: object, values: Sequence[str]) -> bool:
    text = _as_value(name, value)
    if name != "language":
        return text in values
    base = text.partition("-")[0].lower()
    return any(base == tag or ("-" in tag and text in {tag, tag.partition("-")[0]}) for tag in values)


def _as_value(name: str, value: object) -> str:
    if name == "gone":
        return HERE if value else GONE
    if name == "account":
        return str(UUID(str(value)))
    return NONE if value in {None, ""} else str(value)


def _all_but(asked: Mapping[str, list[bool]], name: str) -> list[bool] | None:
    """Which rows pass all filters but this one; None for all rows."""
    others = [mask for other, mask in asked.items() if other != name]
    return reduce(lambda one, other: list(map(and_, one, other)), others) if others else None


def _with_languages(counts: Counter[Any]) -> Counter[Any]:
    """The regions' counts, and those of their languages."""
    whole = Counter[str]()
    for tag, number in counts.items():
        whole[tag.partition("-")[0].lower()] += number
    return whole + Counter({tag: number for tag, number in counts.items() if "-" in tag})


def _groups(member: Membership, filters: Filters, counts: Mapping[str, Counter[Any]]) -> tuple[Facet, ...]:
    groups = []
    for name, title in words.TITLES.items():
        chosen, told = filters.values(name), counts.get(name, Counter[Any]()).most_common(MAX_COUNTED)
        known = Counter(
            {
                **{value: 0 for value in chosen if value != ANY},
                **{_as_value(name, value): count for value, count in told},
            }
        )
        labels = _labels(member, name, known)
        values = [
            FacetValue(value, labels[value], count, value in chosen, *_region(name, value))
            for value, count in known.items()
            if value in labels
        ]
        groups.append(Facet(name, title, _sorted(name, values)))
    return tuple(groups)


def _region(name: str, value: str) -> tuple[str, bool]:
    if name != "language":
        return "", False
    return words.flag_of(value), "-" in value


def _labels(member: Membership, name: str, counts: Mapping[str, int]) -> dict[str, str]:
    """The values' names. One that was counted is the team's; one that was only asked for may be anybody's."""
    looked_up = {"tag": _tag_names, "owner": _people, "account": _accounts}.get(name)
    plain = {value: words.plain_label(name, value) for value in counts}
    if looked_up is None:
        return plain
    ids = [value for value in plain if value != NONE]
    found = looked_up(member, ids, [value for value in ids if counts[value]]) if ids else {}
    return found | ({NONE: plain[NONE]} if NONE in plain else {})


def _tag_names(member: Membership, ids: list[str], counted: list[str]) -> dict[str, str]:
    tags = Tag.objects.filter(team=member.team, pk__in=ids)
    return {str(pk): name for pk, name in tags.values_list("pk", "name")}


def _people(member: Membership, ids: list[str], counted: list[str]) -> dict[str, str]:
    of_team = Q(Exists(Membership.objects.filter(team=member.team, user=OuterRef("pk"))))
    people = User.objects.filter(of_team | Q(pk__in=counted), pk__in=ids)
    return {str(user.pk): user.shown_name for user in people}


def _accounts(member: Membership, ids: list[str], counted: list[str]) -> dict[str, str]:
    of_team = Q(Exists(Voice.objects.filter(team=member.team, account=OuterRef("pk"))))
    accounts = AltheaAccount.objects.filter(of_team | Q(pk__in=counted), pk__in=ids)
    return {str(account.pk): account.name for account in accounts}


def _sorted(name: str, values: list[FacetValue]) -> tuple[FacetValue, ...]:
    ranked = sorted(values, key=lambda value: (-(value.count or 0), value.label))[: MAX_SHOWN * 2]
    if name == "stage":
        order = {stage: place for place, stage in enumerate(Stage.values)}
        return tuple(sorted(values, key=lambda value: order.get(value.value, len(order))))
    if name != "language":
        return tuple(ranked)
    return tuple(_by_language(ranked))


def _by_language(ranked: list[FacetValue]) -> Iterator[FacetValue]:
    """Languages, each with its regions beneath where there are several or one is chosen."""
    regions = defaultdict[str, list[FacetValue]](list)
    for value in ranked:
        if value.is_region:
            regions[value.value.partition("-")[0]].append(value)
    spoken = [value for value in ranked if not value.is_region]
    alone = set(regions) - {value.value for value in spoken}
    for value in spoken:
        beneath = regions[value.value]
        yield value
        if len(beneath) > 1 or any(one.chosen for one in beneath):
            yield from beneath
    for base in sorted(alone):
        yield from regions[base]
