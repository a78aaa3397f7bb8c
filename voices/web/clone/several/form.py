"""The form of a batch: the values shared by all voices, and those typed for each."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from voices.actions.clone.batches import BatchValues, ListedFile, RowValues
from voices.kit import languages
from voices.kit.names import clean_name
from voices.models import ApiKey, CloneBatch, CloneBatchRow, cut_to_column
from voices.web.clone.form import CloneForm
from voices.web.consents.form import MAX_SPEAKER, ConsentForm
from voices.web.fields import LineField
from voices.web.voice.form import VoiceForm

MAX_LISTED = 5_000
MAX_TYPED = 300  # of a field of the consent
AT_ONCE = 10  # files in one form: they are examined while the browser waits
TOO_MANY_AT_ONCE = (
    f"Without JavaScript, choose at most {AT_ONCE} files at a time, and add the others afterwards."
)


class BatchForm(CloneForm):
    """Language, consent and key of all voices of a batch, checked as for one voice."""

    name = None  # type: ignore[assignment]  # Django's way to leave out a field
    description = None  # type: ignore[assignment]
    file = None  # type: ignore[assignment]
    spoken = None  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        """Check the fields together. Rows may name the speaker; those without any are not ready (`drafts.py`)."""
        cleaned = super().clean()
        if not clean_name(self.data.get("speaker", "")):
            self.errors.pop("speaker", None)
        return cleaned


class RowForm(VoiceForm):
    """Name, language, description and speaker of one voice of a batch."""

    speaker = LineField(label="Who consented", required=False, limit=MAX_SPEAKER)


def batch_form(batch: CloneBatch, keys: list[ApiKey], data: QueryDict | None = None) -> BatchForm:
    """Return the form with the submitted values, or with the stored ones where there are none."""
    key = str(batch.key_id) if batch.key_id else ""
    stored = batch.consent | {"key": key, "language": batch.language}
    sent = None if data is None else stored | data.dict()
    return BatchForm(sent, keys=keys, team=batch.team, initial=stored)


def read_files(form: QueryDict) -> list[ListedFile]:
    """Return the files that the page's script lists as [[name, size], ...]. Raise ValidationError for anything else."""
    try:
        listed = [
            ListedFile(str(name), max(0, int(size))) for name, size in json.loads(form.get("files", "[]"))
        ]
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise forms.ValidationError(
            "Voice Studio couldn't read the list of files. Choose them again."
        ) from None
    if len(listed) > MAX_LISTED or any(one.size >= 2**63 for one in listed):
        raise forms.ValidationError("That's too many files. Choose at most 50 recordings.")
    return listed


def listed_uploads(uploads: Sequence["UploadedFile[Any]"]) -> list[ListedFile]:
    """Return the files of a form without script. Raise ValidationError if they are too many for one request."""
    if len(uploads) > AT_ONCE:
        raise forms.ValidationError(TOO_MANY_AT_ONCE)
    return [ListedFile(file.name or "recording", file.size or 0) for file in uploads]


def read_batch(form: QueryDict, keys: list[ApiKey], batch: CloneBatch) -> BatchValues:
    """Return the batch's values as typed, or the stored ones where the form has none."""
    chosen = next((key for key in keys if str(key.pk) == form.get("key")), batch.key)
    language = cut_to_column(CloneBatch, "language", _clean(form.get("language", batch.language)))
    return BatchValues(chosen, language or "en", _read_consent(form) or batch.consent)


def _read_consent(form: QueryDict) -> dict[str, str]:
    """Return the consent fields as typed; unticked boxes are absent from a form."""
    return {name: _clean(form.get(name, ""))[:MAX_TYPED] for name in ConsentForm.base_fields if name in form}


def _clean(text: str) -> str:
    return text.replace("\x00", "")


def read_rows(form: QueryDict, rows: list[CloneBatchRow]) -> dict[int, RowValues]:
    """Return what was typed for each of the rows that the form has."""
    sent = [row for row in rows if f"name-{row.pk}" in form]
    return {row.pk: RowValues(*(_typed(form, name, row) for name in RowValues._fields)) for row in sent}


def _typed(form: QueryDict, name: str, row: CloneBatchRow) -> str:
    return _clean(form.get(f"{name}-{row.pk}", ""))


def shown_language(typed: str) -> str:
    """Return a stored language as people read it: the name from the list, or what was typed."""
    found = languages.find(languages.choice(typed)) if typed else None
    return found.name if found else typed


def row_form(row: CloneBatchRow, *, language: str) -> RowForm:
    """Return the checked form of a row; without a language of its own, with the batch's."""
    typed: dict[str, Any] = {"name": row.name, "description": row.description, "speaker": row.speaker}
    form = RowForm(typed | {"language": row.language or language})
    form.full_clean()
    return form
