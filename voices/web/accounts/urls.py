"""URLs of second factors, passkeys and sessions: allauth's views at our URLs, behind our confirmation.

They keep allauth's names, which its own views use. Its lists of factors and passkeys are one page of ours.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from voices.web.accounts import connections, oidc, security, sessions
from voices.web.accounts.reauthentication import recently_authenticated


def confirmed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return the view behind our confirmation."""
    return recently_authenticated()(view)


urlpatterns = [
    path("login/code/", factors.authenticate, name="mfa_authenticate"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("oidc/login/", oidc.login, name="oidc_login"),
    path("oidc/callback/", oidc.callback, name="oidc_callback"),
    path("reauthenticate/code/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("security/", security.page, name="mfa_index"),
    path("security/", security.page, name="mfa_list_webauthn"),
    path("security/app/add/", confirmed(app.activate_totp), name="mfa_activate_totp"),
    path("security/app/remove/", confirmed(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("security/passkeys/add/", confirmed(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/rename/", confirmed(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path(
        "security/passkeys/<int:pk>/remove/", confirmed(passkeys.remove_webauthn), name="mfa_remove_webauthn"
    ),
    path("security/codes/", confirmed(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("security/codes/new/", confirmed(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("security/sessions/end/", sessions.end, name="sessions-end"),
    path("security/oidc/remove/", connections.remove, name="oidc_remove"),
]
