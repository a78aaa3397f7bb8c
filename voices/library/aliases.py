"""A team's aliases, the voices they may be moved to, and their history on a voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from voices.library.filters import ANY, Filters, clean_query
from voices.library.filters.availability import HERE
from voices.library.pages import library_page
from voices.models import Alias, AuditEntry, Membership, Voice

MAX_TARGETS = 12
MAX_EVENTS = 50
VERBS = ("voice.alias_given", "voice.alias_taken", "voice.alias_renamed")


def aliases_of(member: Membership) -> list[Alias]:
    """Return the team's aliases with their voices, by name; one query."""
    return list(Alias.objects.filter(team=member.team).select_related("voice").order_by("name"))


def targets(member: Membership, query: str, *, now_at: Voice | None) -> tuple[list[Voice], bool]:
    """Return the voices that an alias may be moved to, newest first, and whether more match.

    Without a search, voices of the same language as the current one (`now_at`) come first.
    """
    filters = Filters.of(query=clean_query(query), stage=(ANY,), gone=(HERE,))
    found = _newest(member, filters, now_at)
    if now_at is not None and now_at.language and not filters.query:
        same = _newest(member, filters.having("language", (now_at.language,)), now_at)
        found = same + [voice for voice in found if voice not in same]
    return found[:MAX_TARGETS], len(found) > MAX_TARGETS


def _newest(member: Membership, filters: Filters, without: Voice | None) -> list[Voice]:
    # One more than is shown, and one in place of the voice that is left out.
    page = library_page(member, filters=filters, size=MAX_TARGETS + 2)
    return [voice for voice in page.voices if voice != without]


@dataclass(frozen=True)
class AliasEvent:
    """One event in the history of a voice's aliases."""

    who: str
    at: datetime
    alias: str
    sentence: str
    voice_id: str = ""
    voice_name: str = ""


def alias_history(voice: Voice) -> Sequence[AliasEvent]:
    """Return the last 50 events of the aliases that point or pointed to the voice, newest first; one query."""
    found = AuditEntry.objects.filter(thing="voice", thing_id=str(voice.pk), verb__in=VERBS).order_by("-id")
    return [_event(entry) for entry in found[:MAX_EVENTS]]


def _event(entry: AuditEntry) -> AliasEvent:
    facts: Mapping[str, str] = entry.facts
    sentence, end = _sentence(entry.verb, facts)
    other = (facts.get(f"{end}_id", ""), facts.get(f"{end}_name", "")) if end else ("", "")
    return AliasEvent(entry.actor_name, entry.at, facts.get("alias", ""), sentence, *other)


def _sentence(verb: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Return the words between the alias and the other voice, and which end of the move that voice is."""
    if verb == "voice.alias_renamed":
        return f"renamed from {facts.get('from', '')}", ""
    if verb == "voice.alias_given":
        return ("moved here from", "from") if facts.get("from_id") else ("created", "")
    return ("moved to", "to") if facts.get("to_id") else ("removed", "")
