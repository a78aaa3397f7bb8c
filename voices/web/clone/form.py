"""The clone form: its fields and checks, and the signed token that tells a repeat from another clone."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing

from voices.actions.clone.submit import FormValues
from voices.library.labels import CONSENT
from voices.models import ApiKey, Basis, Consent, Membership, User
from voices.web.fields import LineField
from voices.web.voice.form import VoiceForm

FORM_SALT = "clone.form"
TOKEN_SECONDS = 24 * 3600
MAX_SPEAKER, MAX_PROOF = 120, 200
TOO_OLD = "This form was open for more than a day, or under another login. Nothing you entered is lost: send it again."


def new_form_token(member: Membership) -> str:
    """Return a signed token for this person in this team: a form sent twice with the same values is one job."""
    return signing.dumps(str(uuid4()), salt=f"{FORM_SALT}.{member.pk}")


def read_form_token(member: Membership, text: str) -> UUID | None:
    """Return the token's id, or None if it is forged, another person's or older than a day."""
    try:
        return UUID(signing.loads(text, salt=f"{FORM_SALT}.{member.pk}", max_age=TOKEN_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def usable_keys(person: User) -> list[ApiKey]:
    """Return the keys of this person that can clone, in the order in which they are offered."""
    return [key for key in ApiKey.objects.owned_by(person) if key.can_clone]


class CloneForm(VoiceForm):
    """Name, description, language, consent, key and file. The view reads the file in order to store it."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    consent = forms.ChoiceField(label="Whose voice is it?", required=False, choices=[*CONSENT.items()])
    speaker = LineField(label="Who consented", required=False, limit=MAX_SPEAKER)
    proof = LineField(label="Proof of consent", required=False, limit=MAX_PROOF)
    key = forms.CharField(label="Key", required=False)
    field_order = ("file", "consent", "speaker", "proof", "name", "language", "description", "key")

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys

    def clean_language(self) -> str:
        """Return the language's BCP 47 tag, or `en` if it was left empty."""
        return super().clean_language() or "en"

    def clean_key(self) -> ApiKey:
        """Return the selected key of the person, or their default one."""
        typed = self.cleaned_data["key"]
        key = next((one for one in self.keys if str(one.pk) == typed), None)
        if key is None and not typed:
            key = next(iter(self.keys), None)
        if key is None:
            raise forms.ValidationError("You don't have this key. Choose one of yours.")
        return key

    def clean_consent(self) -> Basis:
        """Return whose voice it is. Only the person knows, so nothing is preselected."""
        basis = self.cleaned_data["consent"]
        if not basis:
            raise forms.ValidationError("Say whose voice it is. Nothing is sent without that.")
        return Basis(basis)

    def clean_speaker(self) -> str:
        """Return who consented. Required if someone else did."""
        name: str = self.cleaned_data["speaker"]
        if not name and self.cleaned_data.get("consent") == Basis.AGREED:
            raise forms.ValidationError("Name the person who consented.")
        return name

    def values(self, token: UUID) -> FormValues:
        """Return what a valid form asks for."""
        typed = self.cleaned_data
        return {
            "key": typed["key"],
            "name": typed["name"],
            "description": typed["description"],
            "language": typed["language"],
            "consent": self.to_consent(),
            "form_token": token,
        }

    def to_consent(self) -> Consent:
        """Return the consent of a valid form, unsaved; with names only if someone else consented."""
        basis = self.cleaned_data["consent"]
        if basis != Basis.AGREED:
            return Consent(basis=basis)
        return Consent(basis=basis, speaker=self.cleaned_data["speaker"], proof=self.cleaned_data["proof"])


def consent_values(consent: Consent | None) -> dict[str, str]:
    """Return the form's values of an earlier consent; {} without one."""
    if consent is None:
        return {}
    return {"consent": consent.basis, "speaker": consent.speaker, "proof": consent.proof}
