"""The forms for a voice's name, description and language: for a new clone, and to edit a voice."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages

from voices.actions.voice.edit import EditableFields
from voices.actions.voice.names import similar_message, similar_name
from voices.kit import languages
from voices.kit.names import clean_name
from voices.models import AltheaAccount
from voices.web.http import StudioRequest

MAX_NAME, MAX_DESCRIPTION = 40, 240
COLUMNS = {"name": "name", "description": "description", "language": "primary_language"}


def read_language(typed: str) -> str:
    """Return the BCP 47 tag of a tag or of a language's name; "" for nothing. Raise ValidationError."""
    tag = languages.read(typed)
    if not tag and typed.strip():
        raise forms.ValidationError(
            "Unknown language. Choose one from the list, or enter a tag such as de-DE."
        )
    return tag


class VoiceForm(forms.Form):
    """Name, description and language, checked as Althea does."""

    lists_errors = True  # its pages list all errors and focus the list

    name = forms.CharField(
        label="Name", required=False, strip=True, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.CharField(label="Language", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Django's own message would come before ours and says less.
            field.validators = [check for check in field.validators if "Null" not in type(check).__name__]

    def clean_name(self) -> str:
        """Return the name without control characters and double spaces, 1 to 40 characters."""
        name = clean_name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Give the voice a name so that your team can find it.")
        if len(name) > MAX_NAME:
            raise forms.ValidationError(
                f"This name has {len(name)} characters. Althea allows at most {MAX_NAME}."
            )
        return name

    def clean_description(self) -> str:
        """Return the description on one line, at most 240 characters."""
        text = clean_name(self.cleaned_data["description"])
        if len(text) > MAX_DESCRIPTION:
            raise forms.ValidationError(
                f"This description has {len(text)} characters. Althea allows at most {MAX_DESCRIPTION}."
            )
        return text

    def clean_language(self) -> str:
        """Return a BCP 47 tag, or "" if left empty."""
        return read_language(self.cleaned_data["language"])


def point_out_similar_name(
    request: StudioRequest, account: AltheaAccount, name: str, voice_id: str = ""
) -> None:
    """Add a message if the account has a name that is easily mixed up with this one. It is not refused."""
    if other := similar_name(member=request.member, account=account, name=name, voice_id=voice_id):
        messages.warning(request, similar_message(name, other))


def shown_language(tag: str) -> str:
    """Return the tag of the option that means the same, or the tag itself if there is none."""
    return languages.choice(tag) or tag


class EditForm(VoiceForm):
    """The form to edit a voice. Unchanged fields are not checked, as Althea's values may break our rules."""

    def __init__(self, data: Mapping[str, str] | None = None, *, seen: EditableFields) -> None:
        self.seen = seen
        typed = {"name": seen.name, "description": seen.description}
        super().__init__(data, initial=typed | {"language": shown_language(seen.primary_language)})

    def _is_unchanged(self, field: str) -> bool:
        column = COLUMNS[field]
        old = {name: getattr(self.seen, name) for name in COLUMNS.values()}
        return not self.seen.differing(EditableFields(**old | {column: self.cleaned_data[field]}))

    def clean_name(self) -> str:
        """Return the name, unchecked if unchanged."""
        return self.seen.name if self._is_unchanged("name") else super().clean_name()

    def clean_description(self) -> str:
        """Return the description, unchecked if unchanged."""
        return self.seen.description if self._is_unchanged("description") else super().clean_description()

    def clean_language(self) -> str:
        """Return the language, unchecked if unchanged."""
        return self.seen.primary_language if self._is_unchanged("language") else super().clean_language()

    @property
    def changes(self) -> dict[str, str]:
        """The new value of each changed column; for a valid form."""
        typed = {column: self.cleaned_data[field] for field, column in COLUMNS.items()}
        return {column: value for column, value in typed.items() if value != getattr(self.seen, column)}
