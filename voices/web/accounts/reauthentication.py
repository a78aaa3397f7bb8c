"""Sensitive pages ask people to confirm who they are, unless they did so within the last five minutes.

With the password, a second factor, or at the company's login, whichever they have. allauth can keep the interrupted
request in the session and resume it. We do not: its form may hold an Althea key or a new password, and a session is
stored unencrypted.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import cast
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from voices.models import User
from voices.web.http import AnyRequest, P, StudioRequest, View, redirect_after_post

NOTHING_SAVED = "Nothing was saved. Confirm that it's you, then try again."


class PersonRequest(AnyRequest):
    """A request of somebody who is logged in, perhaps in no team."""

    user: User


def confirm(request: HttpRequest, user: User, *, method: str) -> None:
    """Record in the session that the person confirmed who they are, by this method."""
    record_authentication(request, user, method=method, reauthenticated=True)


def is_recent(request: HttpRequest) -> bool:
    """Whether the person confirmed who they are within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.

    allauth's own check returns True for people who only have the company's login.
    """
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    confirmed = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(confirmed) and time.time() - confirmed[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def ask_to_confirm(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """Return a redirect to the page that asks and then to `back` (default: this page), or None if not needed."""
    if is_recent(request):
        return None
    if request.method == "POST":
        messages.warning(request, NOTHING_SAVED)
    query = urlencode({"next": back or request.get_full_path()})
    # Also from the admin site, whose requests have passed our middleware too.
    return redirect_after_post(cast(AnyRequest, request), f"{reverse('account_reauthenticate')}?{query}")


def recently_authenticated(*, back: str = "") -> Callable[[View[P]], View[P]]:
    """Restrict a view to people who recently confirmed who they are; `back` names the page to return to."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = ask_to_confirm(request, back=reverse(back) if back else "")
            return asked or view(request, *args, **kwargs)

        return guarded

    return decorate
