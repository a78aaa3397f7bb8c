"""Voices that are missing at Althea, whose preview fails, or that no consent covers."""

from collections.abc import Iterator

from voices.library.dashboard.attention.base import Action, Attention, Item, number
from voices.library.dashboard.links import Link, library
from voices.library.dashboard.reading import Reading

# By state of consent: the problem, what to do, and the severity.
CONSENTS = {
    "ended": (
        "in quarantine", "Consent was withdrawn or has expired. State another one, or delete them.", "bad",
    ),
    "expiring": ("covered for less than 30 days", "Ask the speakers again before consent expires.", "warn"),
    "missing": ("without a recorded consent", "State who agreed, or ask the speakers.", "warn"),
}  # fmt: skip


def find(reading: Reading) -> Iterator[Item]:
    """Yield an item for each group of voices that needs attention."""
    counts = reading.voices
    if counts.gone:
        words = f"{number(counts.gone, 'voice is', 'voices are')} missing at Althea."
        yield _item(words, "Clone them again, or remove them.", "bad", library(gone="gone"))
    if counts.failing:
        words = f"{number(counts.failing, 'voice')} cannot be heard."
        yield _item(words, "Althea could not make their preview.", "bad", library(health="failing"))
    for state, (words, detail, tone) in CONSENTS.items():
        if count := counts.consents[state]:
            own = {"ownership": "private"} if state == "missing" else {}
            sentence = f"{number(count, 'voice is', 'voices are')} {words}."
            yield _item(sentence, detail, tone, library(consent=state, **own))


def _item(sentence: str, detail: str, tone: str, link: Link) -> Item:
    return Item(sentence, detail=detail, tone=tone, action=Action("See voices", link, is_link=True))


ATTENTION = Attention(name="voices", position=60, find=find)
