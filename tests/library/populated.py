"""A shelf of voices of all kinds, and a plain-Python answer to what the library is asked."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.http import QueryDict

from tests.base import Cast
from tests.builders import make_account
from voices.actions.voice.search_text import refresh_search
from voices.library.filters import Filters, parse
from voices.library.pages import library_page
from voices.library.search import USUAL_LIMITS, ScanLimits
from voices.models import (
    NEVER_PLAYED,
    ConsentState,
    Favourite,
    Health,
    Membership,
    Stage,
    Tag,
    Tagging,
    Voice,
    fold,
    sort_keys,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = (
    "Élodie",
    "Marlene",
    "marlene",
    "さくら",
    "Old Tom",
    "100% real",
    "under_score",
    "نادية",
    "a",
    'Q"uote',
)
LANGUAGES = ("en", "en-US", "en-GB", "de-DE", "de", "ja-JP", "")
# Always walked to the end; walked a little, then sifted; then now gathered and now sifted; then always gathered.
LIMITS = (
    ScanLimits(scan=10_000),
    ScanLimits(candidates=0, scan=3),
    ScanLimits(candidates=5, scan=3),
    ScanLimits(candidates=500, scan=3),
)


def fill(cast: Cast, *, count: int, seed: int = 1) -> list[Voice]:
    """So many voices of Northwind with ties in every sort, and one of Southwind's of each kind."""
    dice = random.Random(seed)
    accounts = [make_account(name="One"), make_account(name="Two")]
    tags = [Tag.objects.create(team=cast.northwind, name=name, key=fold(name)) for name in ("Brand", "IVR")]
    voices = [_voice(dice, cast, number, accounts) for number in range(count)]
    Voice.objects.bulk_create(voices)
    for voice in voices:
        for tag in tags:
            if dice.random() < 0.3:
                Tagging.objects.create(tag=tag, voice=voice)
        if dice.random() < 0.2:
            Favourite.objects.create(user=cast.ada.user, voice=voice)
    refresh_search([voice.pk for voice in voices])
    return voices


def _voice(dice: random.Random, cast: Cast, number: int, accounts: Sequence[object]) -> Voice:
    name, tag = dice.choice(NAMES), dice.choice(LANGUAGES)
    created = START + timedelta(hours=dice.randrange(8))
    return Voice(
        team=cast.northwind, account=dice.choice(accounts), voice_id=str(number), name=name, primary_language=tag,
        description=dice.choice(("", "Calm narrator", "Ruhig, für Hörbücher")),
        ownership=dice.choice(("private", "public")),
        billing_style=dice.choice(("VOICE_BILLING_STYLE_INCLUDED", "")),
        provider=dice.choice(("Eleven Labs", "Hume", "")),
        added_by=dice.choice((cast.ada.user, cast.ed.user, None)), stage=dice.choice(Stage.values),
        health=dice.choice(Health.values), consent_state=dice.choice(ConsentState.values),
        created_at=created, changed_at=created + timedelta(hours=dice.randrange(3)),
        played_at=dice.choice((NEVER_PLAYED, START)), gone_at=dice.choice((None, None, START)),
        deleted_at=dice.choice((None, None, None, START)), **sort_keys(name=name, primary_language=tag),
    )  # fmt: skip


def asked(query: str) -> Filters:
    """The filters of a query string."""
    return parse(QueryDict(query))


def pages(
    member: Membership, filters: Filters, *, size: int = 7, limits: ScanLimits = USUAL_LIMITS
) -> list[Voice]:
    """All pages, one after the other."""
    found, cursor = list[Voice](), ""
    while True:
        page = library_page(member, filters=filters, cursor=cursor, size=size, limits=limits)
        found += page.voices
        cursor = page.next_cursor
        if not cursor:
            return found


def plain_answer(member: Membership, filters: Filters) -> set[str]:
    """The ids of what matches, by reading every voice."""
    voices = Voice.objects.filter(team=member.team).select_related("added_by").prefetch_related("tags")
    mine = set(Favourite.objects.filter(user=member.user).values_list("voice", flat=True))
    return {voice.voice_id for voice in voices if _fits(voice, filters, is_mine=voice.pk in mine)}


def _fits(voice: Voice, filters: Filters, *, is_mine: bool) -> bool:
    told = {
        "provider": voice.provider or "none", "ownership": voice.ownership or "none",
        "billing": voice.billing_style or "none", "health": voice.health, "account": str(voice.account_id),
        "owner": str(voice.added_by_id or "none"),
    }  # fmt: skip
    stages = filters["stage"] or (Stage.DRAFT, Stage.APPROVED)
    consents = filters["consent"] or ("missing", "recorded", "expiring")
    tags = {str(tag.pk) for tag in voice.tags.all()}
    return (
        voice.deleted_at is None
        and all(not filters[name] or value in filters[name] for name, value in told.items())
        and ("any" in stages or voice.stage in stages)
        and ("any" in consents or voice.consent_state in consents)
        and (
            not filters["language"]
            or any(_speaks(voice.primary_language, one) for one in filters["language"])
        )
        and (not filters["tag"] or bool(tags & set(filters["tag"])))
        and (not filters["favourite"] or is_mine)
        and filters["gone"] in {(), ("gone",) if voice.gone_at else ("here",)}
        and all(word in _words(voice) for word in fold(filters.query).split())
    )


def _words(voice: Voice) -> str:
    owner = voice.added_by.shown_name if voice.added_by else ""
    told = [voice.name, voice.description, voice.provider, owner, *(tag.name for tag in voice.tags.all())]
    return fold("\n".join(told))


def _speaks(tag: str, wanted: str) -> bool:
    if wanted == "none":
        return not tag
    base = wanted.partition("-")[0]
    return tag.partition("-")[0] == wanted if base == wanted else tag in {wanted, base}
