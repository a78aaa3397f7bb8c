"""The speaker's form, besides the recording."""

from django import forms

from voices.web.fields import LineField

MAX_NAME = 120


class SpeakForm(forms.Form):
    """The agreement, and the name that stands for a signature. The view reads the file in order to store it."""

    agreed = forms.BooleanField(
        label="I agree",
        error_messages={"required": "Tick this box if you agree. Nothing is sent unless you do."},
    )
    signed_name = LineField(
        label="Your name",
        limit=MAX_NAME,
        error_messages={"required": "Enter your name."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    file = forms.Field(label="Recording", required=False, widget=forms.FileInput)
