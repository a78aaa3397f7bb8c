"""The request as our views know it: a logged-in person, in a team, perhaps from htmx."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from voices.access import current_membership, memberships_of
from voices.models import Membership, Team, User

P = ParamSpec("P")
View = Callable[Concatenate["StudioRequest", P], HttpResponse]
TEAM_SESSION_KEY = "team"
LOGGED_OUT = "Your session expired. Log in in another tab, then try again here."


class AnyRequest(HttpRequest):
    """A request that passed our middleware; the person may be unknown."""

    htmx: HtmxDetails


class StudioRequest(AnyRequest):
    """A request of a person in a team: what every page of ours works with."""

    user: User
    member: Membership
    teams: list[Team]


class LoginRequired(LoginRequiredMiddleware):
    """Every view asks for a login unless it says otherwise; the person's teams are read in one query.

    htmx that reads is sent to the login page as a whole: a login form inside a card would be a trap.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Sends strangers to the login, and gives everybody else `member` and `teams`."""
        answer: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None and isinstance(request.user, User):
            found = memberships_of(request.user)
            member = current_membership(found, request.session.get(TEAM_SESSION_KEY))
            request.member, request.teams = member, [one.team for one in found]  # type: ignore[attr-defined]  # ours
        return answer

    def handle_no_permission(  # type: ignore[override]  # htmx is answered by a header, not by a 302
        self, request: AnyRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """The login page with the way back; a change by htmx stays where it is, with all that was typed."""
        login = resolve_url(self.get_login_url(view_func))
        if not request.htmx:
            return redirect_to_login(request.get_full_path(), login, self.get_redirect_field_name(view_func))
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(LOGGED_OUT, status=401, content_type="text/plain; charset=utf-8")
        page = HttpResponseClientRedirect(redirect_to_login(_page_of(request), login).url)
        page.status_code = 401
        return page


def _page_of(request: AnyRequest) -> str:
    """Path and query of the page that htmx asks from; the library if that is not ours."""
    page = urlsplit(request.htmx.current_url_abs_path or "")._replace(scheme="", netloc="", fragment="")
    return page.geturl() or reverse("voices:library")


def team_page(view: Callable[Concatenate[StudioRequest, P], HttpResponse]) -> View[P]:
    """The view, for people who are in a team; others are told whom to ask."""

    @wraps(view)
    def guarded(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "member", None) is None:
            told = {
                "title": "You're not in a team yet",
                "message": "Ask a team admin to add you, then come back.",
            }
            return render(request, "parts/problem.html", told, status=403)
        return view(request, *args, **kwargs)

    return guarded


def redirect_after_post(request: AnyRequest, url: str) -> HttpResponse:
    """The page to see after a change: 303 for a form, HX-Redirect for htmx."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    return HttpResponse(status=303, headers={"Location": url})
