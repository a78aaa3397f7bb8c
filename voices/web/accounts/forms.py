"""allauth's forms with our labels and help texts, and without placeholders."""

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


class PlainLabels(forms.Form):
    """A mixin that sets our labels and help texts and drops placeholders, which only repeat the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = NEW_PASSWORD_HELP


class LogIn(PlainLabels, LoginForm):
    """Email and password."""


class Confirm(PlainLabels, ReauthenticateForm):
    """The password again, before a sensitive step."""


class AddEmail(PlainLabels, AddEmailForm):
    """A further email of a person."""


class ChangePassword(PlainLabels, ChangePasswordForm):
    """The current password, and the new one twice."""


class SetPassword(PlainLabels, SetPasswordForm):
    """The first password of a person who had none, twice."""


class ForgotPassword(PlainLabels, ResetPasswordForm):
    """The email to send the reset link to."""


class ChooseNewPassword(PlainLabels, ResetPasswordKeyForm):
    """The new password, twice, after following the reset link."""
