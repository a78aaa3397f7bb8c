"""Voices that are missing at Althea, whose preview fails, or that no consent covers."""

from collections.abc import Iterator

from voices.library.dashboard.attention.base import Action, Attention, Item, number
from voices.library.dashboard.links import Link, library
from voices.library.dashboard.reading import Reading

# By state of consent: the problem, what to do, and the severity.
CONSENTS = {
    "ended": (
        "in quarantine", "Their consent was withdrawn or has expired. Add a new consent, or delete them.", "bad",
    ),
    "expiring": ("covered by consent for less than 30 days", "Ask the speakers again before it expires.", "warn"),
    "missing": ("not covered by a recorded consent", "Add consent, or ask the speakers.", "warn"),
}  # fmt: skip


def find(reading: Reading) -> Iterator[Item]:
    """Yield an item for each group of voices that needs attention."""
    counts = reading.voices
    if counts.gone:
        words = f"{number(counts.gone, 'voice is', 'voices are')} missing at Althea."
        yield _item(words, "Clone again, or remove from the library.", "bad", library(gone="gone"))
    if counts.failing:
        words = f"{number(counts.failing, 'voice')} can't be played."
        yield _item(words, "Althea couldn't create a preview.", "bad", library(health="failing"))
    for state, (words, detail, tone) in CONSENTS.items():
        if count := counts.consents[state]:
            own = {"ownership": "private"} if state == "missing" else {}
            sentence = f"{number(count, 'voice is', 'voices are')} {words}."
            yield _item(sentence, detail, tone, library(consent=state, **own))


def _item(sentence: str, detail: str, tone: str, link: Link) -> Item:
    return Item(sentence, detail=detail, tone=tone, action=Action("See voices", link, is_link=True))


ATTENTION = Attention(name="voices", position=60, find=find)
