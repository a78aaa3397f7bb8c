"""The unsubmitted files of a batch, each with what prevents its submission."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from voices.actions.clone.batches import row_token
from voices.actions.clone.submit import FormValues
from voices.actions.voice.names import NameInUseError, names_in_use, require_free_name
from voices.audio.findings import Finding
from voices.audio.report.facts import Report
from voices.audio.report.ratings import Ratings, rate_report
from voices.audio.wording import format_name, length, megabytes
from voices.library.batches import Counts
from voices.library.quota import Quota, quotas_in
from voices.models import AltheaAccount, Basis, CloneBatch, CloneBatchRow, Consent, RowState
from voices.web.clone.several.form import BatchForm, RowForm, row_form, shown_language


@dataclass(frozen=True)
class Draft:
    """A file with its checked form and the errors by field.

    `lacks_speaker`: somebody else consented, but is not named. `fits`: the account has a free slot.
    """

    row: CloneBatchRow
    form: RowForm
    errors: dict[str, str] = field(default_factory=dict)
    lacks_speaker: bool = False
    fits: bool = True

    @property
    def is_ready(self) -> bool:
        """Whether it can be submitted."""
        return self.row.state == RowState.READY and not self.errors and not self.lacks_speaker

    @property
    def finding(self) -> Finding | None:
        """The problems found in a refused file."""
        return Finding.from_json(self.row.finding) if self.row.finding else None

    @property
    def done(self) -> list[str]:
        """Sentences about what was changed in the recording."""
        return list(self.row.sample.finding.get("done", ())) if self.row.sample else []

    @property
    def ratings(self) -> Ratings | None:
        """How well the recording should clone; None if it was not measured."""
        report = self.row.sample.report if self.row.sample else None
        return rate_report(Report.from_json(report)) if report else None

    @property
    def language(self) -> str:
        """The language as people read it; "" for the batch's."""
        return shown_language(self.row.language)

    @property
    def facts(self) -> str:
        """The recording in a line: `M4A · 42 seconds · 1.4 MB`."""
        sample = self.row.sample
        if sample is None:
            return ""
        return " · ".join(
            (format_name(sample.container), length(sample.seconds), megabytes(sample.size_bytes))
        )


@dataclass(frozen=True)
class Drafts:
    """All drafts of a batch, and the account's quota; None without a known limit."""

    all: Sequence[Draft]
    quota: Quota | None

    @property
    def ready(self) -> list[Draft]:
        """Those that can be submitted."""
        return [draft for draft in self.all if draft.is_ready]

    @property
    def fitting(self) -> list[Draft]:
        """Those for which the account has free slots."""
        return [draft for draft in self.ready if draft.fits]

    @property
    def without_slot(self) -> list[Draft]:
        """Those for which the account has no free slot."""
        return [draft for draft in self.ready if not draft.fits]

    @property
    def errors_json(self) -> str:
        """The errors by field name, as JSON for the page's script."""
        named = {f"{name}-{draft.row.pk}": text for draft in self.all for name, text in draft.errors.items()}
        return json.dumps(named)

    @property
    def to_correct(self) -> int:
        """The number with errors in their fields."""
        return sum(bool(draft.errors) for draft in self.all)

    @property
    def without_speaker(self) -> int:
        """The number that lack only the name of the person who consented."""
        return sum(draft.lacks_speaker and not draft.errors for draft in self.all)

    @property
    def can_be_cloned(self) -> bool:
        """Whether any file is usable, or may become so."""
        return any(draft.row.state in {RowState.READY, RowState.MISSING} for draft in self.all)

    @property
    def free(self) -> int:
        """The number of free slots, of an account with a limit."""
        return max(0, self.quota.allowed - self.quota.used) if self.quota else 0


def drafts_of(batch: CloneBatch, rows: Sequence[CloneBatchRow]) -> Drafts:
    """Return the files of the batch that are not submitted, checked against each other and their account."""
    account = batch.key.account if batch.key else None
    quota = next(iter(quotas_in([account])), None) if account else None
    left = max(0, quota.allowed - quota.used) if quota else len(rows)
    drafts = []
    for draft in _checked(batch, rows, account):
        drafts.append(replace(draft, fits=left > 0))
        left -= draft.is_ready
    return Drafts(drafts, quota)


def _checked(
    batch: CloneBatch, rows: Sequence[CloneBatchRow], account: AltheaAccount | None
) -> Iterator[Draft]:
    forms = {row: row_form(row, language=batch.language) for row in rows if row.state != RowState.SUBMITTED}
    names = _Names(account, [form.cleaned_data.get("name", "") for form in forms.values()])
    for row, form in forms.items():
        if row.state != RowState.READY:
            yield Draft(row, form)
            continue
        speaker = batch.consent.get("speaker", "").strip() or row.speaker.strip()
        lacks_speaker = batch.consent.get("consent") == Basis.AGREED and not speaker
        yield Draft(row, form, _errors(row, form, names), lacks_speaker=lacks_speaker)


def _errors(row: CloneBatchRow, form: RowForm, names: "_Names") -> dict[str, str]:
    errors = {name: str(messages[0]) for name, messages in form.errors.items()}
    if problem := names.problem(row, form.cleaned_data.get("name", "")) or row.message:
        errors.setdefault("name", problem)
    if not row.language:
        errors.pop("language", None)  # an error of the batch, shown there
    return errors


class _Names:
    """The names of a batch as its rows are checked one by one, and which of them the account has; two queries."""

    def __init__(self, account: AltheaAccount | None, names: Sequence[str]) -> None:
        self._account = account
        self._in_use = names_in_use(account, names) if account else set()
        self._first: dict[str, CloneBatchRow] = {}

    def problem(self, row: CloneBatchRow, name: str) -> str:
        """Return why the row cannot have the name, as a sentence; "" if it can, or has none."""
        if not name:
            return ""
        first = self._first.setdefault(name, row)
        if first != row:
            return f"{first.filename} already has this name. Choose another one."
        if self._account is None or name not in self._in_use:
            return ""
        try:
            require_free_name(self._account, name)
        except NameInUseError as problem:
            return str(problem)
        return ""


def preparations(drafts: Drafts, counts: Counts) -> list[tuple[str, int, str]]:
    """Return the states of unsubmitted files as (name, count, label), without zeros."""
    states = [
        ("ready", counts.ready - drafts.to_correct, "ready"),
        ("wrong", drafts.to_correct, "to correct"),
        ("missing", counts.missing, "not uploaded"),
        ("refused", counts.refused, "refused"),
        ("skipped", counts.skipped, "skipped"),
    ]
    return [one for one in states if one[1]]


def clone_values(draft: Draft, form: BatchForm) -> FormValues:
    """Return what a ready draft is submitted with: its own fields, and the key and consent of the valid form."""
    typed = draft.form.cleaned_data
    return {
        "key": form.cleaned_data["key"],
        "name": typed["name"],
        "description": typed["description"],
        "language": typed.get("language") or "en",
        "consent": _consent(form, typed["speaker"]),
        "form_token": row_token(draft.row),
    }


def _consent(form: BatchForm, speaker: str) -> Consent:
    consent = form.to_consent()
    if speaker and consent.basis == Basis.AGREED:
        consent.speaker = speaker
    return consent
