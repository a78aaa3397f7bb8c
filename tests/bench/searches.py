"""What the library of the bench is asked: every filter with a frequent value and a rare one, every order, texts."""

import random
from collections import defaultdict
from urllib.parse import quote

from tests.bench.mixed import RARE_NAME, RARE_WORD
from voices.library.orders import ORDERS as SORTS
from voices.models import AltheaAccount, Tag, Team, User

SOME = 24
PLAIN, FREQUENT, RARE, SORTED = "unfiltered", "filtered, frequent", "filtered, rare", "sorted"
LITTLE, MUCH, SHORT, FAR = (
    "text, little",
    "text, much",
    "text of two letters",
    "far along the sort, or hardly together",
)
TOGETHER = "any two or three, in any order"


def searches(team: Team) -> dict[str, list[str]]:
    """Query strings by kind."""
    tags = {tag.name: tag.pk for tag in Tag.objects.filter(team=team)}
    accounts = list(AltheaAccount.objects.order_by("read_at").values_list("pk", flat=True))
    people = list(User.objects.filter(memberships__team=team).order_by("pk").values_list("pk", flat=True))
    found = {
        PLAIN: [""],
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
        SORTED: [f"sort={sort}" for sort in SORTS] + [f"sort={sort}&provider=Hume" for sort in SORTS],
        LITTLE: [f"q={RARE_WORD}", f"q={quote(RARE_NAME)}", "q=qqqqqq", f"q={RARE_WORD}&sort=name"],
        MUCH: ["q=calm", "q=narrator", "q=calm+eleven", "q=narrator&sort=played", "q=calm&language=en"],
        SHORT: ["q=ed", "q=zq", "q=ma+ca"],
        FAR: [
            "q=zoe&sort=name", "sort=language&language=tr", "q=eleven&provider=Cartesia", "q=narrator&stage=retired",
            "q=zoe&sort=name&language=en", "q=calm&provider=Cartesia&sort=played",
            "q=deep&provider=Google&sort=language", "q=support&language=es&sort=name",
        ],
    }  # fmt: skip
    return found | {TOGETHER: _together([query for queries in found.values() for query in queries])}


def _together(queries: list[str]) -> list[str]:
    """Some of all the ways to ask for two or three things at once, always the same ones."""
    choices = defaultdict[str, set[str]](set)
    for one in {part for query in queries for part in query.split("&") if part}:
        choices[one.partition("=")[0]].add(one)
    orders = sorted(choices.pop("sort"))
    dice = random.Random(1)  # no secret
    found = []
    for number in range(SOME):
        names = dice.sample(sorted(choices), 2 + number % 2)
        asked = [dice.choice(sorted(choices[name])) for name in names]
        found.append("&".join([*asked, dice.choice(orders)]))
    return found
