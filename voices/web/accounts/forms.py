"""allauth's forms with our labels and help texts, and without placeholders."""

import struct
from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
)
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.cache import cache

from voices.models import User
from voices.web.fields import LineField

LABELS = {
    "login": "Email",
    "email": "Email",
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "Confirm new password",
    "code": "Code",
    "passwordless": "Use it to log in without a password",
}
MISSING = {
    "login": "Enter your email.",
    "email": "Enter your email.",
    "password": "Enter your password.",
    "oldpassword": "Enter your current password.",
    "password1": "Enter a new password.",
    "password2": "Enter the new password again.",
    "code": "Enter the code.",
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


class AcceptedOnce(forms.Form):
    """A mixin that accepts a code only once while it is valid. allauth remembers it for one of its three periods."""

    def clean_code(self) -> str:
        """Return the code. Raise ValidationError if it is wrong, or was used before."""
        code: str = super().clean_code()  # type: ignore[misc]  # allauth's, mixed in
        key = f"used-code:{self.user.pk}:{''.join(code.split())}"  # type: ignore[attr-defined]  # the same
        good_for = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
        if not cache.add(key, "y", timeout=good_for):
            raise get_adapter().validation_error("incorrect_code")
        return code


class EnterCode(AcceptedOnce, PlainLabels, AuthenticateForm):
    """A code of the authenticator app, or a recovery code, after the password."""


class ConfirmByCode(AcceptedOnce, PlainLabels, ReauthenticateByCodeForm):
    """A code, before a sensitive step."""


class AddApp(PlainLabels, ActivateTOTPForm):
    """The first code of a new authenticator app."""


# What fido2 raises for malformed responses, or ones signed with another key; allauth expects fewer.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, struct.error, InvalidSignature)
WRONG_PASSKEY = "That passkey doesn't belong to an account here, or the login took too long. Try again."


class ValidatedResponse(forms.Form):
    """A mixin that rejects any malformed response of a browser with a message."""

    def clean_credential(self) -> Any:
        """Return the passkey that answered. Raise ValidationError."""
        try:
            return super().clean_credential()  # type: ignore[misc]  # allauth's, mixed in
        except (*MALFORMED, forms.ValidationError) as problem:
            raise forms.ValidationError(WRONG_PASSKEY) from problem


class LogInByPasskey(ValidatedResponse, LoginWebAuthnForm):
    """A passkey instead of email and password."""


class EnterPasskey(ValidatedResponse, AuthenticateWebAuthnForm):
    """A passkey, after the password."""


class ConfirmByPasskey(ValidatedResponse, ReauthenticateWebAuthnForm):
    """A passkey, before a sensitive step."""


MAX_PASSKEY_NAME = 60
PASSKEY_NAME_HELP = "Helps you tell your passkeys apart, such as “Laptop”."


class AddPasskey(PlainLabels, AddWebAuthnForm):
    """The name of a new passkey; the browser fills in the rest."""

    name = LineField(label="Name", required=False, limit=MAX_PASSKEY_NAME, help_text=PASSKEY_NAME_HELP)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = "Your device will ask for your finger, face or PIN."

    def clean(self) -> Any:
        """Return the data with the new passkey. Raise ValidationError."""
        try:
            return super().clean()
        except MALFORMED as problem:
            raise forms.ValidationError("Your browser sent an invalid response. Try again.") from problem


class RenamePasskey(PlainLabels, EditWebAuthnForm):
    """Another name for a passkey."""

    name = LineField(label="Name", limit=MAX_PASSKEY_NAME, help_text=PASSKEY_NAME_HELP)
