"""The confirmation page of a bulk deletion: which voices, whose keys, what happens."""

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
    """Return why the person cannot delete certain selected voices, in a query or two per account."""
    return _refusals(member, _voices(chosen))


def _voices(chosen: Selection) -> list[Voice]:
    rows = Voice.objects.filter(pk__in=chosen.ids).select_related("account", "steward")
    return list(rows.defer("raw", "definition", "search_text", "notes").order_by("-created_at", "-id"))


def _refusals(member: Membership, voices: Sequence[Voice]) -> dict[UUID, str]:
    # A voice that is missing at Althea needs no key: nothing is called there.
    present = [voice for voice in voices if voice.gone_at is None]
    accounts = {voice.account_id: voice.account for voice in present}
    key_reasons = {pk: key_refusal(member.user, account) for pk, account in accounts.items()}
    public = {voice.pk: blocked_reason(member.user, voice) for voice in present if voice.is_public}
    reasons = {voice.pk: key_reasons[voice.account_id] for voice in present} | public
    return {pk: reason for pk, reason in reasons.items() if reason}


def confirmation(request: StudioRequest, chosen: Selection, back: str) -> dict[str, Any]:
    """Return the context of the confirmation page."""
    voices = _voices(chosen)
    refused = _refusals(request.member, voices)
    deletable = [voice for voice in voices if voice.pk not in refused]
    grouped = defaultdict(list)
    for voice in voices:
        if voice.pk in refused:
            grouped[refused[voice.pk]].append(voice)
    return {
        "page": "library",
        "needs_approval": request.member.team.two_person_rule,
        "chosen": chosen,
        "voices": ",".join(str(pk) for pk in chosen.ids),
        "query": request.POST.get("query", ""),
        "back": back,
        "deletable": deletable,
        "shown": deletable[:SHOWN],
        "more": max(len(deletable) - SHOWN, 0),
        "gone": sum(voice.gone_at is not None for voice in deletable),
        "samples": sum(voice.sample_id is not None for voice in deletable),
        "aliases": list(Alias.objects.filter(voice__in=deletable).order_by("name")[: SHOWN + 1]),
        "accounts": sorted({voice.account.name for voice in deletable}),
        # Read from Althea and cached for a minute per account.
        "usage": agents_using_any(request.member, [voice for voice in deletable if voice.gone_at is None]),
        "refused": [(reason, those[:SHOWN], len(those)) for reason, those in grouped.items()],
    }
