"""Which voices of a team match what is asked for."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from voices.library.filters import ANY, HERE, NONE, Filters
from voices.models import Favourite, Membership, Stage, Tagging, Voice, fold
from voices.models.search_index import TRIGRAM

# Filters that compare a column with any of some texts; NONE stands for what Althea left empty.
COLUMNS = {"provider": "provider", "ownership": "ownership", "billing": "billing_style", "health": "health"}


def matching(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """All voices of the member's team that match, in no order."""
    return _matching(member, filters, Voice.objects.of_team(member.team))


def walked(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """The same for a walk along the sort's index: no other index may tempt SQLite, which has no statistics here."""
    voices = Voice.objects.of_team(member.team)
    return (_tried if connection.vendor == "sqlite" else _matching)(member, filters, voices)


def among(member: Membership, filters: Filters, ids: Any) -> QuerySet[Voice]:
    """Those of these voices that match; only they are read."""
    voices = Voice.objects.filter(pk__in=ids)
    if connection.vendor != "sqlite":
        return _matching(member, filters, voices.of_team(member.team))
    voices = voices.alias(plain_team=Plain(F("team"))).filter(plain_team=member.team_id, deleted_at=None)
    return _tried(member, filters, voices)


def _tried(member: Membership, filters: Filters, voices: QuerySet[Voice]) -> QuerySet[Voice]:
    voices = voices.alias(plain_account=Plain(F("account")), plain_owner=Plain(F("added_by")))
    return _matching(member, filters, voices, account="plain_account", owner="plain_owner")


class Plain(Func):
    """A column that no index serves: SQLite's unary plus (sqlite.org/queryplanner, "disqualifying terms")."""

    template = "+%(expressions)s"
    arity = 1


def _matching(
    member: Membership, filters: Filters, voices: QuerySet[Voice], **columns: str
) -> QuerySet[Voice]:
    voices = voices.filter(column_filter(filters, **columns))
    for word in words_of(filters.query):
        voices = voices.filter(holds(word))
    if filters.tag:
        voices = voices.filter(Exists(taggings(member, filters).filter(voice=OuterRef("pk"))))
    if filters.favourite:
        voices = voices.filter(Exists(Favourite.objects.filter(voice=OuterRef("pk"), user=member.user)))
    return voices


def taggings(member: Membership, filters: Filters) -> QuerySet[Tagging]:
    """By which the chosen tags are on voices."""
    return Tagging.objects.filter(tag__in=[int(one) for one in filters.tag], tag__team=member.team)


def holds(word: str) -> Q:
    """Voices whose text has this folded word in it."""
    # Case-sensitive on both databases, and `%` and `_` are themselves; both sides are folded already. On SQLite
    # instr() takes a third of the time of LIKE, which compares letter by letter; on PostgreSQL LIKE is what the
    # trigrams answer, and for a term without one would read their whole index.
    if connection.vendor == "sqlite" or len(word) < TRIGRAM:
        return Q(GreaterThan(StrIndex(F("search_text"), Value(word)), 0))
    return Q(search_text__contains=word)


def count(member: Membership, filters: Filters) -> int:
    """How many voices match."""
    return matching(member, filters).count()


def words_of(query: str) -> list[str]:
    """The folded words of a search, longest first, without those that others contain."""
    words: list[str] = []
    for word in sorted(set(fold(query).split()), key=lambda word: (-len(word), word)):
        if not any(word in longer for longer in words):
            words.append(word)
    return words


def column_filter(filters: Filters, *, account: str = "account", owner: str = "added_by") -> Q:
    """What the voice's own columns must say, all but the text."""
    asked = Q()
    for name, column in COLUMNS.items():
        if values := getattr(filters, name):
            asked &= Q(**{f"{column}__in": ["" if value == NONE else value for value in values]})
    if filters.account:
        asked &= Q(**{f"{account}__in": filters.account})
    if filters.gone:
        asked &= Q(gone_at__isnull=filters.gone == HERE)
    return asked & _stage(filters.stage) & _language(filters.language) & _owner(filters.owner, owner)


def _stage(stages: tuple[str, ...]) -> Q:
    if not stages:
        # Named one by one, not as "other than": an index can serve it.
        return Q(stage__in=[Stage.DRAFT, Stage.APPROVED])
    return Q() if ANY in stages else Q(stage__in=stages)


def _owner(owners: tuple[str, ...], column: str) -> Q:
    people = [owner for owner in owners if owner != NONE]
    asked = Q(**{f"{column}__in": people}) if people else Q()
    return asked | Q(**{f"{column}__isnull": True}) if NONE in owners else asked


def languages_of(tags: Iterable[str]) -> tuple[set[str], set[str]]:
    """The languages taken with all their regions, and the tags that are taken as written: a region takes also what is
    said to be of the language, and no more.
    """
    whole, exact = set(), set()
    for tag in tags:
        first, *rest = tag.split("-")
        if rest:
            exact |= {"-".join([first, *rest[:length]]) for length in range(len(rest) + 1)}
        else:
            whole.add("" if tag == NONE else first[:8])
    return whole, exact


def _language(tags: Iterable[str]) -> Q:
    whole, exact = languages_of(tags)
    asked = Q(language__in=whole) if whole else Q()
    return asked | Q(primary_language__in=exact) if exact else asked
