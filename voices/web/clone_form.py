"""The clone form: what is typed, checked field by field; and the two signed values that travel with it."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing

from voices.kit import languages
from voices.kit.names import clean_name
from voices.models import ApiKey, Membership, Sample

TOKEN_SALT, SAMPLE_SALT = "clone.form", "clone.sample"
TOKEN_SECONDS = 24 * 3600
MOST_NAME, MOST_DESCRIPTION = 40, 240


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


class CloneForm(forms.Form):
    """Name, description, language, key and file. The file itself is taken in by the view, so that it is kept."""

    file = forms.Field(required=False, label="Recording", widget=forms.FileInput)
    name = forms.CharField(
        label="Name", required=False, strip=True, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.CharField(label="Language", required=False)
    key = forms.CharField(label="Key", required=False)

    def __init__(self, *args: Any, keys: list[ApiKey], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = keys
        for field in self.fields.values():
            # Django's own message would come before ours, and says less.
            field.validators = [check for check in field.validators if "Null" not in type(check).__name__]

    def clean_name(self) -> str:
        """The name without control characters and doubled spaces, 1 to 40 characters."""
        name = clean_name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give the voice a name, so that your team can find it.")
        if len(name) > MOST_NAME:
            raise forms.ValidationError(
                f"This name has {len(name)} characters. Althea takes at most {MOST_NAME}."
            )
        return name

    def clean_description(self) -> str:
        """The description on one line, at most 240 characters; empty: Althea writes one."""
        text = clean_name(self.cleaned_data["description"])
        if len(text) > MOST_DESCRIPTION:
            raise forms.ValidationError(
                f"This description has {len(text)} characters. Althea takes at most {MOST_DESCRIPTION}."
            )
        return text

    def clean_language(self) -> str:
        """A BCP 47 tag, from a tag or from a language's name; `en` when left empty."""
        typed = self.cleaned_data["language"].strip()
        if not typed:
            return "en"
        named = next(
            (
                one.tag
                for one in languages.LANGUAGES
                if typed.casefold() in {one.name.casefold(), one.label.casefold()}
            ),
            "",
        )
        tag = named or languages.normalise(typed)
        if not languages.is_valid(tag):
            raise forms.ValidationError(
                "This language is not known. Choose one from the list, or write a tag such as de-DE."
            )
        return tag

    def clean_key(self) -> ApiKey:
        """One of the person's own keys that can clone; their default when none is named."""
        typed = self.cleaned_data["key"]
        key = next((one for one in self.keys if str(one.pk) == typed), None)
        if key is None and not typed:
            key = next(iter(self.keys), None)
        if key is None:
            raise forms.ValidationError("You have no such key. Choose one of yours.")
        return key
