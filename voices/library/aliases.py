"""Which voice a team's alias stands for, and what became of it before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from voices.library.filters import ANY, Filters, clean_query
from voices.library.filters.availability import HERE
from voices.library.pages import library_page
from voices.models import Alias, AuditEntry, Membership, Team, Voice

MAX_TARGETS = 12
MAX_STEPS = 50
VERBS = ("voice.alias_given", "voice.alias_taken", "voice.alias_renamed")


def resolve_alias(team: Team, name: str) -> Voice | None:
    """The voice that the alias stands for now; None without such an alias, or when its voice was deleted.

    A voice that is gone at Althea is given: whoever asks can say so, and since when (`gone_at`).
    """
    found = Alias.objects.select_related("voice").filter(team=team, name=name.strip().lower()).first()
    return found.voice if found and found.voice and found.voice.deleted_at is None else None


def aliases_of(member: Membership) -> list[Alias]:
    """The team's aliases with their voices, by name; one query."""
    return list(Alias.objects.filter(team=member.team).select_related("voice").order_by("name"))


def targets(member: Membership, query: str, *, now_at: Voice | None) -> tuple[list[Voice], bool]:
    """The voices an alias may be moved to, newest first, and whether more match: those that are there.

    Until something is searched, those of the language that the alias speaks now come first.
    """
    asked = Filters.of(query=clean_query(query), stage=(ANY,), gone=(HERE,))
    found = _newest(member, asked, now_at)
    if now_at is not None and now_at.language and not asked.query:
        same = _newest(member, asked.having("language", (now_at.language,)), now_at)
        found = same + [voice for voice in found if voice not in same]
    return found[:MAX_TARGETS], len(found) > MAX_TARGETS


def _newest(member: Membership, filters: Filters, without: Voice | None) -> list[Voice]:
    # One more than is shown, and one for the voice that is left out.
    page = library_page(member, filters=filters, size=MAX_TARGETS + 2)
    return [voice for voice in page.voices if voice != without]


@dataclass(frozen=True)
class AliasEvent:
    """One line of what happened to an alias of a voice."""

    who: str
    at: datetime
    alias: str
    sentence: str
    voice_id: str = ""
    voice_name: str = ""


def alias_steps(voice: Voice) -> Sequence[AliasEvent]:
    """The history of the names a voice was asked for by, newest first, the last 50 steps; one query."""
    lines = AuditEntry.objects.filter(thing="voice", thing_id=str(voice.pk), verb__in=VERBS).order_by("-id")
    return [_step(line) for line in lines[:MAX_STEPS]]


def _step(line: AuditEntry) -> AliasEvent:
    told: Mapping[str, str] = line.facts
    sentence, end = _sentence(line.verb, told)
    named = (told.get(f"{end}_id", ""), told.get(f"{end}_name", "")) if end else ("", "")
    return AliasEvent(line.actor_name, line.at, told.get("alias", ""), sentence, *named)


def _sentence(verb: str, told: Mapping[str, str]) -> tuple[str, str]:
    """The words between the alias and the other voice, and which end of the move that voice is."""
    if verb == "voice.alias_renamed":
        return f"renamed, it was {told.get('from', '')}", ""
    if verb == "voice.alias_given":
        return ("moved here from", "from") if told.get("from_id") else ("made", "")
    return ("moved away to", "to") if told.get("to_id") else ("removed", "")
