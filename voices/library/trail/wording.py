"""Entries of the trail in words: who did what, and the facts that changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voices.access import ActivityScope
from voices.audit import sentence_parts
from voices.library.activity import EntryDetail, details_of
from voices.library.dashboard.reasons import REASONS
from voices.models import AuditEntry, Team

MAX_TEXT = 240
EMPTY = "empty"
# What only programs read, and what stands beside each entry anyway.
HIDDEN = frozenset(
    {"sample", "job", "hash", "sequence", "from_name", "to_name", "replaces", "invitation", "address"}
)
LABELS = {
    "by": "By", "asked": "Filters", "kind": "Format", "of_team": "For the team", "done": "Then", "counts": "Deleted",
    "agreed_by": "Signed by", "voices": "Voices", "heir": "Voices go to",
}  # fmt: skip
# The fact that replaced what stands under `before`, where it has a name of its own.
AFTER = {"member.changed": ("Role", "role"), "key.relabelled": ("Name", ""), "key.replaced": ("Key", "")}


@dataclass(frozen=True)
class TrailLine:
    """An entry as the page shows it: the parts of its sentence, `who` only where it begins with a person.

    `team` is only set among entries of all teams.
    """

    entry: AuditEntry
    who: str
    before: str
    thing: str
    after: str
    details: tuple[EntryDetail, ...]
    team: Team | None = None


def lines_of(scope: ActivityScope, entries: Sequence[AuditEntry]) -> list[TrailLine]:
    """Return the entries of a page in words; a query for their teams if those differ."""
    ids = {entry.team_id for entry in entries if entry.team_id} if scope.team is None else set()
    teams = Team.objects.in_bulk(ids) if ids else {}
    return [_line(entry, teams.get(entry.team_id)) for entry in entries]


def _line(entry: AuditEntry, team: Team | None) -> TrailLine:
    before, thing, after = sentence_parts(entry)
    is_told = before.startswith(f"{entry.actor_name} ") and entry.actor_id is not None
    who = entry.actor_name if is_told else ""
    return TrailLine(entry, who, before[len(who) :], thing, after, tuple(facts_of(entry)), team)


def facts_of(entry: AuditEntry) -> Iterator[EntryDetail]:
    """Yield the facts of an entry in words, without those that only programs read."""
    told = list(details_of(entry))
    if told or not isinstance(entry.facts, Mapping):
        yield from (one for one in told if one.before is not None or one.after not in {"", EMPTY})
        return
    facts = dict(entry.facts)
    yield from _change(entry.verb, facts)
    for name, value in facts.items():
        if not _is_hidden(name) and value not in ("", None, [], {}):
            said = REASONS.get(str(value), _text(value)) if name == "problem" else _text(value)
            yield EntryDetail(LABELS.get(name, name.replace("_", " ").capitalize()), said)


def _change(verb: str, facts: dict[str, Any]) -> Iterator[EntryDetail]:
    """Take what changed out of the facts and yield it, before and after."""
    before, after = facts.pop("before", None), facts.pop("after", None)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            label = str(name).replace("_", " ").capitalize()
            yield EntryDetail(label, _text(after.get(name)) or EMPTY, _text(before.get(name)) or EMPTY)
    elif before is not None:
        label, name = AFTER.get(verb, ("Before", ""))
        after = after if after is not None else facts.pop(name, None)
        yield (
            EntryDetail(label, _text(after), _text(before)) if after else EntryDetail("Before", _text(before))
        )
    if "from" in facts and "to" in facts:
        yield EntryDetail("Name", _text(facts.pop("to")) or EMPTY, _text(facts.pop("from")) or EMPTY)


def _is_hidden(name: str) -> bool:
    return name in HIDDEN or name.endswith(("id", "ids", "sha256"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        text = ", ".join(map(_text, value))
    elif isinstance(value, Mapping):
        text = ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
