"""The counts beside each filter's values, and the total: one reading of the columns, kept until a change.

Beside a value stands how many voices there would be with it and all *other* filters, as people expect of shops.
"""

import gc
import hashlib
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
    BooleanField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from voices.library import words
from voices.library.filters import ANY, GONE, HERE, NONE, Filters
from voices.library.search import matching
from voices.models import AltheaAccount, Favourite, Membership, Stage, Tag, Tagging, User, Voice

# The filters that a voice's own columns answer. Those of a line are read as one text, as counting texts takes as long
# as reading them: of 100,000 few are distinct, and each of those is judged and taken apart once.
LINES = (
    ("language", "provider"),
    ("owner",),
    ("account",),
    ("ownership", "billing", "stage", "health", "gone"),
)
COLUMNS = {
    "language": F("primary_language"), "provider": F("provider"), "ownership": F("ownership"),
    "billing": F("billing_style"), "stage": F("stage"), "health": F("health"),
    "owner": Coalesce(Cast("added_by", TextField()), Value("")), "account": Cast("account", TextField()),
    "gone": Func("gone_at", template="(%(expressions)s IS NULL)", output_field=BooleanField()),
}  # fmt: skip
APART = "\x1f"
KEPT_SECONDS = 3_600
MOST_COUNTED = 200  # a filter may have thousands of values (owners): their names are looked up
MOST_FAVOURITES = 5_000
MOST_SHOWN = 60  # values of one filter; a longer list is searched, not read
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
    mine = Favourite.objects.filter(user=member.user, voice__team=member.team).values_list("voice", flat=True)
    # By their ids: else every voice that matches would be asked whether it is one.
    return matching(member, filters).filter(pk__in=list(mine[:MOST_FAVOURITES])).count()


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


class _Line(Func):
    """Several columns as one text."""

    template, arg_joiner = "%(expressions)s", f" || '{APART}' || "
    output_field = TextField()


@dataclass(frozen=True)
class _Read:
    """The ids of voices, and what the lines say of each, in the same order."""

    ids: Column
    lines: Mapping[tuple[str, ...], Column]

    def line_of(self, name: str) -> tuple[str, ...]:
        """The line that tells of a filter."""
        return next(line for line in self.lines if name in line)


def _count(member: Membership, filters: Filters) -> Facets:
    # What no column says narrows the rows beforehand; any stage, as the retired are counted too.
    rest = Filters(query=filters.query, favourite=filters.favourite, stage=(ANY,))
    read, tagged = _read(matching(member, rest)), _tagged(member)
    asked = {name: mask for name in COLUMNS if (mask := _passes(filters, name, read)) is not None}
    if filters.tag:
        chosen = {voice for tag, voice in tagged if str(tag) in filters.tag}
        asked["tag"] = [voice in chosen for voice in read.ids]
    every = _all_but(asked, "")
    counts = _counts(read, asked, every)
    counts["language"] = _with_languages(counts["language"])
    # A tag chosen already does not narrow the choice of others: any of several is what they mean.
    left = _all_but(asked, "tag") if filters.tag else every
    known = set(read.ids if left is None else compress(read.ids, left))
    counts["tag"] = Counter(str(tag) for tag, voice in tagged if voice in known)
    retired = 0 if filters.stage else counts["stage"][Stage.RETIRED]
    total = len(read.ids) if every is None else sum(every)
    return Facets(total, _groups(member, filters, counts), retired=retired)


def _read(voices: QuerySet[Voice]) -> _Read:
    told = {f"line_{number}": _Line(*(COLUMNS[name] for name in line)) for number, line in enumerate(LINES)}
    rows = _rows(voices.annotate(**told).values_list(_as_text("pk"), *told).order_by())
    ids, *columns = zip(*rows, strict=True) if rows else [()] * (len(LINES) + 1)
    return _Read(ids, dict(zip(LINES, columns, strict=True)))


def _counts(read: _Read, asked: Mapping[str, list[bool]], every: list[bool] | None) -> Counts:
    """Of each filter; most ask nothing, and share the rows that pass everything."""
    counts: Counts = {}
    for line, column in read.lines.items():
        shared = _counted(column, every)
        for place, name in enumerate(line):
            counts[name] = Counter()
            own = _counted(column, _all_but(asked, name)) if name in asked else shared
            for told, number in own.items():
                counts[name][told.split(APART)[place]] += number
    return counts


def _tagged(member: Membership) -> list[tuple[int, str]]:
    """Every tag of every voice."""
    return _rows(
        Tagging.objects.filter(tag__team=member.team).values_list("tag", _as_text("voice")).order_by()
    )


def _rows(asked: QuerySet[Any, Any]) -> list[Any]:
    """As they come from the database: the models' own conversions would take as long again."""
    try:
        sql, values = asked.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _as_text(column: str) -> F | Cast:
    """An id as SQLite holds it: psycopg makes an object of each, a fifth of the whole time."""
    return Cast(column, TextField()) if connection.vendor == "postgresql" else F(column)


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


def _counted(column: Column, mask: list[bool] | None) -> Counter[str]:
    return Counter(column if mask is None else compress(column, mask))


def _passes(filters: Filters, name: str, read: _Read) -> list[bool] | None:
    """Which rows this filter lets through; None where it asks nothing."""
    values = filters.values(name)
    if name == "stage":
        values = () if ANY in values else values or (Stage.DRAFT, Stage.APPROVED)
    if not values:
        return None
    line = read.line_of(name)
    place, column = line.index(name), read.lines[line]
    good = {told for told in set(column) if _is_meant(name, told.split(APART)[place], values)}
    return [told in good for told in column]


def _is_meant(name: str, value: str, values: Sequence[str]) -> bool:
    text = _as_value(name, value)
    if name != "language":
        return text in values
    base = text.partition("-")[0].lower()
    return any(base == tag or ("-" in tag and text in {tag, tag.partition("-")[0]}) for tag in values)


def _as_value(name: str, value: str) -> str:
    if name == "gone":
        return HERE if value in {"1", "true"} else GONE
    return str(UUID(value)) if name == "account" else value or NONE


def _all_but(asked: Mapping[str, list[bool]], name: str) -> list[bool] | None:
    """Which rows pass all filters but this one; None for all rows."""
    others = [mask for other, mask in asked.items() if other != name]
    return reduce(lambda one, other: list(map(and_, one, other)), others) if others else None


def _with_languages(counts: Counter[str]) -> Counter[str]:
    """The regions' counts, and those of their languages."""
    whole = Counter[str]()
    for tag, number in counts.items():
        whole[tag.partition("-")[0].lower()] += number
    return whole + Counter({tag: number for tag, number in counts.items() if "-" in tag})


def _groups(member: Membership, filters: Filters, counts: Mapping[str, Counter[Any]]) -> tuple[Facet, ...]:
    groups = []
    for name, title in words.TITLES.items():
        chosen, told = filters.values(name), counts.get(name, Counter[Any]()).most_common(MOST_COUNTED)
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
    ranked = sorted(values, key=lambda value: (-(value.count or 0), value.label))[: MOST_SHOWN * 2]
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
