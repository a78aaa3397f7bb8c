"""Sessions: how long they last, where a person is logged in, and ending the others."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from voices import audit
from voices.actions.sessions import end_other_sessions, end_session
from voices.models import User
from voices.web.accounts.reauthentication import PersonRequest, confirm
from voices.web.http import redirect_after_post

logger = logging.getLogger(__name__)

STARTED, SEEN = "started_at", "seen_at"
# Recording a visit is a write, so it is done at most this often.
NOTED_EVERY_SECONDS = 300
TOO_OLD = "You were logged out because sessions last at most {days:g} days. Log in to continue."
# The first match counts: browsers also name those that they derive from.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "ChromeOS", "Windows": "Windows",
    "Mac OS X": "Mac", "Linux": "Linux",
}  # fmt: skip


@dataclass(frozen=True)
class ListedSession:
    """A session as its person sees it."""

    id: int
    device: str
    address: str
    seen_at: datetime
    is_current: bool


class SessionTimes:
    """Middleware that ends sessions of too great an age, and records visits.

    Unused ones end by the age of the cookie, which a recorded visit renews.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> None:
        """Log the person out or record the visit, before a login is required."""
        is_stateless = getattr(view_func, "is_stateless", False)
        if is_stateless or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        if not request.user.is_authenticated:
            return
        now = time.time()
        if now - request.session.get(STARTED, now) > settings.SESSION_MAX_SECONDS:
            logout(request)
            messages.warning(request, TOO_OLD.format(days=settings.SESSION_MAX_SECONDS / 86_400))
        elif now - request.session.get(SEEN, 0) > NOTED_EVERY_SECONDS:
            _note_later_visit(request)


def begin(*, request: HttpRequest, user: User, **_: object) -> None:
    """Begin a session (receiver of Django's login signal). A login also confirms the person's identity."""
    request.session[STARTED] = request.session[SEEN] = time.time()
    confirm(request, user, method="login")
    if "REMOTE_ADDR" in request.META:  # otherwise it is a test or a command, not a browser
        note_visit(request)


def audit_logout(*, user: User | None, **_: object) -> None:
    """Record a logout (receiver of Django's signal), if anybody was logged in."""
    if user is not None:
        audit.record_personal(user, "person.logged_out")


def note_visit(request: HttpRequest) -> None:
    """Record when, from which address and with which browser the session was last used."""
    UserSession.objects.create_from_request(request)
    request.session[SEEN] = time.time()


def _note_later_visit(request: HttpRequest) -> None:
    """Record the visit if possible: pages stay readable on a read-only database."""
    try:
        note_visit(request)
        request.session.setdefault(STARTED, time.time())
    except DatabaseError as problem:
        logger.warning("A visit could not be stored: %s", problem)


def sessions_of(request: PersonRequest) -> list[ListedSession]:
    """Return the person's sessions, this one first, then the last used."""
    key = request.session.session_key
    listed = [
        ListedSession(
            id=one.pk, device=device(one.user_agent), address=one.ip, seen_at=one.last_seen_at,
            is_current=one.session_key == key,
        )
        for one in UserSession.objects.purge_and_list(request.user)
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (one.is_current, one.seen_at), reverse=True)


def device(user_agent: str) -> str:
    """Return browser and system of a user agent, such as "Firefox on Linux"."""
    browser, system = (
        next((name for mark, name in names.items() if mark in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    )
    return " on ".join(filter(None, (browser, system))) or "Unknown device"


@require_POST
def end(request: PersonRequest) -> HttpResponse:
    """End one session, or all others."""
    chosen = request.POST.get("session", "")
    if chosen == "others":
        ended = end_other_sessions(user=request.user, session_key=request.session.session_key or "")
    else:
        ended = end_session(user=request.user, session_id=int(chosen) if chosen.isdecimal() else 0)
    messages.success(request, _ended_message(ended))
    return redirect_after_post(request, reverse("mfa_index"))


def _ended_message(ended: int) -> str:
    if not ended:
        return "There were no other sessions to end."
    return "Session ended." if ended == 1 else f"{ended} sessions ended."
