"""The history of a voice as sentences: newest first, one page at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voices.audit import sentence
from voices.library.filters import all_filters
from voices.library.labels import language_name
from voices.models import AuditEntry, Membership, Voice

PAGE_SIZE = 20
MAX_ID = 2**63 - 1
MAX_TEXT_LENGTH = 240
FIELDS = {"description": "Description", "primary_language": "Language"}
_EMPTY = "empty"
_SWAPS = {"voice.swapped_out": ("Replaced with", "new"), "voice.swapped_in": ("Instead of", "old")}


@dataclass(frozen=True)
class EntryDetail:
    """A fact beside an entry's sentence. `before` is None where nothing was replaced."""

    label: str
    after: str
    before: str | None = None


@dataclass(frozen=True)
class ActivityEntry:
    """An action as a sentence, with its facts."""

    sentence: str
    at: datetime
    details: Sequence[EntryDetail]


@dataclass(frozen=True)
class Activity:
    """A page of entries. The next older page starts before the id `before`; None at the end."""

    entries: Sequence[ActivityEntry]
    before: int | None


def read_before(value: str) -> int | None:
    """Parse the position of a URL. Return None for the newest entries, and for an invalid value."""
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ID))
    return int(value) if is_number and int(value) <= MAX_ID else None


def voice_activity(member: Membership, voice: Voice, *, before: int | None = None) -> Activity:
    """Return the newest 20 of the team's entries about the voice that are older than `before`; one query."""
    entries = AuditEntry.objects.filter(team=member.team, thing="voice", thing_id=str(voice.pk))
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries.order_by("-id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = shown[-1].pk if len(found) > PAGE_SIZE else None
    return Activity([ActivityEntry(sentence(one), one.at, _shown_details(one)) for one in shown], more)


def _shown_details(entry: AuditEntry) -> Sequence[EntryDetail]:
    # Entries of earlier releases may lack a fact.
    return [one for one in details_of(entry) if one.before is not None or one.after not in {"", _EMPTY}]


def details_of(entry: AuditEntry) -> Iterator[EntryDetail]:
    """Yield the facts of an entry as people read them, without those for programs (ids, hashes)."""
    facts: Mapping[str, Any] = entry.facts if isinstance(entry.facts, Mapping) else {}
    if entry.verb == "voice.renamed":
        yield _change("Name", facts.get("from"), facts.get("to"))
    elif entry.verb == "voice.edited":
        yield from _edits(facts.get("changes"))
    elif entry.verb == "voice.staged":
        yield _change(
            "Stage", _stage(facts.get("from")), _stage(facts.get("stage")), is_known="from" in facts
        )
    elif entry.verb in {"voice.tagged", "voice.untagged"}:
        yield EntryDetail("Tag", _text(facts.get("tag")))
    elif entry.verb.startswith("voice.alias_"):
        yield from _alias(entry.verb, facts)
    elif entry.verb in _SWAPS:
        label, other = _SWAPS[entry.verb]
        yield EntryDetail(label, _text(facts.get(other)))
        yield EntryDetail("Agents", _text(facts.get("agents")))


def _edits(changes: Any) -> Iterator[EntryDetail]:
    for name, pair in changes.items() if isinstance(changes, Mapping) else ():
        if isinstance(pair, list) and len(pair) == 2:
            shown = [language_name(_text(one)) for one in pair] if name == "primary_language" else pair
            yield _change(FIELDS.get(name, str(name)[:40]), *shown)


def _alias(verb: str, facts: Mapping[str, Any]) -> Iterator[EntryDetail]:
    if verb == "voice.alias_renamed":
        yield _change("Alias", facts.get("from"), facts.get("to"))
        return
    yield EntryDetail("Alias", _text(facts.get("alias")))
    other, label = ("from_name", "Taken from") if verb == "voice.alias_given" else ("to_name", "Given to")
    if facts.get(other):
        yield EntryDetail(label, _text(facts[other]))


def _change(label: str, before: Any, after: Any, *, is_known: bool = True) -> EntryDetail:
    return EntryDetail(label, _text(after) or _EMPTY, (_text(before) or _EMPTY) if is_known else None)


def _stage(value: Any) -> str:
    return all_filters()["stage"].label_of(_text(value)) if value else ""


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[: MAX_TEXT_LENGTH - 1]}…"
