"""Which voices of a team match what is asked for."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from voices.library.filters import ANY, HERE, NONE, Filters
from voices.models import Favourite, Membership, Stage, Tagging, Voice, fold

# Filters that compare a column with any of some texts; NONE stands for what Althea left empty.
COLUMNS = {"provider": "provider", "ownership": "ownership", "billing": "billing_style", "health": "health"}


def matching(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """All voices of the member's team that match, in no order."""
    voices = Voice.objects.of_team(member.team).filter(column_filter(filters))
    for word in words_of(filters.query):
        voices = voices.filter(search_text__contains=word)
    if filters.tag:
        tagged = Tagging.objects.filter(
            voice=OuterRef("pk"), tag__in=[int(one) for one in filters.tag], tag__team=member.team
        )
        voices = voices.filter(Exists(tagged))
    if filters.favourite:
        voices = voices.filter(Exists(Favourite.objects.filter(voice=OuterRef("pk"), user=member.user)))
    return voices


def count(member: Membership, filters: Filters, most: int | None = None) -> int:
    """How many voices match; with `most`, counting stops there."""
    found = matching(member, filters)
    return found.count() if most is None else found[:most].count()


def words_of(query: str) -> list[str]:
    """The folded words of a search, longest first, without those that others contain."""
    words: list[str] = []
    for word in sorted(set(fold(query).split()), key=lambda word: (-len(word), word)):
        if not any(word in longer for longer in words):
            words.append(word)
    return words


def column_filter(filters: Filters) -> Q:
    """What the voice's own columns must say, all but the text."""
    asked = Q()
    for name, column in COLUMNS.items():
        if values := getattr(filters, name):
            asked &= Q(**{f"{column}__in": ["" if value == NONE else value for value in values]})
    if filters.account:
        asked &= Q(account__in=filters.account)
    if filters.gone:
        asked &= Q(gone_at__isnull=filters.gone == HERE)
    return asked & _stage(filters.stage) & _language(filters.language) & _owner(filters.owner)


def _stage(stages: tuple[str, ...]) -> Q:
    if not stages:
        # Named one by one, not as "other than": an index can serve it.
        return Q(stage__in=[Stage.DRAFT, Stage.APPROVED])
    return Q() if ANY in stages else Q(stage__in=stages)


def _owner(owners: tuple[str, ...]) -> Q:
    people = [owner for owner in owners if owner != NONE]
    asked = Q(added_by__in=people) if people else Q()
    return asked | Q(added_by=None) if NONE in owners else asked


def _language(tags: Iterable[str]) -> Q:
    """A language takes all its regions; a region also what is said to be of the language, and no more."""
    whole, exact = set(), set()
    for tag in tags:
        first, *rest = tag.split("-")
        if rest:
            exact |= {"-".join([first, *rest[:length]]) for length in range(len(rest) + 1)}
        else:
            whole.add("" if tag == NONE else first[:8])
    asked = Q(language__in=whole) if whole else Q()
    return asked | Q(primary_language__in=exact) if exact else asked
