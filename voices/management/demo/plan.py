"""Plans the voices of a demo team: the same ones for the same seed, none of them upstream yet."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from voices.management.demo.texts import MANNERS, NAMES, NOTES, USES

SEED = 20261124
CLONED = 20  # one in this many voices is cloned, the others are defined: recordings take time
STAGES = ("draft", "approved", "retired")
MAX_NAME = 40


@dataclass(frozen=True)
class VoicePlan:
    """A voice to create: `owner` and `account` are indexes, ages are in days."""

    name: str
    description: str
    language: str
    definition: dict[str, Any]
    is_clone: bool
    owner: int
    account: int
    stage: str
    tags: tuple[str, ...]
    age_days: float
    played_days: float | None
    note: str = ""
    favourites: tuple[int, ...] = field(default=())


def plan_voices(count: int, *, people: int, accounts: int, seed: int = SEED) -> list[VoicePlan]:
    """Return plans for `count` voices, newest first; some are cloned from recordings, the others defined."""
    chance = random.Random(seed)  # noqa: S311  # sample data, no secret
    taken: set[str] = set()
    tags, weights = list(NAMES), [share for share, _ in NAMES.values()]
    # Every language once, then by their shares.
    languages = [*tags, *chance.choices(tags, weights, k=max(0, count - len(tags)))][:count]
    chance.shuffle(languages)
    ages = sorted(chance.uniform(0.05, 540) for _ in languages)
    uses = Counter[str]()
    plans = []
    clones = set(chance.sample(range(count), k=-(-count // CLONED)))
    for place, (language, age) in enumerate(zip(languages, ages, strict=True)):
        plans.append(
            _plan(chance, language, age, taken, uses, clone=place in clones, people=people, accounts=accounts)
        )
    return plans


def _plan(
    chance: random.Random, language: str, age: float, taken: set[str], uses: Counter[str], *,
    clone: bool, people: int, accounts: int,
) -> VoicePlan:  # fmt: skip
    use, words, suffix = chance.choice(USES)
    first = chance.choice(NAMES[language][1])
    owner = chance.randrange(people)
    return VoicePlan(
        name=_free_name(first, suffix, taken, uses),
        description=f"{chance.choice(MANNERS)}; {use}" if chance.random() < 0.93 else "",
        language=language,
        definition=_definition(chance),
        is_clone=clone,
        owner=owner,
        account=0 if clone else chance.choices(range(accounts), [3, 2][:accounts])[0],
        stage=chance.choices(STAGES, [4, 5, 1])[0],
        tags=tuple(word for word in words if chance.random() < 0.85),
        age_days=age,
        played_days=chance.uniform(0, age) if chance.random() < 0.7 else None,
        note=chance.choice(NOTES) if chance.random() < 0.08 else "",
        favourites=tuple(one for one in range(people) if chance.random() < 0.06),
    )


def _free_name(first: str, suffix: str, taken: set[str], uses: Counter[str]) -> str:
    """Return the name alone, then with its use, then numbered: as people name their voices."""
    for name in (first, f"{first}, {suffix}"):
        if name not in taken:
            break
    else:
        uses[name] += 1
        name = f"{name} {uses[name] + 1}"
    taken.add(name)
    return name[:MAX_NAME]


def _definition(chance: random.Random) -> dict[str, Any]:
    voice_id = f"{chance.getrandbits(80):020x}"
    speed = round(chance.uniform(0.85, 1.15), 2)
    made: dict[str, dict[str, Any]] = {
        "elevenLabs": {
            "voiceId": voice_id, "model": "eleven_turbo_v2_5", "speed": speed, "useSpeakerBoost": chance.random() < 0.5,
            "stability": round(chance.uniform(0.2, 0.8), 2), "similarityBoost": round(chance.uniform(0.5, 0.9), 2),
        },
        "cartesia": {"voiceId": voice_id, "model": "sonic-2", "generationConfig": {"volume": 1.0, "speed": speed}},
        "inworld": {"voiceId": voice_id, "modelId": "inworld-tts-1", "speakingRate": speed, "temperature": 0.8},
        "lmnt": {"voiceId": voice_id, "model": "blizzard", "speed": speed, "conversational": chance.random() < 0.4},
        "google": {"voiceId": f"en-US-Chirp3-HD-{voice_id[:6]}", "speakingRate": speed},
        "respeecher": {"voiceId": voice_id, "seed": chance.randrange(1_000), "temperature": 0.9},
    }  # fmt: skip
    engine = chance.choices(list(made), [38, 27, 12, 9, 8, 6])[0]
    return {engine: made[engine]}
