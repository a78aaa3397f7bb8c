"""Renaming and describing a voice at Althea, without writing over what somebody else did meanwhile.

One change of a voice is at Althea at a time (`begin_change`). Before it is sent, what the person saw is held against
the library's row and against the voice as Althea tells it now; only what was changed is sent, never a definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from voices import althea, audit, gateway
from voices.access import Verb, require
from voices.actions.clone.submit import NameInUseError
from voices.actions.voice.search_text import library_changed, refresh_search
from voices.actions.voice.upsert import voice_columns
from voices.actions.voice.upstream_change import (
    PUBLIC,
    ChangeStatus,
    Now,
    Outcome,
    ask_with,
    change_lock,
    note_refusal,
    refused_as,
)
from voices.althea import AltheaClient, AltheaError, GarbledAnswerError, GoneError, ThrottledError
from voices.althea.payloads import VoiceChanges
from voices.kit.languages import normalise
from voices.kit.names import clean_name
from voices.models import ApiKey, CloneJob, Membership, Voice


@dataclass(frozen=True)
class EditableFields:
    """What people may change of a voice, as it stood at some moment."""

    name: str
    description: str
    primary_language: str

    @classmethod
    def from_row(cls, voice: Voice) -> Self:
        """As the library's row has it."""
        return cls(voice.name, voice.description, voice.primary_language)

    @classmethod
    def from_remote(cls, upstream: althea.Voice) -> Self:
        """As Althea tells it, cut as the row is."""
        facts = voice_columns(upstream)
        return cls(facts["name"], facts["description"], facts["primary_language"])

    def differing(self, other: "EditableFields") -> tuple[str, ...]:
        """The names of what is not the same; how lines are broken and a tag is written makes no difference."""
        names = (one.name for one in fields(self))
        return tuple(name for name in names if not _is_same(name, getattr(self, name), getattr(other, name)))

    def has(self, changes: Mapping[str, str]) -> bool:
        """Whether it is as these changes wanted it."""
        return all(_is_same(name, getattr(self, name), value) for name, value in changes.items())


def _is_same(name: str, one: str, other: str) -> bool:
    if name == "primary_language":
        return normalise(one) == normalise(other)
    return clean_name(one) == clean_name(other)


# --- what is asked of Althea -------------------------------------------------------------------------


async def change_upstream(
    client: AltheaClient, voice_id: str, *, seen: EditableFields, changes: Mapping[str, str]
) -> Outcome:
    """Makes the changes if the voice is still as it was seen, and looks where the answer leaves that unclear."""
    try:
        current = await client.get_voice(voice_id)
    except AltheaError as error:
        outcome = await refused_as(client, error)
        # A read changes nothing, so its doubts can simply wait.
        return Outcome(ChangeStatus.LATER, error=error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    if EditableFields.from_remote(current) != seen:
        return Outcome(ChangeStatus.DIFFERS, current)
    try:
        return Outcome(ChangeStatus.DONE, await _patch(client, voice_id, changes))
    except AltheaError as error:
        outcome = await refused_as(client, error)
        return (
            await _look(client, voice_id, changes, error)
            if outcome.status is ChangeStatus.UNCLEAR
            else outcome
        )


async def _patch(client: AltheaClient, voice_id: str, changes: Mapping[str, str]) -> althea.Voice:
    body: dict[str, Any] = {name: value or None for name, value in changes.items()}
    changed = await client.update_voice(voice_id, **VoiceChanges(**body))  # type: ignore[typeddict-item]  # our columns
    if changed.voice_id != voice_id:
        raise GarbledAnswerError("Althea answered with another voice than was asked for.")
    return changed


async def _look(
    client: AltheaClient, voice_id: str, changes: Mapping[str, str], error: AltheaError
) -> Outcome:
    try:
        now = await client.get_voice(voice_id)
    except GoneError as gone:
        return Outcome(ChangeStatus.GONE, error=gone)
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)
    return Outcome(
        ChangeStatus.DONE if EditableFields.from_remote(now).has(changes) else ChangeStatus.UNDONE, now, error
    )


# --- the change, whole -------------------------------------------------------------------------------


def require_own_name(voice: Voice, name: str) -> None:
    """Passes if no other voice we know and no clone under way has the name in the account. Raises NameInUseError."""
    others = Voice.objects.there().filter(account=voice.account_id, name=name)
    if others.exclude(voice_id=voice.voice_id).exclude(ownership=PUBLIC).exists():
        raise NameInUseError(f"The account {voice.account} already has a voice called “{name}”.")
    if CloneJob.objects.holding(account=voice.account, name=name).exists():
        raise NameInUseError(
            f"A clone called “{name}” is under way, or may have reached Althea, in the account {voice.account}."
        )


def edit_voice(
    *,
    member: Membership,
    voice: Voice,
    key: ApiKey,
    seen: EditableFields,
    changes: Mapping[str, str],
    ask: Any = gateway.ask,
    now: Now = timezone.now,
) -> Outcome:
    """What became of the changes (column: new value) that were typed over what was `seen`.

    The row then says what Althea says, in every case; DIFFERS without a voice means that the row was changed here.
    Raises PermissionDenied, NameInUseError.
    """
    require(member, Verb.EDIT_VOICE)
    with change_lock(voice, now()) as is_ours:
        if not is_ours:
            return Outcome(ChangeStatus.BUSY)
        voice.refresh_from_db()
        if seen.differing(EditableFields.from_row(voice)):
            return Outcome(ChangeStatus.DIFFERS)
        if "name" in changes:
            require_own_name(voice, changes["name"])
        row = EditableFields.from_row(voice)
        outcome = ask_with(
            key, lambda client: change_upstream(client, voice.voice_id, seen=row, changes=changes), ask=ask
        )
        _write_down(member=member, voice=voice, outcome=outcome, now=now())
        note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


def _write_down(*, member: Membership, voice: Voice, outcome: Outcome, now: datetime) -> None:
    if outcome.status is ChangeStatus.GONE:
        mark_gone(voice, now)
    elif outcome.status is ChangeStatus.DONE and outcome.voice:
        finish_edit(member=member, voice=voice, upstream=outcome.voice, now=now)
    elif outcome.status is ChangeStatus.DIFFERS and outcome.voice:
        keep_as_found(voice, outcome.voice, now)


def finish_edit(*, member: Membership, voice: Voice, upstream: althea.Voice, now: datetime) -> bool:
    """Whether the row says what Althea made of the change, with its lines of history; False for a tombstone."""
    with transaction.atomic():
        row = Voice.objects.select_for_update().filter(pk=voice.pk, deleted_at=None).first()
        if row is None:
            return False
        before, after = EditableFields.from_row(row), EditableFields.from_remote(upstream)
        _keep(row, upstream, now)
        if before.name != after.name:
            facts = {"from": before.name, "to": after.name, "voice_id": row.voice_id}
            audit.record(actor=member.user, team=member.team, verb="voice.renamed", thing=row, **facts)
        if rest := _differences(before, after):
            audit.record(actor=member.user, team=member.team, verb="voice.edited", thing=row, changes=rest)
    return True


def _differences(before: EditableFields, after: EditableFields) -> dict[str, list[str]]:
    pairs = {
        name: [getattr(before, name), getattr(after, name)] for name in ("description", "primary_language")
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def keep_as_found(voice: Voice, upstream: althea.Voice, now: datetime) -> None:
    """The row says what Althea says, as after a sync: somebody changed the voice elsewhere. No deed of ours."""
    with transaction.atomic():
        _keep(voice, upstream, now)


def _keep(row: Voice, upstream: althea.Voice, now: datetime) -> None:
    Voice.objects.filter(pk=row.pk).update(
        **voice_columns(upstream), changed_at=now, version=F("version") + 1
    )
    row.refresh_from_db()
    refresh_search([row.pk])
    library_changed(row.team_id)


def mark_gone(voice: Voice, now: datetime) -> bool:
    """Whether the voice, which Althea has no more, is marked as gone now, as a sync would mark it."""
    with transaction.atomic():
        there = Voice.objects.there().filter(pk=voice.pk)
        marked = there.update(gone_at=now, changed_at=now, version=F("version") + 1) == 1
        if marked:
            library_changed(voice.team_id)
    return marked


def edit_message(outcome: Outcome, key: ApiKey) -> str:
    """What became of the changes, as a sentence; "" where they are made, or differ from what was seen."""
    if isinstance(outcome.error, ThrottledError) and outcome.status is ChangeStatus.LATER:
        wait = f"Send it again in {max(1, round(outcome.error.retry_after_seconds))} s."
        return f"Althea has too much to do. Nothing was changed. {wait}"
    return {
        ChangeStatus.DONE: "",
        ChangeStatus.DIFFERS: "",
        ChangeStatus.FORBIDDEN: f"Your key “{key.label}” works, but not for changing this voice. {outcome.message}",
        ChangeStatus.KEY_REFUSED: f"Althea refused your key “{key.label}”. Nothing was changed.",
        ChangeStatus.UNDONE: f"{outcome.message} So we looked: nothing was changed. Send it again.",
        ChangeStatus.UNCLEAR: f"{outcome.message} Whether the voice is changed is not known: Althea could not be asked "
        "since. Look again later; the next sync tells as well.",
        ChangeStatus.BUSY: "Somebody else is changing this voice at this moment. Send it again when they are done.",
    }.get(outcome.status, f"{outcome.message} Nothing was changed.")
