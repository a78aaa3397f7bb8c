"""Which voices of a team match what is asked for, and how to find the few among many.

Three ways lead to a page, tried in this order (library/pages.py). Walked: along the sort's index for a little, where
matches are many. Gathered: by whichever condition few meet, then sorted. Sifted: all that match, then their places in
the sort's index; for what is neither, as a name that many have but late in the alphabet.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from voices.library.filters import ANY, HERE, NEWEST, NONE, Filters
from voices.models import Favourite, Membership, Stage, Tagging, Voice, fold
from voices.models.text_index import PAIR, TRIGRAM

# PostgreSQL sifts as quickly as it gathers.
GATHERED = {"sqlite": 3_000, "postgresql": 1_000}
WALKED = 1_500
MOST_SIFTED = 10_000_000
# Filters that compare a column with any of some texts; NONE stands for what Althea left empty.
COLUMNS = {"provider": "provider", "ownership": "ownership", "billing": "billing_style", "health": "health"}
Found = Sequence[UUID | str]


def matching(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """All voices of the member's team that match, in no order."""
    return _matching(member, filters, Voice.objects.of_team(member.team))


def walked(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """The same for a walk along the sort's index: no other index may tempt SQLite, which has no histograms here."""
    voices = Voice.objects.of_team(member.team)
    if connection.vendor != "sqlite" or not (filters.account or filters.owner):
        return _matching(member, filters, voices)
    voices = voices.alias(plain_account=_Plain(F("account")), plain_owner=_Plain(F("added_by")))
    return _matching(member, filters, voices, account="plain_account", owner="plain_owner")


def sifted(member: Membership, filters: Filters) -> QuerySet[Voice]:
    """The same where matches are neither few nor near: which they are is found first, their places in the sort's
    index then. Asked row by row, every voice before them would be read: all names before Zoe, all of Cartesia's.
    """
    if connection.vendor != "sqlite":
        # The slice keeps the planner from walking the sort's index after all.
        return Voice.objects.filter(
            pk__in=matching(member, filters).values_list("pk", flat=True)[:MOST_SIFTED]
        )
    words, by_columns = words_of(filters.query), replace(filters, query="", tag=(), favourite=False)
    found = RawSQL(*_text_query(member.team_id.hex, words)) if words else None  # noqa: S611  # fixed text
    rest = Filters(tag=filters.tag, favourite=filters.favourite, stage=() if by_columns.is_plain else (ANY,))
    voices = matching(member, rest).alias(plain_id=_Plain(F("pk")))
    if found and by_columns.is_plain:
        return voices.filter(plain_id__in=found)
    # The columns and the text's ids meet in the index that holds all columns; no row is read.
    columns = walked(member, by_columns).alias(plain_id=_Plain(F("pk")))
    if found:
        columns = columns.filter(plain_id__in=found)
    return voices.filter(plain_id__in=columns.values_list("pk", flat=True))


class _Plain(Func):
    """A column that no index serves: SQLite's unary plus (sqlite.org/queryplanner, "disqualifying terms")."""

    template = "+%(expressions)s"
    arity = 1


def _matching(
    member: Membership, filters: Filters, voices: QuerySet[Voice], **columns: str
) -> QuerySet[Voice]:
    voices = voices.filter(column_filter(filters, **columns))
    for word in words_of(filters.query):
        voices = voices.filter(_holds(word))
    if filters.tag:
        tagged = Tagging.objects.filter(
            voice=OuterRef("pk"), tag__in=[int(one) for one in filters.tag], tag__team=member.team
        )
        voices = voices.filter(Exists(tagged))
    if filters.favourite:
        voices = voices.filter(Exists(Favourite.objects.filter(voice=OuterRef("pk"), user=member.user)))
    return voices


def _holds(word: str) -> Q:
    # Case-sensitive on both databases, and `%` and `_` are themselves; both sides are folded already. On SQLite
    # instr() takes a third of the time of LIKE, which compares letter by letter; on PostgreSQL LIKE is what the
    # trigrams answer, and for a term without one would read their whole index.
    if connection.vendor == "sqlite" or len(word) < TRIGRAM:
        return Q(GreaterThan(StrIndex(F("search_text"), Value(word)), 0))
    return Q(search_text__contains=word)


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


def reach(filters: Filters) -> int:
    """How many voices of a sort's index a walk should look at: twice as many where the words have trigrams, as what
    those find is then read at random, and what the columns or two letters find in one go."""
    words = words_of(filters.query)
    return WALKED * 2 if words and len(words[0]) >= TRIGRAM else WALKED


def gather(member: Membership, filters: Filters, *, most: int | None = None) -> Found | None:
    """The ids of a superset of what matches, at most `most`, by whichever condition few meet; None if many meet all."""
    most = GATHERED[connection.vendor] if most is None else most
    for source in _sources(member, filters, most + 1):
        found = source()
        if len(found) <= most:
            return found
    return None


def among(found: Found) -> RawSQL:
    """The ids for `pk__in`, as one parameter: writing out 2,000 of them took half of a page's time."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::uuid[])", [list(found)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(found, default=lambda one: one.hex)])


def _sources(member: Membership, filters: Filters, limit: int) -> Iterator[Callable[[], Found]]:
    """The conditions that an index of its own answers, the likely rarest first; two at most: a page has 10 queries."""
    if filters.favourite:
        favourites = Favourite.objects.filter(user=member.user, voice__team=member.team)
        yield lambda: list(favourites.values_list("voice", flat=True)[:limit])
    elif filters.query and (words := words_of(f"{filters.query} {_said(filters)}")):
        yield lambda: _by_text(member, words, limit)
    elif filters.tag and filters.sort == NEWEST:
        tags = [int(one) for one in filters.tag]
        taggings = Tagging.objects.filter(tag__in=tags, tag__team=member.team)
        yield lambda: list(taggings.values_list("voice", flat=True)[:limit])
    # Without words, the newest are walked in an index that holds all columns: gathering would read it once more.
    if (filters.query or filters.sort != NEWEST) and not replace(filters, query="").is_plain:
        rest = matching(member, replace(filters, query=""))
        yield lambda: list(rest.values_list("pk", flat=True)[:limit])


def _said(filters: Filters) -> str:
    """What the text of each voice says that these filters let through, beside the words asked for: its provider.

    Two that are frequent, and hardly ever together, are then few by the text alone.
    """
    return filters.provider[0] if len(filters.provider) == 1 and filters.provider[0] != NONE else ""


def _by_text(member: Membership, words: list[str], limit: int) -> Found:
    if connection.vendor == "postgresql":
        return list(_with_words(member, words).values_list("pk", flat=True)[:limit])
    sql, values = _text_query(member.team_id.hex, words)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT %s", [*values, limit])
        return [found for (found,) in cursor.fetchall()]


def _with_words(member: Membership, words: list[str]) -> QuerySet[Voice]:
    voices = Voice.objects.filter(team=member.team)
    for word in words:
        voices = voices.filter(_holds(word))
    if max(map(len, words)) < TRIGRAM:
        # A single letter of ASCII is everywhere.
        for word in (word for word in words if len(word) == PAIR or not word.isascii()):
            voices = voices.filter(
                RawSQL("voices_pairs(search_text) @> ARRAY[%s]", [word], BooleanField())
            )  # fixed text
    return voices


def _text_query(team: str, words: list[str]) -> tuple[str, list[str]]:
    """Numbers by the trigrams of all longer words, then each word looked for in the text itself."""
    trigrams = {word[at : at + TRIGRAM] for word in words for at in range(len(word) - TRIGRAM + 1)}
    looked_for = " AND ".join("instr(text, %s) > 0" for _ in words)
    if not trigrams:
        sql = f"SELECT voice_id FROM voices_text_row WHERE team_id = %s AND {looked_for}"  # noqa: S608  # fixed text
        return sql, [team, *words]
    match = " AND ".join(f"text : {_quoted(one)}" for one in sorted(trigrams))
    inner = "SELECT rowid FROM voices_text WHERE voices_text MATCH %s"
    sql = f"SELECT voice_id FROM voices_text_row WHERE number IN ({inner}) AND team_id = %s AND {looked_for}"  # noqa: S608  # fixed text
    return sql, [f"{match} AND team : {_quoted(team[:TRIGRAM])}", team, *words]


def _quoted(text: str) -> str:
    """A string of FTS5's query language, whatever is in it."""
    return '"' + text.replace('"', '""') + '"'


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
