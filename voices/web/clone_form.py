"""The clone form: what is typed, checked field by field; and the two signed values that travel with it."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing

from voices.models import ApiKey, Membership, Sample
from voices.web.voice_form import VoiceForm

TOKEN_SALT, SAMPLE_SALT = "clone.form", "clone.sample"
TOKEN_SECONDS = 24 * 3600


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
    """Name, description, language, key and file. The file itself is taken in by the view, so that it is kept."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    key = forms.CharField(label="Key", required=False)
    field_order = ("file", "name", "description", "language", "key")

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
            raise forms.ValidationError("You have no such key. Choose one of yours.")
        return key
