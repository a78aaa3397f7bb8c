"""What the page before a deletion of many says: which voices, whose key, what follows."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from voices.actions.voice.upstream_change import blocked_reason, key_refusal
from voices.actions.voice.usage import agents_using_any
from voices.library.selection import Selection
from voices.models import Alias, Membership, Voice
from voices.web.http import StudioRequest

SHOWN = 12


def refusals_of(member: Membership, chosen: Selection) -> dict[UUID, str]:
    """Of the chosen voices those that the person cannot delete, each with the reason; a query or two an account."""
    return _refusals(member, _voices(chosen))


def _voices(chosen: Selection) -> list[Voice]:
    rows = Voice.objects.filter(pk__in=chosen.ids).select_related("account", "steward")
    return list(rows.defer("raw", "definition", "search_text", "notes").order_by("-created_at", "-id"))


def _refusals(member: Membership, voices: Sequence[Voice]) -> dict[UUID, str]:
    # What is gone at Althea needs no key: nothing is asked for there.
    there = [voice for voice in voices if voice.gone_at is None]
    accounts = {voice.account_id: voice.account for voice in there}
    told = {pk: key_refusal(member.user, account) for pk, account in accounts.items()}
    public = {voice.pk: blocked_reason(member.user, voice) for voice in there if voice.is_public}
    reasons = {voice.pk: told[voice.account_id] for voice in there} | public
    return {pk: reason for pk, reason in reasons.items() if reason}


def confirmation(request: StudioRequest, chosen: Selection, back: str) -> dict[str, Any]:
    """Everything that the page names."""
    voices = _voices(chosen)
    refused = _refusals(request.member, voices)
    doomed = [voice for voice in voices if voice.pk not in refused]
    grouped = defaultdict(list)
    for voice in voices:
        if voice.pk in refused:
            grouped[refused[voice.pk]].append(voice)
    return {
        "page": "library",
        "chosen": chosen,
        "voices": ",".join(str(pk) for pk in chosen.ids),
        "query": request.POST.get("query", ""),
        "back": back,
        "doomed": doomed,
        "shown": doomed[:SHOWN],
        "more": max(len(doomed) - SHOWN, 0),
        "gone": sum(voice.gone_at is not None for voice in doomed),
        "samples": sum(voice.sample_id is not None for voice in doomed),
        "aliases": list(Alias.objects.filter(voice__in=doomed).order_by("name")[: SHOWN + 1]),
        "accounts": sorted({voice.account.name for voice in doomed}),
        # Read at Althea, a minute's memory an account.
        "uses": agents_using_any(request.member, [voice for voice in doomed if voice.gone_at is None]),
        "refused": [(reason, those[:SHOWN], len(those)) for reason, those in grouped.items()],
    }
