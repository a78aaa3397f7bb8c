"""The page on the security of a person's account: password, second factors, recovery codes, sessions."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voices.access import lacks_second_factor
from voices.models import User
from voices.web.accounts.reauthentication import PersonRequest
from voices.web.accounts.sessions import sessions_of


@dataclass(frozen=True)
class Factors:
    """A person's second factors. `codes_left` is None if they have no recovery codes."""

    app: Authenticator | None
    passkeys: list[Authenticator]
    codes_left: int | None

    @property
    def are_on(self) -> bool:
        """Whether a login requires a second factor."""
        return bool(self.app or self.passkeys)


def factors_of(user: User) -> Factors:
    """Return the person's second factors, passkeys in the order in which they were added."""
    held = list(Authenticator.objects.filter(user=user).order_by("pk"))
    by_type = {factor.type: factor for factor in held}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        app=by_type.get(Authenticator.Type.TOTP),
        passkeys=[factor for factor in held if factor.type == Authenticator.Type.WEBAUTHN],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )


def company_login_of(user: User) -> SocialAccount | None:
    """Return the person's connection to the company's login."""
    return SocialAccount.objects.filter(user=user).first()


@require_safe
def page(request: PersonRequest) -> HttpResponse:
    """Show the security settings of the person's account."""
    member = getattr(request, "member", None)
    context = {
        "page": "security",
        "factors": factors_of(request.user),
        "sessions": sessions_of(request),
        "company": company_login_of(request.user),
        "must_add": member is not None and lacks_second_factor(member),
    }
    return render(request, "security/page.html", context)
