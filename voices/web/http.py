"""The request types of our views, and the login that they require."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from voices.access import current_membership, lacks_second_factor, may_create_team, memberships_of
from voices.actions.members.seen import mark_seen
from voices.models import Membership, Team, User

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate["StudioRequest", P], HttpResponse]
TEAM_SESSION_KEY = "team"
SESSION_EXPIRED = "Your session expired. Log in in another tab, then try again here."

# What people can open before they have set up a required second factor.
SETTING_UP = frozenset(
    {
        "mfa_index", "mfa_list_webauthn", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "sessions-end",
        "account_reauthenticate", "account_logout", "oidc_login", "voices:team-switch",
    }
)  # fmt: skip


class AnyRequest(HttpRequest):
    """A request that passed our middleware. Its user may be anonymous."""

    htmx: HtmxDetails


class StudioRequest(AnyRequest):
    """A request of a member of a team, as views behind `team_page` get it."""

    user: User
    member: Membership
    teams: list[Team]


def load_member(request: HttpRequest) -> None:
    """Set `member` and `teams` on a request of a person who is logged in; one query."""
    user = getattr(request, "user", None)
    if isinstance(user, User):
        found = memberships_of(user)
        member = current_membership(found, request.session.get(TEAM_SESSION_KEY))
        request.member, request.teams = member, [one.team for one in found]  # type: ignore[attr-defined]  # ours


class LoginRequired(LoginRequiredMiddleware):
    """Middleware that requires a login unless a view opts out, and reads the person's teams in one query.

    A GET by htmx loads the login page as a whole page, since a login form inside a fragment would mislead.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Redirect anonymous requests to the login; set `member` and `teams` on all others."""
        if getattr(view_func, "is_stateless", False):
            return None
        answer: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None:
            load_member(request)
            if (member := getattr(request, "member", None)) is not None:
                mark_seen(member=member, now=timezone.now())
                answer = self._ask_for_factor(request, member, view_func)
        return answer

    def _ask_for_factor(
        self, request: HttpRequest, member: Membership, view_func: Callable[..., Any]
    ) -> HttpResponseBase | None:
        """Redirect a member who lacks a required second factor to the page that sets one up."""
        route = request.resolver_match
        is_open = not getattr(view_func, "login_required", True) or (route and route.view_name in SETTING_UP)
        if is_open or not lacks_second_factor(member):
            return None
        return redirect_after_post(cast(AnyRequest, request), reverse("mfa_index"))

    def handle_no_permission(  # type: ignore[override]  # htmx is answered by a header, not by a 302
        self, request: AnyRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """Redirect to the login and back; answer a change by htmx with 401, so that its input is kept."""
        login = resolve_url(self.get_login_url(view_func))
        if not request.htmx:
            return redirect_to_login(request.get_full_path(), login, self.get_redirect_field_name(view_func))
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(SESSION_EXPIRED, status=401, content_type="text/plain; charset=utf-8")
        page = HttpResponseClientRedirect(redirect_to_login(_page_of(request), login).url)
        page.status_code = 401
        return page


def _page_of(request: AnyRequest) -> str:
    """Return path and query of the page that htmx is on, or the library if it is not ours."""
    page = urlsplit(request.htmx.current_url_abs_path or "")._replace(scheme="", netloc="", fragment="")
    return page.geturl() or reverse("voices:library")


def stateless(view: Callable[[R], HttpResponse]) -> Callable[[R], HttpResponse]:
    """Mark a view as needing neither session nor person, which require the database."""
    view.is_stateless = True  # type: ignore[attr-defined]  # read by LoginRequired
    return view


def team_page(view: Callable[Concatenate[StudioRequest, P], HttpResponse]) -> View[P]:
    """Restrict a view to members of a team; tell all others whom to ask."""

    @wraps(view)
    def guarded(request: StudioRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if getattr(request, "member", None) is None:
            context = {"may_create": may_create_team(request.user)}
            return render(request, "team/none.html", context, status=403)
        return view(request, *args, **kwargs)

    return guarded


def redirect_after_post(request: AnyRequest, url: str) -> HttpResponse:
    """Redirect after a change: by 303 for a form, by HX-Redirect for htmx."""
    if request.htmx:
        return HttpResponseClientRedirect(url)
    return HttpResponse(status=303, headers={"Location": url})
