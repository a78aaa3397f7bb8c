"""A team's aliases, the voices they may be moved to, and their history on a voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from voices.library.filters import ANY, Filters, clean_query
from voices.library.filters.availability import HERE
from voices.library.filters.base import MAX_VALUES
from voices.library.pages import library_page
from voices.models import Alias, AltheaAccount, AuditEntry, Membership, Ownership, Voice

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
    return _newest(member, [filters], now_at)


def swap_targets(member: Membership, query: str, *, old: Voice) -> tuple[list[Voice], bool]:
    """Return the voices that agents may use instead of the old one, as `targets` does.

    These are the other voices of its account, then those of the public catalogue.
    """
    filters = Filters.of(query=clean_query(query), stage=(ANY,), gone=(HERE,))
    like = AltheaAccount.objects.filter(endpoint=old.account.endpoint, voices__team=member.team).distinct()
    accounts = tuple(str(pk) for pk in like.values_list("pk", flat=True)[:MAX_VALUES])
    public = filters.having("ownership", (Ownership.PUBLIC,)).having("account", accounts)
    return _newest(member, [filters.having("account", (str(old.account_id),)), public], old)


def _newest(
    member: Membership, searches: Sequence[Filters], without: Voice | None
) -> tuple[list[Voice], bool]:
    if without is not None and without.language:
        plain = [one for one in searches if not one.query]
        searches = [*(one.having("language", (without.language,)) for one in plain), *searches]
    # One more than is shown, and one instead of the excluded voice.
    pages = (library_page(member, filters=one, size=MAX_TARGETS + 2) for one in searches)
    found = dict.fromkeys(voice for page in pages for voice in page.voices if voice != without)
    return list(found)[:MAX_TARGETS], len(found) > MAX_TARGETS


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
    """Return the words between the alias and the other voice, and which end of the move that voice was."""
    if verb == "voice.alias_renamed":
        return f"renamed from {facts.get('from', '')}", ""
    if verb == "voice.alias_given":
        return ("moved here from", "from") if facts.get("from_id") else ("created", "")
    return ("moved to", "to") if facts.get("to_id") else ("removed", "")
