"""allauth's forms in our words: labels as people say them, one line of help, nothing said twice."""

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from django import forms

LABELS = {
    "login": "Email",
    "email": "Email",
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "Confirm new password",
}
NEW_PASSWORD_HELP = "At least 8 characters. Avoid common passwords and your name."  # noqa: S105  # a sentence


class PlainWords(forms.Form):
    """Labels and help in our words; no placeholder, which would only repeat the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = NEW_PASSWORD_HELP


class LogIn(PlainWords, LoginForm):
    """Email and password."""


class Confirm(PlainWords, ReauthenticateForm):
    """The password once more, before a step that matters."""


class AddEmail(PlainWords, AddEmailForm):
    """Another email of a person."""


class ChangePassword(PlainWords, ChangePasswordForm):
    """The current password, and the new one twice."""


class SetPassword(PlainWords, SetPasswordForm):
    """The first password of a person who had none, twice."""


class ForgotPassword(PlainWords, ResetPasswordForm):
    """The email that a link to a new password goes to."""


class ChooseNewPassword(PlainWords, ResetPasswordKeyForm):
    """The new password, twice, after the link."""
