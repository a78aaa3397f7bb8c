"""Which people the company's login admits, and to which account."""

from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from voices import audit
from voices.actions.members.company_login import join_by_email
from voices.actions.members.joining import InvitationClosedError
from voices.actions.people import remove_unproved_logins
from voices.models import User
from voices.web.accounts.oidc import (
    CONFIRM,
    CONNECT,
    UNREACHABLE,
    UNTRUSTED,
    Answer,
    Provider,
    Refusal,
    application,
    confirmed_recently,
    is_meant_for,
)
from voices.web.accounts.reauthentication import confirm, is_recent

NOT_STARTED_HERE = "This login wasn't started in this browser, or it took too long. Start again."
CANCELLED = "You cancelled the login at {name}. Start again when you're ready."
FOREIGN = "The response from {name} was for another login. Start again."
UNVERIFIED = (
    "{name} hasn't verified your email, so it can't log you in. Ask whoever manages your account there."
)
NOT_ALLOWED = "Emails ending in {domain} can't log in here. Use your work account, or ask your team admin."
NOT_EXPECTED = "No team has invited {email} yet. Ask a team admin to invite you, then come back."
HAS_ACCOUNT = (
    "{email} already has an account here that isn't connected to this login. Log in with your "
    "password, then connect it on the Security page."
)
OTHERS = "This login belongs to another account here. Use your own."
CONNECTED = (
    "You now log in with {name}. Your password and passkeys were removed, and your other sessions ended."
)
NOT_CONFIRMED = "{name} didn't ask you to log in again, so nothing was confirmed. Try again."


class CompanyLogin(DefaultSocialAccountAdapter):
    """allauth's adapter: one provider, from the environment."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """Return the provider, whichever name allauth asks for."""
        return Provider(request, app=application())

    def get_requests_session(self) -> Any:
        """Return a session of requests that follows no redirect: our secret stays with the provider."""
        session = super().get_requests_session()  # type: ignore[no-untyped-call]  # allauth's
        session.max_redirects = 0
        return session

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Return to the page Security."""
        return reverse("mfa_index")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Raise a Refusal with what went wrong."""
        if isinstance(exception, OSError):
            raise Refusal(request, UNREACHABLE, status=502) from exception
        if exception is not None:
            raise Refusal(request, UNTRUSTED) from exception
        if "state" not in (extra_context or {}):
            raise Refusal(request, NOT_STARTED_HERE, status=400)
        raise Refusal(request, CANCELLED)

    def pre_social_login(self, request: HttpRequest, sociallogin: Answer) -> None:  # type: ignore[override]  # ours alone come here
        """Check the response, then find or create the account. Raises ImmediateHttpResponse if there is none."""
        email = _checked_email(request, sociallogin)
        process = sociallogin.state.get("process")
        if process == CONFIRM:
            _confirm(request, sociallogin)
        elif process == CONNECT:
            if not is_recent(request):
                raise ImmediateHttpResponse(redirect("account_reauthenticate"))
        elif not sociallogin.is_existing:
            _join(request, sociallogin, email)


def _checked_email(request: HttpRequest, login: Answer) -> str:
    """Return the email that the provider has verified. Raises Refusal."""
    if not is_meant_for(login):
        raise Refusal(request, FOREIGN)
    email = str(login.claims.get("email", "")).strip().lower()
    if "@" not in email or str(login.claims.get("email_verified")).lower() != "true":
        raise Refusal(request, UNVERIFIED)
    domain = email.rpartition("@")[2]
    if settings.OIDC_DOMAINS and domain not in settings.OIDC_DOMAINS:
        raise Refusal(request, NOT_ALLOWED.replace("{domain}", domain))
    return email


def _confirm(request: HttpRequest, login: Answer) -> None:
    """Accept the login at the provider as a confirmation of identity. Raises Refusal."""
    if not isinstance(request.user, User) or login.user != request.user:
        raise Refusal(request, OTHERS)
    if not confirmed_recently(login):
        raise Refusal(request, NOT_CONFIRMED)
    confirm(request, request.user, method="oidc")


def _join(request: HttpRequest, login: Answer, email: str) -> None:
    """Log in to the email's account: connect an existing one, or create one if a team expects the email.

    Without allowed domains, the provider could verify any email, so an existing account is not connected then.
    """
    existing = User.objects.filter(email=email).exists()
    if existing and not settings.OIDC_DOMAINS:
        raise Refusal(request, HAS_ACCOUNT.replace("{email}", email), status=409)
    try:
        user = join_by_email(email=email, name=str(login.claims.get("name", "")), now=timezone.now())
    except InvitationClosedError:
        raise Refusal(request, NOT_STARTED_HERE, status=409) from None
    if user is None:
        raise Refusal(request, NOT_EXPECTED.replace("{email}", email))
    if existing:
        remove_unproved_logins(user=user)
        login.connect(request, user)
        messages.info(request, CONNECTED.format(name=settings.OIDC_NAME))
    else:
        login.user = user
        login.save(request, connect=True)


def audit_connected(*, sociallogin: Answer, **_: Any) -> None:
    """Record that an account was connected (allauth's signal)."""
    user = cast(User, sociallogin.user)
    audit.record_personal(user, "person.connected")
