"""Query strings for the library: every filter with a frequent and a rare value, every sort, texts."""

import random
from collections import defaultdict
from urllib.parse import quote

from tests.bench.baselines import ORDERS
from tests.bench.mixed_voices import RARE_NAME, RARE_WORD
from voices.models import AltheaAccount, Tag, Team, User

COMBINED_COUNT = 24
UNFILTERED, FREQUENT, RARE, SORTED = "unfiltered", "frequent filters", "rare filters", "sorted"
RARE_TEXT, FREQUENT_TEXT, SHORT_TEXT = "rare text", "frequent text", "text of two letters"
SPARSE, COMBINED = "matches far apart", "two or three filters combined"
# Whose counts are measured.
COUNTED = ("", "language=en", "q=calm", "provider=Cartesia&stage=approved&language=en")


def library_queries(team: Team) -> dict[str, list[str]]:
    """Return query strings by kind."""
    tags = {tag.name: tag.pk for tag in Tag.objects.filter(team=team)}
    accounts = list(AltheaAccount.objects.order_by("read_at").values_list("pk", flat=True))
    people = list(User.objects.filter(memberships__team=team).order_by("pk").values_list("pk", flat=True))
    found = {
        UNFILTERED: [""],
        FREQUENT: [
            "language=en", "provider=Eleven+Labs", "ownership=private", "billing=VOICE_BILLING_STYLE_EXTERNAL",
            "stage=approved", f"tag={tags['Brand']}", f"owner={people[1]}", f"account={accounts[0]}", "health=good",
            "gone=here", "language=en&provider=Cartesia&stage=approved",
        ],
        RARE: [
            "language=cy", "language=xx", "provider=Hume", "stage=retired&language=cs", f"tag={tags['Pilot']}",
            f"owner={people[-1]}&health=failing", f"account={accounts[-1]}&language=cs", "favourite=1",
            "health=failing&provider=LMNT", "gone=gone",
        ],
        SORTED: [f"sort={sort}" for sort in ORDERS] + [f"sort={sort}&provider=Hume" for sort in ORDERS],
        RARE_TEXT: [f"q={RARE_WORD}", f"q={quote(RARE_NAME)}", "q=qqqqqq", f"q={RARE_WORD}&sort=name"],
        FREQUENT_TEXT: ["q=calm", "q=narrator", "q=calm+eleven", "q=narrator&sort=played", "q=calm&language=en"],
        SHORT_TEXT: ["q=ed", "q=zq", "q=ma+ca"],
        SPARSE: [
            "q=zoe&sort=name", "sort=language&language=tr", "q=eleven&provider=Cartesia", "q=narrator&stage=retired",
            "q=zoe&sort=name&language=en", "q=calm&provider=Cartesia&sort=played",
            "q=deep&provider=Google&sort=language", "q=support&language=es&sort=name",
        ],
    }  # fmt: skip
    return found | {COMBINED: _combined([query for queries in found.values() for query in queries])}


def _combined(queries: list[str]) -> list[str]:
    """Return some combinations of two or three filters with a sort, always the same ones."""
    choices = defaultdict[str, set[str]](set)
    for one in {part for query in queries for part in query.split("&") if part}:
        choices[one.partition("=")[0]].add(one)
    orders = sorted(choices.pop("sort"))
    dice = random.Random(1)
    found = []
    for number in range(COMBINED_COUNT):
        names = dice.sample(sorted(choices), 2 + number % 2)
        asked = [dice.choice(sorted(choices[name])) for name in names]
        found.append("&".join([*asked, dice.choice(orders)]))
    return found
