"""The form's part about consent: whose voice it is, what the speaker agreed to, and how long that holds."""

from typing import Any

from django import forms
from django.utils import timezone

from voices.actions.consents.stating import STATEMENT_CHANGED, consent_problems
from voices.library.labels import CONSENT
from voices.models import Basis, Consent, ConsentStatement, Relation, Sample, Team
from voices.web.fields import LineField

MAX_SPEAKER, MAX_PROOF = 120, 200
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
    # A recording of the speaker who says the statement; the view stores it.
    spoken: Sample | None = None

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.statements = list(ConsentStatement.objects.current(team).values())

    @property
    def shown_statement(self) -> ConsentStatement:
        """The statement that the form shows: the one that was chosen, else the first."""
        chosen = self["statement"].value()
        return next((one for one in self.statements if one.reference == chosen), self.statements[0])

    def clean(self) -> dict[str, Any]:
        """Check the fields together, as what one field needs depends on whose voice it is."""
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
        """Return the consent that was typed, unsaved; with names only if somebody else consented."""
        typed = self.cleaned_data
        basis = typed.get("consent", "")
        has_speaker, is_person = basis == Basis.AGREED, basis != Basis.MADE
        names = {
            name: typed.get(name, "") if has_speaker else "" for name in ("speaker", "relation", "proof")
        }
        chosen = (one for one in self.statements if one.reference == typed.get("statement"))
        return Consent(
            team=self.team,
            basis=basis,
            statement=next(chosen, None) if is_person else None,
            spoken=self.spoken if is_person else None,
            expires_on=typed.get("expires_on"),
            **names,
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
