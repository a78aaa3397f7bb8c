"""allauth's adapter without sign-up, since admins add people, and with our own error messages."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.ratelimit import consume
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from voices import audit
from voices.models import User
from voices.web.accounts import failed_logins, known_browser
from voices.web.mail import was_sent

WRONG_PASSWORD = "This isn't your current password."  # noqa: S105  # a sentence, no password
CONFIRM_BY = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use a passkey",
}
ERROR_MESSAGES = {
    "email_password_mismatch": "Wrong email or password.",
    "enter_current_password": WRONG_PASSWORD,
    "incorrect_password": WRONG_PASSWORD,
    "too_many_login_attempts": "Too many failed logins. Wait five minutes, then try again.",
    "password_login_off": "Passwords and passkeys are turned off here. Use your company's login.",
    "rate_limited": "Too many attempts. Wait a minute, then try again.",
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter: sign-up is closed, logins and new passwords are recorded in the audit trail."""

    error_messages = DefaultAccountAdapter.error_messages | ERROR_MESSAGES

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: the setup link creates the first admin, and admins add everyone else."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt, for a known browser apart from all others. Raise ValidationError over the limit."""
        if not settings.PASSWORD_LOGIN:
            raise self.validation_error("password_login_off")
        email = credentials.get("email", "")
        browser = known_browser.browser_of(request, email)
        try:
            if not browser:
                super().pre_authenticate(request, **credentials)
            elif not consume(request, action="login_known", key=browser):
                raise self.validation_error("too_many_login_attempts")
        except ValidationError:
            failed_logins.record_lock(request, email)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record the failed login."""
        failed_logins.record_failure(request, credentials.get("email", ""))
        super().authentication_failed(request, **credentials)

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:  # type: ignore[override]  # as below
        """Return a redirect to the login if the company's login is the only one allowed and was not used."""
        if settings.PASSWORD_LOGIN or "sociallogin" in (facts.get("signal_kwargs") or {}):
            answer: HttpResponse | None = super().pre_login(request, user, **facts)
            return answer
        messages.error(request, ERROR_MESSAGES["password_login_off"])
        return redirect("account_login")

    def post_login(  # type: ignore[override]  # all accounts are User, and the facts are passed on
        self, request: HttpRequest, user: User, **facts: Any
    ) -> HttpResponse:
        """Record the login, and remember the browser as one of this person."""
        response: HttpResponse = super().post_login(request, user, **facts)
        known_browser.remember(request, response, user.email)
        is_by_company = "sociallogin" in (facts.get("signal_kwargs") or {})
        by: dict[str, Any] = {"by": "company"} if is_by_company else {}
        audit.record_personal(user, "person.logged_in", **by)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """Return the methods of confirming one's identity, with our labels; the first is the default."""
        methods = super().get_reauthentication_methods(user)
        labelled = [method | {"description": CONFIRM_BY[method["id"]]} for method in methods]
        if settings.OIDC_ISSUER and SocialAccount.objects.filter(user=user).exists():
            by_company = {"id": "oidc", "description": f"Log in at {settings.OIDC_NAME}"}
            labelled.append(by_company | {"url": f"{reverse('oidc_login')}?process=redirect"})
        return labelled

    @sensitive_variables("password")
    def set_password(self, user: User, password: str) -> None:  # type: ignore[override]  # all accounts are User
        """Set the password and record that. After a reset link, the browser can log in despite a lock."""
        with transaction.atomic():
            super().set_password(user, password)
            audit.record_personal(user, "person.password_changed")
        if not self.request.user.is_authenticated:
            known_browser.remember_until_login(self.request, user.email)

    def send_notification_mail(
        self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any
    ) -> None:
        """Notify the person of a change that has been made; a failure to send is only logged."""
        send = super().send_notification_mail
        was_sent(template_prefix, lambda: send(template_prefix, user, *args, **kwargs))
