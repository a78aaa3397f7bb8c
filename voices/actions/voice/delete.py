"""Deleting a voice at Althea, in steps shared by a page and the worker.

`delete_upstream` makes all calls to Althea, `finish_delete` stores the outcome. If the process dies in between, the
next sync correctly finds the voice gone.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from voices import audit, gateway
from voices.access import Verb, require
from voices.actions import Now
from voices.actions.bulk.submit import BulkOperation, hold_if_covered
from voices.actions.files import delete_file, mark_orphaned
from voices.actions.voice.changed import voices_changed
from voices.actions.voice.upstream_change import (
    ChangeStatus,
    Outcome,
    call_with_key,
    change_lock,
    failure_message,
    interpret_error,
    note_refusal,
)
from voices.althea import AltheaClient, AltheaError, GoneError
from voices.models import ApiKey, BulkVerb, Membership, PreviewFile, Voice, VoiceDeletion, VoiceQuerySet


def delete_voice(
    *, member: Membership, voice: Voice, key: ApiKey, ask: Any = gateway.ask, now: Now = timezone.now
) -> Outcome:
    """Delete the voice at Althea. After DONE, a tombstone remains in the library.

    Raises PermissionDenied, WaitsForApprovalError (the two-person rule covers it).
    """
    require(member, Verb.DELETE_VOICE)
    hold_if_covered(member=member, operation=BulkOperation(BulkVerb.DELETE), voices=[voice.pk], now=now())
    with change_lock(voice, now()) as is_ours:
        if not is_ours:
            return Outcome(ChangeStatus.BUSY)
        outcome = call_with_key(key, lambda client: delete_upstream(client, voice.voice_id), ask=ask)
        if outcome.status in {ChangeStatus.DONE, ChangeStatus.GONE}:
            finish_delete(member=member, voice=voice, answer=outcome.answer, now=now())
            return Outcome(ChangeStatus.DONE)
        note_refusal(member=member, key=key, outcome=outcome, now=now())
    return outcome


async def delete_upstream(client: AltheaClient, voice_id: str) -> Outcome:
    """Delete the voice, and check the result if the answer is unclear. DONE means that Althea no longer has it."""
    try:
        answer = await client.delete_voice(voice_id)
    except AltheaError as error:
        outcome = interpret_error(error)
        return await _check(client, voice_id, error) if outcome.status is ChangeStatus.UNCLEAR else outcome
    return Outcome(ChangeStatus.DONE, answer=answer)


async def _check(client: AltheaClient, voice_id: str, error: AltheaError) -> Outcome:
    try:
        return Outcome(ChangeStatus.UNDONE, await client.get_voice(voice_id), error)
    except GoneError as gone:
        return Outcome(ChangeStatus.DONE, answer=gone.status)
    except AltheaError:
        return Outcome(ChangeStatus.UNCLEAR, error=error)


def finish_delete(*, member: Membership, voice: Voice, now: datetime, answer: int | None = None) -> bool:
    """Soft-delete a voice that Althea no longer has, leaving a tombstone. Return False if it already was.

    `answer` is the HTTP status of Althea's confirmation, kept permanently with the voice and its consent.

    Recording, history, tags and aliases stay, so that it can be cloned again. A list in progress may still contain the
    voice, so a sync ignores a tombstone for 15 minutes; a voice listed later is restored. No permission is checked:
    what has happened is stored, even if the member has lost the role since.
    """
    proof = VoiceDeletion(
        team=member.team, voice=voice, consent_id=voice.consent_id, voice_id_at_althea=voice.voice_id,
        account_name=str(voice.account), status=answer, deleted_by=member.user,
        deleted_by_name=member.user.shown_name, deleted_at=now,
    )  # fmt: skip
    return _soft_delete(Voice.objects.filter(pk=voice.pk), member, voice, "voice.deleted", now, proof=proof)


def remove_gone_voice(*, member: Membership, voice: Voice, now: datetime) -> bool:
    """Soft-delete a voice that is gone at Althea. Return False if it is back, or already deleted."""
    require(member, Verb.DELETE_VOICE)
    gone = Voice.objects.filter(pk=voice.pk, gone_at__isnull=False)
    return _soft_delete(gone, member, voice, "voice.removed", now)


def _soft_delete(
    rows: VoiceQuerySet,
    member: Membership,
    voice: Voice,
    verb: str,
    now: datetime,
    *,
    proof: VoiceDeletion | None = None,
) -> bool:
    with transaction.atomic():
        if not rows.filter(deleted_at=None).change(now, deleted_at=now, deleted_by=member.user):
            return False
        facts = {"voice_id": voice.voice_id, "account": str(voice.account)}
        if proof is not None:
            proof.save()
            facts |= {"status": str(proof.status or "")}
        audit.record_by(member, verb, voice, **facts)
        preview = PreviewFile.objects.filter(voice=voice).first()
        PreviewFile.objects.filter(voice=voice).delete()
        path = str(preview.file.name or "") if preview else ""
        if path:
            mark_orphaned(path, now=now)
        voices_changed(voice.team_id)
    if path:
        delete_file(path)
    return True


def delete_message(outcome: Outcome, key: ApiKey) -> str:
    """Return the outcome of a deletion as a sentence for its page or a bulk report; "" if it is done."""
    return failure_message(
        outcome,
        key,
        nothing="Nothing was deleted.",
        undone="We checked: the voice is still there.",
        unclear="We couldn't check whether the voice was deleted. Try again later. If it was deleted, nothing more "
        "happens.",
    )
