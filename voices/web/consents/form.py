"""The form's part about consent: whose voice it is, what the speaker agreed to, and how long that holds."""

from typing import Any

from django import forms
from django.utils import timezone

from voices.actions.consents.stating import STATEMENT_CHANGED, consent_problems, draft_consent
from voices.library.labels import CONSENT
from voices.models import Basis, Consent, ConsentStatement, Relation, Team
from voices.web.consents.spoken import Spoken
from voices.web.fields import LineField

MAX_SPEAKER, MAX_PROOF = 120, 200
NOTHING_SPOKEN = Spoken()
NOT_CONFIRMED = "Confirm that the speaker agreed to this statement."


class ConsentForm(forms.Form):
    """The fields of a consent. What makes it complete is said in `voices/actions/consents/stating.py`."""

    consent = forms.ChoiceField(label="Whose voice is it?", required=False, choices=[*CONSENT.items()])
    speaker = LineField(label="Who consented", required=False, limit=MAX_SPEAKER)
    relation = forms.ChoiceField(
        label="Relation to your team", required=False, choices=[("", "Choose"), *Relation.choices]
    )
    proof = LineField(label="Proof of consent", required=False, limit=MAX_PROOF)
    statement = forms.CharField(label="Statement language", required=False)
    agreed = forms.BooleanField(label="Statement", required=False)
    expires_on = forms.DateField(
        label="Valid until",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Enter a date such as 2027-03-31."},
    )
    # The view stores the file: it is what it gives as `kept`.
    spoken = forms.Field(label="Spoken statement", required=False, widget=forms.FileInput)

    def __init__(self, *args: Any, team: Team, kept: Spoken = NOTHING_SPOKEN, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team, self.kept = team, kept
        self.statements = list(ConsentStatement.objects.current(team).values())

    @property
    def shown_statement(self) -> ConsentStatement:
        """The statement that the form shows: the one that was chosen, else the first."""
        chosen = self["statement"].value()
        return next((one for one in self.statements if one.reference == chosen), self.statements[0])

    def clean(self) -> dict[str, Any]:
        """Check the fields together, as what one field needs depends on whose voice it is."""
        if self.kept.problem:
            self.add_error("spoken", self.kept.problem)
        if "consent" in self.errors:
            return self.cleaned_data
        consent, typed = self.to_consent(), self.cleaned_data.get("statement", "")
        is_person = consent.basis in {Basis.OWN, Basis.AGREED}
        if is_person and typed and consent.statement is None:
            self.add_error("agreed", STATEMENT_CHANGED)
        elif is_person and not self.cleaned_data.get("agreed"):
            self.add_error("agreed", NOT_CONFIRMED)
        for field, problem in consent_problems(consent, timezone.now()):
            if field not in self.errors and not (field == "statement" and typed):
                self.add_error(field, problem)
        return self.cleaned_data

    def to_consent(self) -> Consent:
        """Return the consent that was typed, unsaved."""
        typed = self.cleaned_data
        chosen = (one for one in self.statements if one.reference == typed.get("statement"))
        return draft_consent(
            team=self.team,
            basis=typed.get("consent", ""),
            speaker=typed.get("speaker", ""),
            relation=typed.get("relation", ""),
            proof=typed.get("proof", ""),
            statement=next(chosen, None),
            language="",  # what was not shown is not agreed to
            spoken=self.kept.sample,
            expires_on=typed.get("expires_on"),
        )


def consent_values(consent: Consent | None) -> dict[str, str]:
    """Return the form's values of an earlier consent; {} without one that still holds."""
    if consent is None or consent.has_ended(timezone.now()):
        return {}
    values = {"consent": consent.basis, "speaker": consent.speaker, "proof": consent.proof}
    values |= {"relation": consent.relation, "expires_on": str(consent.expires_on or "")}
    if consent.statement is not None:
        values |= {"statement": consent.statement.reference, "agreed": "on"}
    return values
