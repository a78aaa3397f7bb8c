"""Sensitive pages ask for the password again, unless it was given within the last five minutes.

allauth can keep the interrupted request in the session and resume it. We do not: its form may hold an Althea key or
a new password, and a session is stored unencrypted.
"""

from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from voices.models import User
from voices.web.http import AnyRequest, P, StudioRequest, View, redirect_after_post

NOTHING_SAVED = "Nothing was saved. Confirm your password, then try again."


def remember_login(*, request: HttpRequest, user: User, **_: object) -> None:
    """Count a login as a password just given: a receiver of Django's signal, which every kind of login sends."""
    record_authentication(request, user, method="password", reauthenticated=True)


def is_recent(request: HttpRequest) -> bool:
    """Whether the person gave their password within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    return bool(did_recently_reauthenticate(request))


def ask_for_password(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """Return a redirect to the password form and then to `back` (default: this page), or None if not needed."""
    if is_recent(request):
        return None
    if request.method == "POST":
        messages.warning(request, NOTHING_SAVED)
    query = urlencode({"next": back or request.get_full_path()})
    # Also from the admin site, whose requests have passed our middleware too.
    return redirect_after_post(cast(AnyRequest, request), f"{reverse('account_reauthenticate')}?{query}")


def recent_password(*, back: str = "") -> Callable[[View[P]], View[P]]:
    """Restrict a view to people who gave their password recently; `back` names the page to return to."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = ask_for_password(request, back=reverse(back) if back else "")
            return asked or view(request, *args, **kwargs)

        return guarded

    return decorate
