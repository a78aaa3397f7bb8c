"""A realistic library of any size: many languages, providers, people and tags, some frequent and some rare."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from voices.kit import languages
from voices.models import (
    NEVER_PLAYED,
    AltheaAccount,
    ApiKey,
    Endpoint,
    Favourite,
    Health,
    Membership,
    Stage,
    Tag,
    Tagging,
    Team,
    User,
    Voice,
    fold,
    search_text,
    sort_keys,
)

FIRST = (
    "Marlene", "Sora", "Joaquim", "Nadia", "Tom", "Élodie", "Ravi", "Ines", "Kofi", "Yara", "Bram",
    "Lucía", "Otto", "Priya", "Sven", "Zoë", "Amara", "Bilal", "Chiara", "Dmitri", "Emre", "Freya",
    "Goran", "Hana", "Ivo", "Jana", "Kenji", "Lena", "Malik", "Noor", "美咲", "小明", "서연", "Øystein",
    "Paweł", "Rosa", "Şule", "Tariq", "Ulla", "Viktor",
)  # fmt: skip
LAST = (
    "Berg", "Costa", "Dahl", "Eze", "Fuchs", "Gallo", "Haas", "Ito", "Jung", "Klein", "Lopes", "Moreau",
    "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tan", "Weiss",
)  # fmt: skip
MOODS = (
    "Calm", "Warm", "Bright", "Deep", "Soft", "Crisp", "Young", "Mature", "Husky", "Gentle", "Lively",
    "Dry",
)  # fmt: skip
USES = (
    "narrator for long texts",
    "voice for support calls",
    "presenter for product films",
    "reader of the news",
    "guide for museums",
)
RARE_WORD, RARE_NAME = "Zephyrine", "龍馬"
LANGUAGES = {
    "en-US": 300, "en-GB": 120, "en": 40, "en-AU": 20, "es-ES": 70, "es-MX": 60, "de-DE": 80, "de-AT": 10, "fr-FR": 70,
    "pt-BR": 50, "it-IT": 40, "ja-JP": 40, "zh-CN": 30, "ko-KR": 20, "nl-NL": 15, "pl-PL": 10, "sv-SE": 8, "tr-TR": 8,
    "ar-EG": 5, "cs-CZ": 3, "cy": 0.5,
}  # fmt: skip
PROVIDERS = {
    "Eleven Labs": 40,
    "Cartesia": 25,
    "Google": 12,
    "LMNT": 10,
    "Inworld": 8,
    "Respeecher": 4.9,
    "Hume": 0.05,
}
STAGES = {Stage.DRAFT: 50, Stage.APPROVED: 40, Stage.RETIRED: 10}
HEALTHS = {Health.GOOD: 80, Health.UNHEARD: 17, Health.FAILING: 3}
OWNERSHIPS = {"private": 70, "public": 30}
BILLINGS = {"VOICE_BILLING_STYLE_INCLUDED": 60, "VOICE_BILLING_STYLE_EXTERNAL": 40}
# The share of voices with each tag.
TAGS = {"Brand": 0.2, "Campaign": 0.1, "Audiobook": 0.08, "Support": 0.05, "Holiday": 0.01, "Pilot": 0.0005}
PEOPLE = 12
BATCH = 2_000


def add_mixed(team: Team, key: ApiKey, count: int) -> None:
    """Add mixed voices; the same count always gives the same ones."""
    dice = _Dice(count)
    people = [*_people(team), None]
    accounts = [key.account, *(_account(number) for number in range(3))]
    tags = [Tag.objects.create(team=team, name=name, key=fold(name)) for name in TAGS]
    now = timezone.now()
    for start in range(0, count, BATCH):
        voices, taggings = [], []
        for number in range(start, min(start + BATCH, count)):
            tagged = [tag for tag in tags if dice.random() < TAGS[tag.name]]
            voice = _voice(dice, number, now=now, people=people, accounts=accounts, tagged=tagged)
            voice.team, voice.steward = team, key
            voices.append(voice)
            taggings += [Tagging(tag=tag, voice=voice) for tag in tagged]
        Voice.objects.bulk_create(voices)
        Tagging.objects.bulk_create(taggings)
    _favourites(team, key.owner)


def _people(team: Team) -> Iterator[User]:
    for number in range(PEOPLE):
        user = User.objects.create(
            email=f"person{number}@example.com", name=f"{FIRST[number]} {LAST[number]}", password="!"
        )
        Membership.objects.create(team=team, user=user)
        yield user


def _account(number: int) -> AltheaAccount:
    return AltheaAccount.objects.create(
        endpoint=Endpoint.SANDBOX,
        account_id=str(number),
        name=f"Agency {number + 1}",
        read_at=timezone.now(),
    )


def _favourites(team: Team, user: User) -> None:
    newest = Voice.objects.of_team(team).order_by("-created_at")[:3000:100]
    Favourite.objects.bulk_create(Favourite(user=user, voice=voice) for voice in newest)


class _Dice(random.Random):
    """Random choices that follow a table of weights."""

    def one(self, weighted: dict[str, float]) -> str:
        """Return one of the names, by its weight."""
        return self.choices(tuple(weighted), tuple(weighted.values()))[0]

    def any_of(self, words: Sequence[str]) -> str:
        """Return one of the words."""
        return words[int(self.random() * len(words))]


def _voice(
    dice: _Dice,
    number: int,
    *,
    now: datetime,
    people: Sequence[User | None],
    accounts: Sequence[AltheaAccount],
    tagged: Iterable[Tag],
) -> Voice:
    tag, provider = dice.one(LANGUAGES), dice.one(PROVIDERS)
    name = f"{dice.any_of(FIRST)} {dice.any_of(LAST)} {number}"
    if number % 4000 == 77:
        name = f"{RARE_NAME} {name}"
    description = f"{dice.any_of(MOODS)}, {dice.any_of(MOODS).lower()} {dice.any_of(USES)}"
    if number % 5000 == 99:
        description += f", called {RARE_WORD}"
    # The first of the people, as the accounts, has many more than the last.
    owner = people[int(dice.random() ** 2 * len(people))]
    created = now - timedelta(seconds=dice.randrange(40_000_000))
    return Voice(
        id=UUID(int=dice.getrandbits(128), version=4),
        account=accounts[int(dice.random() ** 2 * len(accounts))],
        voice_id=str(UUID(int=dice.getrandbits(128))),
        name=name,
        description=description,
        primary_language=tag,
        language_label=languages.label(tag),
        provider=provider,
        ownership=dice.one(OWNERSHIPS),
        billing_style=dice.one(BILLINGS),
        stage=dice.one(STAGES),
        health=dice.one(HEALTHS),
        added_by=owner,
        created_at=created,
        changed_at=created + timedelta(seconds=dice.randrange(1_000_000)),
        played_at=now - timedelta(seconds=dice.randrange(5_000_000)) if dice.random() < 0.3 else NEVER_PLAYED,
        gone_at=now if dice.random() < 0.01 else None,
        deleted_at=now if dice.random() < 0.005 else None,
        raw={"voiceId": str(number), "name": name, "description": description, "labels": [tag, provider] * 5},
        definition={"provider": {"voiceId": str(number), "model": "multilingual-2", "stability": 0.5}},
        search_text=search_text(
            name=name,
            description=description,
            provider=provider,
            owner=owner.shown_name if owner else "",
            tags=[one.name for one in tagged],
        ),
        **sort_keys(name=name, primary_language=tag),
    )
