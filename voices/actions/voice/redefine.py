"""Changing the settings of a provider's voice at Althea, without overwriting concurrent changes.

As in edit.py, only one change of a voice is sent at a time, and it is compared with what the person saw. The whole
definition is sent, so the whole is compared; the marker of a secret differs if the secret does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from voices import althea, audit, gateway
from voices.access import Verb, require
from voices.actions import NotPossibleError, Now
from voices.actions.voice.definitions import public_definition
from voices.actions.voice.edit import write_remote, write_undone
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    call_with_key,
    change_if_as_seen,
    change_lock,
    note_refusal,
)
from voices.althea import AltheaClient
from voices.althea.payloads import VoiceChanges
from voices.models import ApiKey, Membership, Voice, VoiceOrigin
from voices.providers.registry import providers

CLONED = "This voice was cloned from a recording. Its settings at {provider} belong to the clone and can't be changed."
INCLUDED = "Althea provides this voice itself, so its settings can't be changed here."
NO_ENGINE = "Voice Studio doesn't know this voice's engine, so its settings can't be changed here."
MAX_NAMED = 50


def is_clone(voice: Voice) -> bool:
    """Whether the voice was cloned, so that its definition has the provider's id of the clone."""
    has_recording = voice.sample_id is not None or voice.origin == VoiceOrigin.CLONED
    return has_recording or not (voice.is_public or voice.is_external or voice.origin == VoiceOrigin.CREATED)


def engine_key(voice: Voice) -> str:
    """Return the key of the voice's one known engine in its definition; "" without one."""
    keys = list(voice.definition) if isinstance(voice.definition, dict) else []
    is_known = len(keys) == 1 and keys[0] in providers() and isinstance(voice.definition[keys[0]], dict)
    return keys[0] if is_known else ""


def copied_engine(voice: Voice) -> str:
    """Return the engine of a new voice with this one's settings; "" for a clone, and without a known engine."""
    return "" if is_clone(voice) else engine_key(voice)


def settings_refusal(voice: Voice) -> str:
    """Return why nobody can change the voice's settings, as a sentence; "" if somebody can."""
    if is_clone(voice):
        return CLONED.format(provider=voice.provider or "its provider")
    if not voice.is_external and voice.origin != VoiceOrigin.CREATED:
        return INCLUDED
    return "" if engine_key(voice) else NO_ENGINE


async def redefine_upstream(
    client: AltheaClient, voice_id: str, *, seen: Mapping[str, Any], definition: Mapping[str, Any]
) -> Outcome:
    """Send the definition if the voice still has the one that was seen, without its secrets.

    If the answer is unclear, the voice is read again. Althea may add settings to those sent.
    """
    wanted = public_definition(definition)

    def is_changed(current: althea.Voice) -> bool:
        found = public_definition(current.definition)
        return found == wanted or (found != seen and is_in_effect(found, wanted))

    return await change_if_as_seen(
        client,
        voice_id,
        is_as_seen=lambda current: public_definition(current.definition) == seen,
        is_changed=is_changed,
        changes=VoiceChanges(definition=definition),
    )


def is_in_effect(found: Any, wanted: Any) -> bool:
    """Whether `found` contains everything in `wanted`, perhaps among more."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return all(name in found and is_in_effect(found[name], value) for name, value in wanted.items())
    return bool(found == wanted)


def redefine_voice(
    *,
    member: Membership,
    voice: Voice,
    key: ApiKey,
    seen: Mapping[str, Any],
    definition: Mapping[str, Any],
    ask: Any = gateway.ask,
    now: Now = timezone.now,
) -> Outcome:
    """Send the definition that replaces the one `seen` (without secrets), and update the row.

    DIFFERS without a voice means that the row had been changed here. Raises PermissionDenied, NotPossibleError.
    """
    require(member, Verb.EDIT_VOICE)
    if refusal := settings_refusal(voice):
        raise NotPossibleError(refusal)
    with change_lock(voice, now()) as is_ours:
        if not is_ours:
            return Outcome(ChangeStatus.BUSY)
        voice.refresh_from_db()
        if voice.definition != seen:
            return Outcome(ChangeStatus.DIFFERS)
        outcome = call_with_key(
            key,
            lambda client: redefine_upstream(client, voice.voice_id, seen=seen, definition=definition),
            ask=ask,
        )
        if outcome.status is ChangeStatus.DONE and outcome.voice:
            finish_redefinition(member, voice, outcome.voice, now=now)
        else:
            write_undone(voice=voice, outcome=outcome, now=now())
        note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


def finish_redefinition(member: Membership, voice: Voice, upstream: althea.Voice, *, now: Now) -> None:
    """Store the resulting voice in the row, with its audit entry; do nothing for a tombstone."""
    with transaction.atomic():
        row = Voice.objects.select_for_update().filter(pk=voice.pk, deleted_at=None).first()
        if row is None:
            return
        before = row.definition
        write_remote(row, upstream, now(), edited_by=member.user, edited_at=now())
        if changed := sorted(set(changed_settings(before, row.definition))):
            # Only names: a value may be an unrecognised secret.
            audit.record_by(member, "voice.redefined", row, settings=changed[:MAX_NAMED])


def changed_settings(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted paths, below the engine's key, of the settings that differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {*before, *after}:
            below = f"{path}.{name}" if path else str(name)
            yield from changed_settings(before.get(name), after.get(name), below)
    elif before != after:
        yield path.partition(".")[2]
