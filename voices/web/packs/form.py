"""The form of an import: the key, names, missing values, and consents that the pack lacks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.views.decorators.debug import sensitive_variables

from voices.actions.consents.stating import STATEMENT_CHANGED
from voices.actions.packs.importing import RowValues
from voices.actions.packs.reviewing import Review
from voices.kit.secret import Secret
from voices.models import ApiKey, PackImport, PackImportRow
from voices.web.consents.form import NOT_CONFIRMED, ConsentForm

MAX_TYPED, MAX_SECRET = 300, 10_000


class PackForm(ConsentForm):
    """The consent for the clones whose own the pack lacks, and the statement that the others' speakers agreed to.

    What none of the chosen voices needs is not checked.
    """

    spoken = None  # type: ignore[assignment]  # Django's way to leave out a field

    def __init__(self, *args: Any, reviews: Sequence[Review], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lacks_consent = any(one.lacks_consent for one in reviews)
        self.lacks_statement = any(one.lacks_statement for one in reviews)

    def clean(self) -> dict[str, Any]:
        """Check what is needed."""
        if self.lacks_consent:
            super().clean()
        else:
            self._drop_errors()
        if self.lacks_statement and "agreed" not in self.errors:
            self._check_statement()
        return self.cleaned_data

    def _drop_errors(self) -> None:
        for name in list(self.errors):
            del self.errors[name]

    def _check_statement(self) -> None:
        typed = self.cleaned_data.get("statement", "")
        if not self.cleaned_data.get("agreed"):
            self.add_error("agreed", NOT_CONFIRMED)
        elif typed not in {one.reference for one in self.statements}:
            self.add_error("agreed", STATEMENT_CHANGED)


class KeyChoice(forms.Form):
    """The key whose account gets the voices; parts of pages show it as they do a form's field."""

    key = forms.CharField(label="Key", required=False)


def read_consent(form: QueryDict) -> dict[str, str]:
    """Return the consent fields as typed; unticked boxes are absent from a form."""
    names = [name for name in PackForm.base_fields if name in form]
    return {name: form.get(name, "").replace("\x00", "")[:MAX_TYPED] for name in names}


def read_key(form: QueryDict, keys: Sequence[ApiKey], pack: PackImport) -> ApiKey | None:
    """Return the chosen key; without one, that of the pack."""
    chosen = form.get("key", str(pack.key_id))
    return next((key for key in keys if str(key.pk) == chosen), next(iter(keys), None))


@sensitive_variables()
def read_rows(form: QueryDict, reviews: Sequence[Review]) -> dict[UUID, RowValues]:
    """Return what was typed for each voice that the form has."""
    return {one.row.pk: _read_row(form, one) for one in reviews if f"name-{one.row.pk}" in form}


@sensitive_variables()
def _read_row(form: QueryDict, review: Review) -> RowValues:
    row = review.row
    typed = {path: form.get(secret_name(row, place), "") for place, path in enumerate(review.secrets)}
    secrets = {path: Secret(value[:MAX_SECRET].strip()) for path, value in typed.items() if value.strip()}
    name = form.get(f"name-{row.pk}", "").replace("\x00", "")
    return RowValues(name, f"chosen-{row.pk}" in form, secrets)


def secret_name(row: PackImportRow, place: int) -> str:
    """Return the name of the control for a value that the pack lacks."""
    return f"secret-{row.pk}-{place}"
