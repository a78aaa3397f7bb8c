"""The counts beside each filter's values, and the total: one grouping query for all but tags, kept until a change.

Beside a value stands how many voices there would be with it and all *other* filters, as people expect of shops.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.core.cache import cache
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet

from voices.library import words
from voices.library.filters import ANY, GONE, HERE, NONE, Filters
from voices.library.search import matching
from voices.models import AltheaAccount, Membership, Stage, Tag, Tagging, User, Voice

# A filter's name and the columns that answer it; the cube's rows are these columns in this order.
COLUMNS = {
    "language": "language", "region": "primary_language", "provider": "provider", "ownership": "ownership",
    "billing": "billing_style", "stage": "stage", "owner": "added_by", "account": "account", "health": "health",
    "gone": "is_here",
}  # fmt: skip
KEPT_SECONDS = 3_600
MOST_SHOWN = 60  # values of one filter; a longer list is searched, not read
Combination = tuple[dict[str, str], int]
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
        found = _count(member, filters)
        if place:
            cache.set(place, found, KEPT_SECONDS)
    others = replace(filters, favourite=True)
    return replace(found, favourites=matching(member, others).count())


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


def _count(member: Membership, filters: Filters) -> Facets:
    # What no column says narrows the rows beforehand; any stage, as the retired are counted too.
    rest = Filters(query=filters.query, tag=filters.tag, favourite=filters.favourite, stage=(ANY,))
    counts: Counts = defaultdict(Counter)
    total = retired = 0
    for combination, number in _cube(matching(member, rest)):
        wrong = [name for name in words.TITLES if not _passes(filters, name, combination)]
        if not wrong:
            total += number
            for name in words.TITLES:
                counts[name].update(_told(name, combination, number))
        elif len(wrong) == 1:
            counts[wrong[0]].update(_told(wrong[0], combination, number))
            retired += number * (
                wrong == ["stage"] and not filters.stage and combination["stage"] == Stage.RETIRED
            )
    counts["tag"] = _tag_counts(member, filters)
    return Facets(total, _groups(member, filters, counts), retired=retired)


def _cube(voices: QuerySet[Voice]) -> Iterator[Combination]:
    columns = list(COLUMNS.values())
    is_here = ExpressionWrapper(Q(gone_at=None), output_field=BooleanField())
    rows = voices.annotate(is_here=is_here).values_list(*columns).annotate(number=Count("pk")).order_by()
    for *values, number in rows.iterator(chunk_size=5_000):
        yield dict(zip(COLUMNS, map(_as_value, values), strict=True)), number


def _as_value(value: object) -> str:
    if isinstance(value, bool):
        return HERE if value else GONE
    return NONE if value in {None, ""} else str(value)


def _passes(filters: Filters, name: str, combination: Mapping[str, str]) -> bool:
    values = filters.values(name)
    if name == "tag":
        return True
    if name == "stage":
        return ANY in values or combination["stage"] in (values or (Stage.DRAFT, Stage.APPROVED))
    if not values:
        return True
    if name == "language":
        return any(_speaks(combination, tag) for tag in values)
    return combination[name] in values


def _speaks(combination: Mapping[str, str], tag: str) -> bool:
    base, _, region = tag.partition("-")
    if not region:
        return combination["language"] == base
    return combination["region"] in {tag, base}


def _told(name: str, combination: Mapping[str, str], number: int) -> dict[str, int]:
    if name == "tag":
        return {}
    if name != "language":
        return {combination[name]: number}
    spoken = {combination["language"]: number}
    if "-" in combination["region"]:
        spoken[combination["region"]] = number
    return spoken


def _tag_counts(member: Membership, filters: Filters) -> Counter[str]:
    # A tag chosen already does not narrow the choice of others: any of several is what they mean.
    voices = matching(member, replace(filters, tag=()))
    taggings = Tagging.objects.filter(tag__team=member.team, voice__in=voices)
    if replace(filters, tag=(), sort=Filters.sort) == Filters(stage=(ANY,)):
        taggings = Tagging.objects.filter(tag__team=member.team, voice__deleted_at=None)
    rows = taggings.values_list("tag").annotate(number=Count("pk")).order_by("-number")[:MOST_SHOWN]
    return Counter({str(tag): number for tag, number in rows})


def _groups(member: Membership, filters: Filters, counts: Mapping[str, Counter[str]]) -> tuple[Facet, ...]:
    groups = []
    for name, title in words.TITLES.items():
        known, chosen = counts.get(name, Counter[str]()), filters.values(name)
        known = Counter({**dict.fromkeys(chosen, 0), **known})
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


def _labels(member: Membership, name: str, values: Iterable[str]) -> dict[str, str]:
    looked_up = {"tag": _tag_names, "owner": _people, "account": _accounts}.get(name)
    plain = {value: words.plain_label(name, value) for value in values}
    if looked_up is None:
        return plain
    ids = [value for value in plain if value != NONE]
    found = looked_up(member, ids) if ids else {}
    return found | ({NONE: plain[NONE]} if NONE in plain else {})


def _tag_names(member: Membership, ids: list[str]) -> dict[str, str]:
    return {
        str(pk): name
        for pk, name in Tag.objects.filter(team=member.team, pk__in=ids).values_list("pk", "name")
    }


def _people(member: Membership, ids: list[str]) -> dict[str, str]:
    # Who left the team may still have voices in it.
    of_team = Q(memberships__team=member.team) | Q(voices__team=member.team)
    people = User.objects.filter(of_team, pk__in=ids).distinct()
    return {str(user.pk): user.shown_name for user in people}


def _accounts(member: Membership, ids: list[str]) -> dict[str, str]:
    accounts = AltheaAccount.objects.filter(pk__in=ids, voices__team=member.team).distinct()
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
