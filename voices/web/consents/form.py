"""The consent fields of forms: whose voice it is, what the speaker agreed to, and until when."""

from typing import Any, TypedDict
from uuid import UUID

from django import forms
from django.http import Http404
from django.utils import timezone

from voices.access import get_consent_for
from voices.actions.consents.stating import STATEMENT_CHANGED, consent_problems, draft_consent
from voices.library.labels import CONSENT
from voices.models import Basis, Consent, ConsentStatement, Membership, Relation, Team
from voices.web.consents.spoken import Spoken, read_spoken
from voices.web.fields import LineField
from voices.web.http import StudioRequest

MAX_SPEAKER, MAX_PROOF = 120, 200
NOTHING_SPOKEN = Spoken()
NOT_CONFIRMED = "Confirm that the speaker agreed to this statement."


class ConsentForm(forms.Form):
    """The fields of a consent. `voices/actions/consents/stating.py` defines when it is complete.

    With `stated`, a recorded consent, the form uses that and ignores its fields.
    """

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
    # The view stores the file and passes it as `kept`.
    spoken = forms.Field(label="Spoken statement", required=False, widget=forms.FileInput)

    def __init__(
        self,
        *args: Any,
        team: Team,
        kept: Spoken = NOTHING_SPOKEN,
        stated: Consent | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.team, self.kept, self.stated = team, kept, stated
        self.statements = list(ConsentStatement.objects.current(team).values())

    @property
    def shown_statement(self) -> ConsentStatement:
        """The statement that the form shows: the one that was chosen, else the first."""
        chosen = self["statement"].value()
        return next((one for one in self.statements if one.reference == chosen), self.statements[0])

    def clean(self) -> dict[str, Any]:
        """Check the fields together, since what is required depends on whose voice it is."""
        if self.stated is not None:
            return self.cleaned_data
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
        """Return the recorded consent, or the typed one, unsaved."""
        if self.stated is not None:
            return self.stated
        typed = self.cleaned_data
        chosen = (one for one in self.statements if one.reference == typed.get("statement"))
        return draft_consent(
            team=self.team,
            basis=typed.get("consent", ""),
            speaker=typed.get("speaker", ""),
            relation=typed.get("relation", ""),
            proof=typed.get("proof", ""),
            statement=next(chosen, None),
            language="",  # a statement that was not shown was not agreed to
            spoken=self.kept.sample,
            expires_on=typed.get("expires_on"),
        )


class ConsentOptions(TypedDict):
    """The arguments of a form with these fields besides its data."""

    team: Team
    kept: Spoken
    stated: Consent | None


def consent_of(request: StudioRequest) -> ConsentOptions:
    """Return the consent arguments for a submitted form: the spoken statement, or the recorded consent it names."""
    stated = _stated(request.member, request.POST.get("stated", ""))
    return {"team": request.member.team, "kept": read_spoken(request), "stated": stated}


def _stated(member: Membership, uid: str) -> Consent | None:
    try:
        return get_consent_for(member, UUID(uid))
    except (Http404, ValueError):
        return None


def consent_values(consent: Consent | None) -> dict[str, str]:
    """Return the form's values of an earlier consent; {} without an active one."""
    if consent is None or consent.has_ended(timezone.now()):
        return {}
    values = {"consent": consent.basis, "speaker": consent.speaker, "proof": consent.proof}
    values |= {"relation": consent.relation, "expires_on": str(consent.expires_on or "")}
    if consent.statement is not None:
        values |= {"statement": consent.statement.reference, "agreed": "on"}
    return values
