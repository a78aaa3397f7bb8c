"""allauth's forms with our labels and help texts, and without placeholders."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from django import forms

from voices.models import User

LABELS = {
    "login": "Email",
    "email": "Email",
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "Confirm new password",
}
MISSING = {
    "login": "Enter your email.",
    "email": "Enter your email.",
    "password": "Enter your password.",
    "oldpassword": "Enter your current password.",
    "password1": "Enter a new password.",
    "password2": "Enter the new password again.",
}
NEW_PASSWORD_HELP = "At least 8 characters. Avoid common passwords and your name."  # noqa: S105  # a sentence


class PlainLabels(forms.Form):
    """A mixin with our labels, help texts and messages, and no placeholders, which only repeat the label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.error_messages["required"] = MISSING.get(name, field.error_messages["required"])
            field.widget.attrs.pop("placeholder", None)
            if name == "password1":
                field.help_text = NEW_PASSWORD_HELP


class LogIn(PlainLabels, LoginForm):
    """Email and password."""


class Confirm(PlainLabels, ReauthenticateForm):
    """The password again, before a sensitive step."""


class ChangePassword(PlainLabels, ChangePasswordForm):
    """The current password, and the new one twice."""


class SetPassword(PlainLabels, SetPasswordForm):
    """The first password of a person who had none, twice."""


class ForgotPassword(PlainLabels, ResetPasswordForm):
    """The email to send the reset link to: the one that logs in, and no other that allauth has stored."""

    def clean_email(self) -> str:
        """Return the email; `users` are those who get a link."""
        email = str(super().clean_email())
        self.users = list(User.objects.filter(email=email.strip().lower(), is_active=True))
        return email


class ChooseNewPassword(PlainLabels, ResetPasswordKeyForm):
    """The new password, twice, after following the reset link."""
