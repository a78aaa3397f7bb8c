"""The clone form: its fields and checks, and the signed token that identifies repeated submissions."""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing

from voices.actions.clone.submit import FormValues
from voices.models import ApiKey, Membership, User
from voices.web.consents.form import ConsentForm
from voices.web.voice.form import VoiceForm

FORM_SALT = "clone.form"
TOKEN_SECONDS = 24 * 3600
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


class KeyedVoiceForm(VoiceForm):
    """Name, description and language of a voice to be made, and the key that makes it."""

    key = forms.CharField(label="Key", required=False)

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys

    def choose_key(self, *, full: Collection[UUID] = ()) -> None:
        """Begin with the default key where none is given, unless its account is full and another has room."""
        first = next((str(key.pk) for key in self.keys if key.pk not in full), "")
        self.initial.setdefault("key", first)

    def clean_key(self) -> ApiKey:
        """Return the selected key of the person, or their default one."""
        typed = self.cleaned_data["key"]
        key = next((one for one in self.keys if str(one.pk) == typed), None)
        if key is None and not typed:
            key = next(iter(self.keys), None)
        if key is None:
            raise forms.ValidationError("You don't have this key. Choose one of yours.")
        return key


class CloneForm(ConsentForm, KeyedVoiceForm):
    """Name, description, language, consent, key and file. The view reads the file in order to store it."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    field_order = ("file", *ConsentForm.base_fields, "name", "language", "description", "key")

    def clean_language(self) -> str:
        """Return the language's BCP 47 tag, or `en` if it was left empty."""
        return super().clean_language() or "en"

    def values(self, token: UUID) -> FormValues:
        """Return the values of a valid form."""
        typed = self.cleaned_data
        return {
            "key": typed["key"],
            "name": typed["name"],
            "description": typed["description"],
            "language": typed["language"],
            "consent": self.to_consent(),
            "form_token": token,
        }
