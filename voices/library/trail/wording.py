"""Entries of the trail as people read them: a sentence, and the facts that changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voices.access import ActivityScope
from voices.audit import sentence_parts
from voices.library.activity import EntryDetail, details_of
from voices.library.dashboard.reasons import REASONS
from voices.library.labels import language_name
from voices.models import AuditEntry, BulkState, Endpoint, KeyState, Role, Stage, Team, TokenScope
from voices.notices.kinds import KINDS

MAX_TEXT = 240
EMPTY = "empty"
# Facts for programs, and those that the page shows elsewhere.
HIDDEN = frozenset(
    {
        "sample", "job", "run", "voice", "hash", "sequence", "from_name", "to_name", "replaces", "invitation",
        "address",
    }
)  # fmt: skip
LABELS = {
    "asked": "Filters", "kind": "Format", "kinds": "Events", "of_team": "For the team", "done": "Then",
    "counts": "Deleted", "agreed_by": "Signed by", "heir": "Voices go to", "url": "URL", "as_staff": "As staff",
}  # fmt: skip
# Facts with another meaning in entries of one verb.
LABELS_OF = {
    ("bulk.done", "done"): "Done",
    ("bulk.done", "left"): "Skipped",
    ("bulk.done", "state"): "Ended",
}
# Labels for the values of facts that are identifiers; other values are shown unchanged.
WORDS: Mapping[str, Mapping[str, str]] = {
    "problem": REASONS,
    "role": {value: str(label) for value, label in Role.choices},
    "stage": {value: str(label) for value, label in Stage.choices},
    "endpoint": {value: str(label) for value, label in Endpoint.choices},
    "state": {value: str(label) for value, label in (*KeyState.choices, *BulkState.choices)},
    "scopes": {value: str(label) for value, label in TokenScope.choices},
    "kind": {"csv": "CSV", "json": "JSON", "jsonl": "JSON lines (OCSF)"},
    "kinds": {kind.name: kind.label for kind in KINDS},
    "by": {"company": "the company's login"},
    "quarantine": {"entered": "Entered", "left": "Left"},
}
# The fact that replaced the value of `before`, if it has a name of its own.
AFTER = {
    "member.changed": ("Role", "role"), "key.relabelled": ("Name", ""), "key.replaced": ("Key", ""),
    "agent.changed": ("Voice", ""), "person.email_changed": ("Email", ""),
}  # fmt: skip


@dataclass(frozen=True)
class TrailLine:
    """An entry as the page shows it: the parts of its sentence, which starts with `who` if a person acted.

    `team` is set only in lists of all teams.
    """

    entry: AuditEntry
    who: str
    before: str
    thing: str
    after: str
    details: tuple[EntryDetail, ...]
    team: Team | None = None


def lines_of(scope: ActivityScope, entries: Sequence[AuditEntry]) -> list[TrailLine]:
    """Return the lines of a page's entries; one query for the teams if they differ."""
    ids = {entry.team_id for entry in entries if entry.team_id} if scope.team is None else set()
    teams = Team.objects.in_bulk(ids) if ids else {}
    return [_line(entry, teams.get(entry.team_id)) for entry in entries]


def _line(entry: AuditEntry, team: Team | None) -> TrailLine:
    before, thing, after = sentence_parts(entry)
    is_told = before.startswith(f"{entry.actor_name} ") and entry.actor_id is not None
    who = entry.actor_name if is_told else ""
    return TrailLine(entry, who, before[len(who) :], thing, after, tuple(facts_of(entry)), team)


def facts_of(entry: AuditEntry) -> Iterator[EntryDetail]:
    """Yield the facts of an entry as people read them, without those for programs."""
    details = list(details_of(entry))
    if details or not isinstance(entry.facts, Mapping):
        yield from (one for one in details if one.before is not None or one.after not in {"", EMPTY})
        return
    facts = dict(entry.facts)
    yield from _change(entry.verb, facts)
    for name, value in facts.items():
        if not _is_hidden(name) and value not in ("", None, [], {}):
            yield EntryDetail(LABELS_OF.get((entry.verb, name)) or _label(name), value_text(name, value))


def _change(verb: str, facts: dict[str, Any]) -> Iterator[EntryDetail]:
    """Remove the changed values from the facts and yield them, before and after."""
    before, after = facts.pop("before", None), facts.pop("after", None)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            yield EntryDetail(
                _label(str(name)),
                value_text(name, after.get(name)) or EMPTY,
                value_text(name, before.get(name)) or EMPTY,
            )
    elif before is not None:
        label, name = AFTER.get(verb, ("Before", ""))
        after = after if after is not None else facts.pop(name, None)
        then = value_text(name, before)
        yield EntryDetail(label, value_text(name, after), then) if after else EntryDetail("Before", then)
    if "from" in facts and "to" in facts:
        yield EntryDetail("Name", _text(facts.pop("to")) or EMPTY, _text(facts.pop("from")) or EMPTY)


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def value_text(name: str, value: Any) -> str:
    """Return the value of a fact as people read it."""
    if name == "language":
        return language_name(_text(value))
    words = WORDS.get(name, {})
    if name == "scopes" and isinstance(value, str):
        value = value.split()
    if isinstance(value, list):
        return _text([words.get(str(one), one) for one in value])
    return words.get(str(value)) or _text(value)


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
