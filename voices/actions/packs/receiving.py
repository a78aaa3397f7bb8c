"""Uploading a voice pack: it is verified to its last byte before any of it is shown, then stored until imported."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from voices.access import Verb, require
from voices.actions.files import delete_file, mark_orphaned, settle, store_file
from voices.actions.packs.reviewing import MAX_NAME, is_own_receipt, seal_secrets
from voices.actions.voice.names import names_in_use
from voices.audio.edits import Edit
from voices.kit.names import clean_name
from voices.kit.packed_voices import PackedVoice, read_voices
from voices.kit.packs import Pack, PackError
from voices.kit.recording_names import shortened, unique_name
from voices.models import PACK_LIVE, ApiKey, Membership, PackImport, PackImportRow, PackState, Voice
from voices.providers.secrets import is_marker, split_secrets

UNSTARTED_DAYS, FILE_DAYS = 7, 30
MAX_RECEIPT_BYTES = 100_000
NOT_YOURS = "Only the person who uploaded this pack can import it: it uses their own key."
WRONG_EDIT = "This isn't a valid voice pack: the edits of “{name}” can't be read."
LARGE_RECEIPT = "This isn't a valid voice pack: one of its consent receipts is too large."


def require_own(member: Membership, pack: PackImport) -> None:
    """Raise PermissionDenied unless the member may import voices, and uploaded this pack."""
    require(member, Verb.CLONE)
    if pack.actor_id != member.user.pk:
        raise PermissionDenied(NOT_YOURS)


def receive_pack(
    *, member: Membership, key: ApiKey | None, file: TemporaryUploadedFile, sha256: str, now: datetime
) -> PackImport:
    """Verify and store an uploaded pack, and return its import. The same file again gives the one in progress.

    Raises PermissionDenied, PackError, StorageError.
    """
    require(member, Verb.CLONE)
    if known := _known(member, sha256):
        return known
    with Pack.open(cast(BinaryIO, file.file)) as pack:
        voices = read_voices(pack.facts)
        _check_edits(voices)
        pack.check()
        receipts = [_receipt(pack, voice) for voice in voices]
    kept = PackImport(team=member.team, actor=member.user, key=key, due_at=now, touched_at=now)
    kept.filename, kept.sha256, kept.size_bytes = (file.name or "voices.zip")[-200:], sha256, file.size or 0
    kept.made_by, kept.made_at = _maker(pack.facts)
    rows = [
        _row(kept, place, voice, receipt, pack.facts["files"])
        for place, (voice, receipt) in enumerate(zip(voices, receipts, strict=True), 1)
    ]
    _suggest_names(member, key, rows)
    return _store(member, kept, rows, file)


def _known(member: Membership, sha256: str) -> PackImport | None:
    open_ones = PackImport.objects.filter(state__in=(PackState.OPEN, *PACK_LIVE), sha256=sha256)
    return open_ones.filter(team=member.team, actor=member.user).first()


def _check_edits(voices: Sequence[PackedVoice]) -> None:
    for voice in voices:
        try:
            read_edit(voice)
        except (TypeError, ValueError) as problem:
            raise PackError(WRONG_EDIT.format(name=voice.name[:80])) from problem


def read_edit(voice: PackedVoice) -> Edit:
    """Return the edit of the voice's recording. Raise TypeError or ValueError if it is malformed."""
    edit = Edit.from_json(voice.sample.edit if voice.sample else {})
    for seconds in (edit.start, edit.end):
        if seconds is not None and not (type(seconds) in {int, float} and 0 <= seconds < 36_000):
            raise ValueError("not a time in a recording")
    if not all(isinstance(one, bool) for one in (edit.remove_dc, edit.trim_silence, edit.level)):
        raise TypeError("not a choice")
    return edit


def _receipt(pack: Pack, voice: PackedVoice) -> str:
    """Return the text of the voice's receipt; "" without one. Raise PackError."""
    name = voice.consent.receipt if voice.consent else ""
    if not name:
        return ""
    if pack.facts["files"][name]["size"] > MAX_RECEIPT_BYTES:
        raise PackError(LARGE_RECEIPT)
    return pack.content(name).decode("utf-8", "replace").replace("\x00", "")


def _maker(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the team that exported the pack, and when, as the manifest says."""
    by = facts.get("made_by")
    team = by.get("team", "") if isinstance(by, dict) else ""
    return clean_name(str(team))[:200], str(facts.get("made_at", ""))[:40]


@sensitive_variables()
def _row(
    pack: PackImport, place: int, voice: PackedVoice, receipt: str, files: Mapping[str, Any]
) -> PackImportRow:
    """Return the row of a voice, unsaved. Any secrets in its definition are sealed."""
    definition, secrets = split_secrets(voice.definition, mark=lambda _: "")
    row = PackImportRow(pack=pack, position=place, source=UUID(voice.id), receipt=receipt)
    row.content = voice.to_json() | {"definition": definition}
    row.name = clean_name(voice.name)
    row.sealed_secrets = seal_secrets(
        row, {path: value for path, value in secrets.items() if not is_marker(value)}
    )
    sample = voice.sample
    if sample and receipt and (recording := sample.original or sample.sent):
        row.is_receipt_ours = is_own_receipt(receipt, received_sha256=files[recording]["sha256"])
    return row


def _suggest_names(member: Membership, key: ApiKey | None, rows: list[PackImportRow]) -> None:
    """Shorten names that are too long, and suggest others where the account has a voice of that name.

    A voice that is already in the account keeps its name.
    """
    for row in rows:
        row.name = shortened(row.name, MAX_NAME)
    account = key.account if key else None
    if account is None:
        return
    ids = [row.content["voice_id"] for row in rows]
    here = Voice.objects.of_team(member.team).available().filter(account=account)
    same = set(here.filter(voice_id__in=ids).values_list("voice_id", flat=True))
    taken = names_in_use(account, [row.name for row in rows])
    for row in rows:
        if row.content["voice_id"] not in same and row.name in taken:
            row.name = unique_name(row.name, taken)


def _store(
    member: Membership, pack: PackImport, rows: list[PackImportRow], file: TemporaryUploadedFile
) -> PackImport:
    store_file(pack.file, pack.sha256, "zip", file, now=pack.touched_at)
    try:
        with transaction.atomic():
            pack.save(force_insert=True)
            PackImportRow.objects.bulk_create(rows)
            settle(pack.file)
    except IntegrityError:
        # Two tabs sent the same pack at once: the other one's stays.
        delete_file(str(pack.file.name))
        known = _known(member, pack.sha256)
        if known is None:
            raise
        return known
    return pack


def discard_pack(*, member: Membership, pack: PackImport, now: datetime) -> bool:
    """Delete an import, with its file, unless it has started: then return False. Raises PermissionDenied."""
    require_own(member, pack)
    return bool(_delete_open(PackImport.objects.filter(pk=pack.pk), now=now))


def drop_file(pack: PackImport, now: datetime) -> None:
    """Drop a pack's file and secrets in the caller's transaction; the sweep deletes the file an hour later."""
    if pack.file:
        mark_orphaned(str(pack.file.name), now=now)
        PackImport.objects.filter(pk=pack.pk).update(file="")
        pack.rows.exclude(sealed_secrets=None).update(sealed_secrets=None)


def sweep_packs(*, now: datetime) -> int:
    """Delete imports not started within a week, and the files of those that ended a month ago. Return how many."""
    idle = PackImport.objects.filter(touched_at__lt=now - timedelta(days=UNSTARTED_DAYS))
    swept = _delete_open(idle, now=now)
    ended = PackImport.objects.ended().exclude(file="").filter(ended_at__lt=now - timedelta(days=FILE_DAYS))
    for pack in ended[:100]:
        with transaction.atomic():
            drop_file(pack, now)
        swept += 1
    return swept


def _delete_open(packs: QuerySet[PackImport], *, now: datetime) -> int:
    with transaction.atomic():
        rows = list(packs.filter(state=PackState.OPEN).select_for_update()[:100])
        for pack in rows:
            mark_orphaned(str(pack.file.name), now=now)
        PackImport.objects.filter(pk__in=[pack.pk for pack in rows]).delete()
    return len(rows)
