"""Creating one voice of a pack: its recording is stored like an upload, its settings get their secrets back."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID, uuid5

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from voices.actions import NotPossibleError
from voices.actions.clone.samples import PreparedRecording, edit_sample, store_sample
from voices.actions.clone.submit import submit_clone
from voices.actions.consents.stating import STATEMENT_CHANGED, ConsentError, draft_consent
from voices.actions.packs.importing import ALREADY_HERE
from voices.actions.packs.receiving import read_edit
from voices.actions.packs.reviewing import CreationMethod, Review, is_under_way, open_secrets, review_pack
from voices.actions.voice.create import submit_definition
from voices.actions.voice.names import NameInUseError
from voices.actions.work import WorkerContext
from voices.audio.edits import UNCHANGED, Edit
from voices.kit import languages
from voices.kit.names import clean_name
from voices.kit.packed_voices import PackedVoice
from voices.kit.packs import Pack
from voices.models import (
    AltheaAccount,
    ApiKey,
    Basis,
    CloneJob,
    Consent,
    ConsentStatement,
    Membership,
    PackImport,
    PackImportRow,
    PackRowState,
    Sample,
)
from voices.providers.secrets import MissingSecretError, join_secrets

NO_ACCOUNT = "The key for this import has been removed."
NO_RECORDING = "The pack doesn't include its recording."
IN_PROGRESS = "Another import is creating it right now."
MAX_DESCRIPTION, MAX_LANGUAGE = 240, 10
REFUSALS = (NameInUseError, NotPossibleError, PermissionDenied, MissingSecretError)


class FormTexts(TypedDict):
    """The values that every new voice is submitted with."""

    key: ApiKey
    name: str
    description: str
    language: str
    form_token: UUID


@contextmanager
def recording_of(opened: Pack, packed: PackedVoice) -> Iterator[TemporaryUploadedFile | None]:
    """Yield a file with the voice's uploaded recording, and its hash as an attribute; None without one. No database."""
    name = (packed.sample.original or packed.sample.sent) if packed.sample else ""
    if not name:
        yield None
        return
    filename = packed.sample.filename if packed.sample else ""
    file: TemporaryUploadedFile = TemporaryUploadedFile(filename or "recording", "", 0, None)
    with closing(file):
        digest = hashlib.sha256()
        for piece in opened.pieces(name):
            digest.update(piece)
            file.write(piece)
        file.flush()
        file.size = file.tell()
        file.sha256 = digest.hexdigest()  # type: ignore[attr-defined]  # as the upload handler sets it
        yield file


def edit_of(packed: PackedVoice) -> Edit:
    """Return the edit to apply to the recording; an empty one if the pack has only the edited recording."""
    return read_edit(packed) if packed.sample and packed.sample.original else UNCHANGED


def take_in(
    *,
    member: Membership,
    file: TemporaryUploadedFile,
    whole: PreparedRecording,
    part: PreparedRecording | None,
    edit: Edit,
    context: WorkerContext,
) -> Sample:
    """Store the uploaded recording and the edited one, and return the latter. Raise StorageError."""
    sha256: str = file.sha256  # type: ignore[attr-defined]  # see recording_of
    sample = store_sample(member=member, file=file, sha256=sha256, prepared=whole, now=context.now)
    if part is None:
        return sample
    return edit_sample(member=member, sample=sample, edit=edit, prepared=part, now=context.now)


def send(
    *, member: Membership, pack: PackImport, row: PackImportRow, sample: Sample | None, now: datetime
) -> bool:
    """Submit the row's voice unless it already exists. If that is refused, store the reason and return False.

    The row moves in the transaction that creates the job, so that it is submitted only once, even after a crash.
    """
    try:
        with transaction.atomic():
            account = _locked_account(pack)
            review = review_pack(pack, [row], key=pack.key, now=now)[0]
            if review.existing is not None:
                return row.move(PackRowState.SKIPPED, voice=review.existing, message=ALREADY_HERE)
            if is_under_way(pack.team, account, row.source):
                raise NotPossibleError(IN_PROGRESS)
            job = _submit(member, pack, review, sample, now)
            return row.move(PackRowState.SENT, job=job, message="", sealed_secrets=None)
    except REFUSALS as problem:
        refuse(row, str(problem))
        return False


def refuse(row: PackImportRow, message: str) -> bool:
    """Mark the row failed. Return False if it is no longer waiting."""
    return row.move(PackRowState.FAILED, message=message[:500])


def _locked_account(pack: PackImport) -> AltheaAccount:
    """Return the account of the import, locked, so that no other import submits a voice to it meanwhile."""
    if pack.key is None or pack.key.account_id is None:
        raise NotPossibleError(NO_ACCOUNT)
    return AltheaAccount.objects.select_for_update().get(pk=pack.key.account_id)


@sensitive_variables()
def _submit(
    member: Membership, pack: PackImport, review: Review, sample: Sample | None, now: datetime
) -> CloneJob:
    if review.obstacle or pack.key is None:
        raise NotPossibleError(review.obstacle or NO_ACCOUNT)
    if problem := review.problems.get("name"):
        raise NameInUseError(problem)
    row, packed = review.row, review.packed
    texts: FormTexts = {
        "key": pack.key,
        "name": clean_name(row.name),
        "description": clean_name(packed.description)[:MAX_DESCRIPTION],
        "language": _language(packed),
        "form_token": row_token(row),
    }
    if review.method == CreationMethod.SETTINGS:
        definition = join_secrets(packed.definition, open_secrets(row))
        return submit_definition(member=member, now=now, definition=definition, **texts)
    if sample is None:
        raise NotPossibleError(NO_RECORDING)
    filename = packed.sample.filename if packed.sample else ""
    consent = consent_for(pack, review)
    return submit_clone(member=member, now=now, sample=sample, filename=filename, consent=consent, **texts)


def _language(packed: PackedVoice) -> str:
    """Return the voice's language, or English if Althea would not accept it."""
    is_known = len(packed.language) <= MAX_LANGUAGE and languages.find(packed.language) is not None
    return packed.language if is_known else "en"


def row_token(row: PackImportRow) -> UUID:
    """Return the form token of a row: it makes repeated submissions one job, and changes after a failed one."""
    return uuid5(row.pk, str(row.job_id or ""))


def consent_for(pack: PackImport, review: Review) -> Consent:
    """Return the consent for the row's recording: the pack's, else the typed one. Raises ConsentError."""
    typed: dict[str, str] = pack.consent
    consent = review.consent or typed_consent(pack)
    if consent.statement is None and consent.basis != Basis.MADE:
        current = ConsentStatement.objects.current(pack.team).values()
        chosen = (one for one in current if one.reference == typed.get("statement"))
        consent.statement = next(chosen, None)
        if consent.statement is None:
            raise ConsentError("agreed", STATEMENT_CHANGED)
    return consent


def typed_consent(pack: PackImport) -> Consent:
    """Return the consent typed for the voices without one in the pack, unsaved."""
    typed: dict[str, str] = pack.consent
    expires_on = typed.get("expires_on", "")
    return draft_consent(
        team=pack.team,
        basis=typed.get("consent", ""),
        speaker=clean_name(typed.get("speaker", "")),
        relation=typed.get("relation", ""),
        proof=clean_name(typed.get("proof", "")),
        language="",
        expires_on=date.fromisoformat(expires_on) if expires_on else None,
    )
