"""allauth without sign-up, as admins add people, and with our own error messages."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

WRONG_PASSWORD = "This isn't your current password."  # noqa: S105  # a sentence, no password
ERROR_MESSAGES = {
    "email_password_mismatch": "Wrong email or password.",
    "enter_current_password": WRONG_PASSWORD,
    "incorrect_password": WRONG_PASSWORD,
    "too_many_login_attempts": "Too many failed logins. Wait five minutes, then try again.",
    "duplicate_email": "This email is already in your list.",
    "email_taken": "This email belongs to another account.",
    "max_email_addresses": "You can have at most %d emails. Remove one first.",
    "rate_limited": "Too many attempts. Wait a minute, then try again.",
}


class ClosedSignup(DefaultAccountAdapter):
    """allauth's adapter with sign-up closed."""

    error_messages = DefaultAccountAdapter.error_messages | ERROR_MESSAGES

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: the setup link creates the first admin, and admins add everyone else."""
        return False
