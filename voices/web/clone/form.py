"""The clone form: its fields and checks, and the two signed values that it carries."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing

from voices.kit.names import clean_name
from voices.library.labels import CONSENT
from voices.models import ApiKey, Basis, Consent, Membership, Sample
from voices.web.voice.form import VoiceForm

TOKEN_SALT, SAMPLE_SALT = "clone.form", "clone.sample"
TOKEN_SECONDS = 24 * 3600
MAX_SPEAKER, MAX_PROOF = 120, 200


def new_form_token() -> str:
    """Return a signed, one-use token. The job created from a form carries it, so a form creates one job."""
    return signing.dumps(str(uuid4()), salt=TOKEN_SALT)


def read_form_token(text: str) -> UUID | None:
    """Return the token's id, or None if it is forged or older than a day."""
    try:
        return UUID(signing.loads(text, salt=TOKEN_SALT, max_age=TOKEN_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def sign_sample(member: Membership, sample: Sample) -> str:
    """Return a stored sample's id, signed for this person in this team."""
    return signing.dumps(str(sample.pk), salt=f"{SAMPLE_SALT}.{member.pk}")


def read_sample(member: Membership, text: str) -> UUID | None:
    """Return the stored sample's id, or None if it is forged or another person's."""
    try:
        return UUID(signing.loads(text, salt=f"{SAMPLE_SALT}.{member.pk}"))
    except (signing.BadSignature, ValueError, TypeError):
        return None


class CloneForm(VoiceForm):
    """Name, description, language, consent, key and file. The view reads the file in order to store it."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    consent = forms.ChoiceField(label="Whose voice is it?", required=False, choices=[*CONSENT.items()])
    speaker = forms.CharField(label="Who consented", required=False)
    proof = forms.CharField(label="Proof of consent", required=False)
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
        name = _short(self.cleaned_data["speaker"], MAX_SPEAKER)
        if not name and self.cleaned_data.get("consent") == Basis.AGREED:
            raise forms.ValidationError("Name the person who consented.")
        return name

    def clean_proof(self) -> str:
        """Return the proof of consent, if any."""
        return _short(self.cleaned_data["proof"], MAX_PROOF)

    def to_consent(self) -> Consent:
        """Return the consent of a valid form, unsaved; with names only if someone else consented."""
        basis = self.cleaned_data["consent"]
        if basis != Basis.AGREED:
            return Consent(basis=basis)
        return Consent(basis=basis, speaker=self.cleaned_data["speaker"], proof=self.cleaned_data["proof"])


def _short(text: str, limit: int) -> str:
    text = clean_name(text)
    if len(text) > limit:
        raise forms.ValidationError(f"This has {len(text)} characters. The limit is {limit}.")
    return text


def consent_values(consent: Consent | None) -> dict[str, str]:
    """Return the form's values of an earlier consent; {} without one."""
    if consent is None:
        return {}
    return {"consent": consent.basis, "speaker": consent.speaker, "proof": consent.proof}
