"""The company's login: OpenID Connect with one provider, which the operator names in the environment.

allauth's flow, plus what it lacks: a nonce, verification of each ID token's signature, and no redirects for requests
that contain our secret. A person who is rejected reads why, and nothing is created.
"""

import time
from secrets import compare_digest, token_urlsafe
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

PROVIDER = "oidc"
LOGIN, CONNECT, CONFIRM = "login", "connect", "redirect"  # allauth's words for what the flow is for
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# What a response that violates the standard raises; allauth expects fewer.
MALFORMED = (OAuth2Error, LookupError, TypeError, ValueError, AttributeError)
UNREACHABLE = "{name} couldn't be reached. Try again in a few minutes."
UNTRUSTED = (
    "We couldn't verify the response from {name}, so you weren't logged in. Tell whoever "
    "runs this Voice Studio."
)


class Refusal(ImmediateHttpResponse):
    """Ends the flow with a page that says why."""

    def __init__(self, request: HttpRequest, sentence: str, *, status: int = 403) -> None:
        context = {"message": sentence.format(name=settings.OIDC_NAME)}
        super().__init__(render(request, "security/oidc_refused.html", context, status=status))


@sensitive_variables()
def application() -> SocialApp:
    """Return the provider's configuration for allauth, which is never stored."""
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER,
        name=settings.OIDC_NAME,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
        settings={"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True},
    )


class Answer(SocialLogin):
    """The login of a person at the provider, with the claims of its ID token."""

    claims: dict[str, Any]


class Provider(OpenIDConnectProvider):
    """allauth's provider, with a nonce."""

    def get_oauth2_adapter(self, request: HttpRequest) -> "Exchange":
        """Return our exchange."""
        return Exchange(request, PROVIDER)

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Redirect to the provider. To confirm who they are, people are asked there again."""
        nonce = token_urlsafe(24)
        params = {"nonce": nonce}
        if process == CONFIRM:
            params |= {"prompt": "login", "max_age": "0"}
        answer: HttpResponse = super().redirect(
            request, process, next_url, data, auth_params=params, nonce=nonce, **kwargs
        )
        return answer


class Exchange(OpenIDConnectOAuth2Adapter):
    """allauth's exchange of a code for an ID token, which is fully verified."""

    def get_provider(self) -> Provider:
        """Return our provider."""
        return Provider(self.request, app=application())

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Return the URL to which the provider redirects people back."""
        return request.build_absolute_uri(reverse("oidc_callback"))

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's discovery document. Raises OAuth2Error if it is another provider's or incomplete."""
        described: dict[str, Any] = super().openid_config
        if described["issuer"] != settings.OIDC_ISSUER or not all(described[name] for name in ENDPOINTS):
            raise OAuth2Error("The provider describes another issuer, or too little.")
        return described

    @sensitive_variables()
    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> Answer:
        """Return the person's login. Raises OAuth2Error, RequestException."""
        described = self.openid_config
        claims = jwtkit.verify_and_decode(
            credential=kwargs["response"]["id_token"], keys_url=described["jwks_uri"],
            issuer=settings.OIDC_ISSUER, audience=app.client_id, lookup_kid=jwtkit.lookup_kid_jwk,
        )  # fmt: skip
        if "email" not in claims and "userinfo_endpoint" in described:
            user_info = self._fetch_user_info(token.token)
            if user_info["sub"] != claims["sub"]:
                raise OAuth2Error("The provider describes another person.")
            claims = user_info | claims
        account = SocialAccount(provider=PROVIDER, uid=str(claims["sub"])[:191])
        account.extra_data = {"email": str(claims.get("email", "")).lower()[:254]}
        login = Answer(provider=self.get_provider(), account=account)
        login.claims = claims
        return login


@require_safe
@login_not_required
def login(request: HttpRequest) -> HttpResponse:
    """Send the person to the company's login, and back to `next`."""
    _require_on()
    process, way_back = request.GET.get("process", LOGIN), request.GET.get("next", "")
    if process not in {LOGIN, CONNECT, CONFIRM} or (process != LOGIN and not request.user.is_authenticated):
        process = LOGIN
    is_ours = url_has_allowed_host_and_scheme(way_back, {request.get_host()}, request.is_secure())
    provider = Provider(request, app=application())
    try:
        return provider.redirect(request, process, next_url=way_back if is_ours else None)
    except OSError:  # whatever requests raises
        return Refusal(request, UNREACHABLE, status=502).response
    except MALFORMED:
        return Refusal(request, UNTRUSTED, status=502).response


@require_safe
@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """Log the person in, or say why not."""
    _require_on()
    try:
        view = OAuth2CallbackView.adapter_view(Exchange(request, PROVIDER))  # type: ignore[no-untyped-call]  # allauth's
        answer: HttpResponse = view(request)
    except OSError:  # whatever requests raises
        return Refusal(request, UNREACHABLE, status=502).response
    except MALFORMED:
        return Refusal(request, UNTRUSTED, status=502).response
    return answer


def _require_on() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404("The company's login is off.")


def is_meant_for(login: Answer) -> bool:
    """Whether the response belongs to this browser's request: its nonce is the one that was sent."""
    return compare_digest(str(login.claims.get("nonce", "")), str(login.state.get("nonce")))


def confirmed_recently(login: Answer) -> bool:
    """Whether the provider says that the person has just logged in there."""
    return time.time() - float(login.claims.get("auth_time", 0)) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
