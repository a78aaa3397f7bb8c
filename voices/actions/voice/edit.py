"""Renaming and describing a voice at Althea, without overwriting concurrent changes.

Only one change of a voice is sent at a time (`change_lock`). First, what the person saw is compared with the library's
row and with the voice at Althea. Only changed fields are sent, never a definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from django.db import transaction
from django.utils import timezone

from voices import althea, audit, gateway
from voices.access import Verb, require
from voices.actions import Now
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.definitions import sealed_secrets
from voices.actions.voice.names import require_free_name
from voices.actions.voice.upsert import voice_columns
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    call_with_key,
    change_if_as_seen,
    change_lock,
    failure_message,
    note_refusal,
)
from voices.althea import AltheaClient
from voices.althea.payloads import VoiceChanges
from voices.kit.languages import normalise
from voices.kit.names import clean_name
from voices.models import ApiKey, Membership, Voice


@dataclass(frozen=True)
class EditableFields:
    """The values of a voice's editable fields at some moment."""

    name: str
    description: str
    primary_language: str

    @classmethod
    def from_row(cls, voice: Voice) -> Self:
        """Return the values in the library's row."""
        return cls(voice.name, voice.description, voice.primary_language)

    @classmethod
    def from_remote(cls, upstream: althea.Voice) -> Self:
        """Return the values at Althea, cut to the lengths of the columns."""
        columns = voice_columns(upstream)
        return cls(columns["name"], columns["description"], columns["primary_language"])

    def differing(self, other: "EditableFields") -> tuple[str, ...]:
        """Return the names of the fields that differ by more than line breaks or the spelling of a language tag."""
        names = (one.name for one in fields(self))
        return tuple(name for name in names if not _is_same(name, getattr(self, name), getattr(other, name)))

    def has(self, changes: Mapping[str, str]) -> bool:
        """Whether these changes are in effect."""
        return all(_is_same(name, getattr(self, name), value) for name, value in changes.items())


def _is_same(name: str, one: str, other: str) -> bool:
    if name == "primary_language":
        return normalise(one) == normalise(other)
    return clean_name(one) == clean_name(other)


# --- calling Althea ----------------------------------------------------------------------------------


async def change_upstream(
    client: AltheaClient, voice_id: str, *, seen: EditableFields, changes: Mapping[str, str]
) -> Outcome:
    """Make the changes if the voice is still as it was seen, and check the result if the answer is unclear."""
    body: dict[str, Any] = {name: value or None for name, value in changes.items()}
    return await change_if_as_seen(
        client,
        voice_id,
        is_as_seen=lambda current: EditableFields.from_remote(current) == seen,
        is_changed=lambda current: EditableFields.from_remote(current).has(changes),
        changes=VoiceChanges(**body),  # type: ignore[typeddict-item]  # our columns
    )


# --- the whole change --------------------------------------------------------------------------------


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
    """Send the changes (new values by column) to the voice as `seen`, and update the row.

    The row then matches Althea, whatever the outcome. DIFFERS without a voice means that the row had been changed
    here. Raises PermissionDenied, NameInUseError.
    """
    require(member, Verb.EDIT_VOICE)
    with change_lock(voice, now()) as is_ours:
        if not is_ours:
            return Outcome(ChangeStatus.BUSY)
        voice.refresh_from_db()
        row = EditableFields.from_row(voice)
        if seen.differing(row):
            return Outcome(ChangeStatus.DIFFERS)
        if "name" in changes:
            require_free_name(voice.account, changes["name"], voice_id=voice.voice_id)
        outcome = call_with_key(
            key, lambda client: change_upstream(client, voice.voice_id, seen=row, changes=changes), ask=ask
        )
        _write_outcome(member=member, voice=voice, outcome=outcome, now=now())
        note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


def _write_outcome(*, member: Membership, voice: Voice, outcome: Outcome, now: datetime) -> None:
    if outcome.status is ChangeStatus.DONE and outcome.voice:
        finish_edit(member=member, voice=voice, upstream=outcome.voice, now=now)
    else:
        write_undone(voice=voice, outcome=outcome, now=now)


def write_undone(*, voice: Voice, outcome: Outcome, now: datetime) -> None:
    """Update the row if a change found the voice gone, or changed by somebody else."""
    if outcome.status is ChangeStatus.GONE:
        _mark_gone(voice, now)
    elif outcome.status is ChangeStatus.DIFFERS and outcome.voice:
        _keep_foreign_change(voice, outcome.voice, now)


def finish_edit(*, member: Membership, voice: Voice, upstream: althea.Voice, now: datetime) -> bool:
    """Store the voice that resulted from the change, with its audit entries. Return False for a tombstone."""
    with transaction.atomic():
        row = Voice.objects.select_for_update().filter(pk=voice.pk, deleted_at=None).first()
        if row is None:
            return False
        before, after = EditableFields.from_row(row), EditableFields.from_remote(upstream)
        editor = {"edited_by": member.user, "edited_at": now} if before != after else {}
        write_remote(row, upstream, now, **editor)
        if before.name != after.name:
            facts = {"from": before.name, "to": after.name, "voice_id": row.voice_id}
            audit.record_by(member, "voice.renamed", row, **facts)
        if changes := _differences(before, after):
            audit.record_by(member, "voice.edited", row, changes=changes)
    return True


def _differences(before: EditableFields, after: EditableFields) -> dict[str, list[str]]:
    pairs = {
        name: [getattr(before, name), getattr(after, name)] for name in ("description", "primary_language")
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _keep_foreign_change(voice: Voice, upstream: althea.Voice, now: datetime) -> None:
    """Update the row, as a sync would, after somebody changed the voice directly at Althea."""
    with transaction.atomic():
        write_remote(voice, upstream, now, edited_by=None, edited_at=None)


def write_remote(row: Voice, upstream: althea.Voice, now: datetime, **editor: Any) -> None:
    """Update the row from the voice at Althea, in the transaction of the change."""
    Voice.objects.filter(pk=row.pk).change(
        now,
        **voice_columns(upstream),
        sealed_secrets=sealed_secrets(upstream.definition, row_id=row.pk),
        **editor,
    )
    row.refresh_from_db()
    voices_changed(row.team_id, reworded=[row.pk])


def _mark_gone(voice: Voice, now: datetime) -> None:
    with transaction.atomic():
        if Voice.objects.available().filter(pk=voice.pk).change(now, gone_at=now):
            voices_changed(voice.team_id)


def edit_message(outcome: Outcome, key: ApiKey) -> str:
    """Return the outcome of the changes as a sentence; "" if they were made, or differ from what was seen."""
    unclear = "We couldn't check whether the voice was changed. Check again later, or after the next sync."
    return failure_message(outcome, key, unclear=unclear)
