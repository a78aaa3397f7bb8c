"""The clone form: what is typed, checked field by field; and the two signed values that travel with it."""

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
    """A signed, one-use token: the job made from a form carries it, so a form makes one job."""
    return signing.dumps(str(uuid4()), salt=TOKEN_SALT)


def read_form_token(text: str) -> UUID | None:
    """The token's id; None when it is forged or older than a day."""
    try:
        return UUID(signing.loads(text, salt=TOKEN_SALT, max_age=TOKEN_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def sign_sample(member: Membership, sample: Sample) -> str:
    """A kept sample's id, signed for this person in this team."""
    return signing.dumps(str(sample.pk), salt=f"{SAMPLE_SALT}.{member.pk}")


def read_sample(member: Membership, text: str) -> UUID | None:
    """The kept sample's id; None when it is forged or another person's."""
    try:
        return UUID(signing.loads(text, salt=f"{SAMPLE_SALT}.{member.pk}"))
    except (signing.BadSignature, ValueError, TypeError):
        return None


class CloneForm(VoiceForm):
    """Name, description, language, whose voice it is, key and file; the view takes in the file, so that it is kept."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    consent = forms.ChoiceField(label="Whose voice is it?", required=False, choices=[*CONSENT.items()])
    speaker = forms.CharField(label="Who consented", required=False)
    proof = forms.CharField(label="Proof of consent", required=False)
    key = forms.CharField(label="Key", required=False)
    field_order = ("file", "name", "description", "language", "consent", "speaker", "proof", "key")

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys

    def clean_language(self) -> str:
        """A BCP 47 tag, from a tag or from a language's name; `en` when left empty."""
        return super().clean_language() or "en"

    def clean_key(self) -> ApiKey:
        """One of the person's own keys that can clone; their default when none is named."""
        typed = self.cleaned_data["key"]
        key = next((one for one in self.keys if str(one.pk) == typed), None)
        if key is None and not typed:
            key = next(iter(self.keys), None)
        if key is None:
            raise forms.ValidationError("You don't have this key. Choose one of yours.")
        return key

    def clean_consent(self) -> Basis:
        """Why the voice may be cloned. Nobody else can say so, so nothing is chosen beforehand."""
        basis = self.cleaned_data["consent"]
        if not basis:
            raise forms.ValidationError("Say whose voice it is. Nothing is sent without that.")
        return Basis(basis)

    def clean_speaker(self) -> str:
        """Who agreed; needed where somebody did."""
        name = _short(self.cleaned_data["speaker"], MAX_SPEAKER)
        if not name and self.cleaned_data.get("consent") == Basis.AGREED:
            raise forms.ValidationError("Name the person who consented.")
        return name

    def clean_proof(self) -> str:
        """Where the agreement is written, if anywhere."""
        return _short(self.cleaned_data["proof"], MAX_PROOF)

    def stated(self) -> Consent:
        """What a valid form says of the recording, not kept yet; names are only told where somebody agreed."""
        basis = self.cleaned_data["consent"]
        if basis != Basis.AGREED:
            return Consent(basis=basis)
        return Consent(basis=basis, speaker=self.cleaned_data["speaker"], proof=self.cleaned_data["proof"])


def _short(text: str, most: int) -> str:
    text = clean_name(text)
    if len(text) > most:
        raise forms.ValidationError(f"This has {len(text)} characters. The limit is {most}.")
    return text


def said_before(consent: Consent | None) -> dict[str, str]:
    """An earlier statement as a form has it; {} without one."""
    if consent is None:
        return {}
    return {"consent": consent.basis, "speaker": consent.speaker, "proof": consent.proof}
