"""The forms of a request to a speaker."""

from typing import Any

from django import forms

from voices.actions.speakers.requests import DAYS, RequestValues
from voices.models import Relation
from voices.web.fields import LineField
from voices.web.voice.form import read_language

MAX_SPEAKER, MAX_PURPOSE, MAX_REMARK = 120, 300, 300
DAYS_FIELD = [(days, f"{days} days") for days in DAYS]


class LinkForm(forms.Form):
    """The validity of the link."""

    lists_errors = True  # its pages list all errors and focus the list

    days = forms.TypedChoiceField(label="Link valid for", choices=DAYS_FIELD, coerce=int, initial=7)


class AskAgainForm(LinkForm):
    """The correction requested of the speaker after a recording was received."""

    remark = LineField(
        label="What should they do differently?",
        limit=MAX_REMARK,
        error_messages={"required": "Enter what was wrong, so that the next recording is better."},
    )
    field_order = ("remark", "days")

    def __init__(self, *args: Any, has_recording: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_recording:
            self.fields["remark"].required, self.fields["remark"].label = False, "Remark"


class RequestForm(LinkForm):
    """Whom to ask, for what, and in which language."""

    speaker = LineField(
        label="Speaker", limit=MAX_SPEAKER, error_messages={"required": "Enter the speaker's name."}
    )
    email = forms.EmailField(label="Email", max_length=254, required=False)
    relation = forms.ChoiceField(
        label="Relation to your team",
        choices=[("", "Choose"), *Relation.choices],
        error_messages={"required": "Choose their relation to your team."},
    )
    purpose = LineField(
        label="What is the voice for?",
        limit=MAX_PURPOSE,
        error_messages={"required": "Enter what the voice is for. The speaker agrees to this."},
    )
    language = forms.CharField(label="Language", error_messages={"required": "Choose a language."})
    is_spoken = forms.BooleanField(label="Record the statement too", required=False, initial=True)
    field_order = ("speaker", "email", "relation", "purpose", "language", "is_spoken", "days")

    def clean_language(self) -> str:
        """Return the language's BCP 47 tag."""
        return read_language(self.cleaned_data["language"])

    def values(self) -> RequestValues:
        """Return the values of a valid form, without the validity of the link."""
        typed = self.cleaned_data
        return {
            "speaker": typed["speaker"],
            "email": typed["email"],
            "relation": typed["relation"],
            "purpose": typed["purpose"],
            "language": typed["language"],
            "is_spoken": typed["is_spoken"],
        }
