"""The page behind an invitation's link. A GET changes nothing, so messengers can fetch it for a preview.

People who first have to log in or out return to the URL without the token: the session stores only its hash.
"""

from typing import Any

from allauth.core.ratelimit import consume
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from voices.access import get_link_invitation, memberships_of
from voices.actions.members.joining import (
    AccountExistsError,
    InvitationClosedError,
    accept_invitation,
    accept_with_new_account,
    has_account,
    is_open,
)
from voices.actions.speakers.link_tokens import token_hash
from voices.models import Invitation, InvitationState, Membership, User
from voices.web.accounts import known_browser
from voices.web.accounts.forms import NEW_PASSWORD_HELP
from voices.web.fields import LineField
from voices.web.http import TEAM_SESSION_KEY, AnyRequest, redirect_after_post
from voices.web.links import LinkRequest

SESSION_KEY = "invitation"


class JoinRequest(LinkRequest, AnyRequest):
    """A request of the page behind an invitation's link, perhaps of somebody who is logged in."""

    htmx: HtmxDetails


class NewAccountForm(forms.Form):
    """The account of somebody who has none. Its email is the invited one."""

    name = LineField(
        label="Your name",
        limit=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text=NEW_PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )


@sensitive_post_parameters("password")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def page(request: JoinRequest) -> HttpResponse:
    """Show the invitation or accept it; say why where the link does not work."""
    found = token_hash(request.link_token) if request.link_token else request.session.get(SESSION_KEY, "")
    invitation = get_link_invitation(found) if found else None
    if invitation is None:
        return _show_unknown(request)
    user = request.user if isinstance(request.user, User) else None
    if user is not None and user.email == invitation.email and _membership(user, invitation):
        return _render(request, "joined", invitation)
    if not is_open(invitation, now=timezone.now()):
        return _show_closed(request, invitation)
    if user is None:
        return _as_anonymous(request, invitation)
    return (
        _as_invited(request, invitation, user)
        if user.email == invitation.email
        else _as_other(request, invitation)
    )


def _membership(user: User, invitation: Invitation) -> Membership | None:
    return next((one for one in memberships_of(user) if one.team_id == invitation.team_id), None)


def _as_anonymous(request: JoinRequest, invitation: Invitation) -> HttpResponse:
    """Show the form for a new account, or the link to the login for an existing one; submit the form."""
    if has_account(invitation) or not settings.PASSWORD_LOGIN:
        if request.method != "POST":
            return _render(request, "log_in", invitation)
        request.session[SESSION_KEY] = invitation.token_hash
        return redirect_after_post(
            request, f"{reverse('account_login')}?{urlencode({'next': reverse('voices:join')})}"
        )
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _create(request, invitation, form)
    return _render(request, "create", invitation, form=form, status=422 if form.is_bound else 200)


@sensitive_variables()
def _create(request: JoinRequest, invitation: Invitation, form: NewAccountForm) -> HttpResponse:
    typed = form.cleaned_data
    try:
        member = accept_with_new_account(
            invitation=invitation, name=typed["name"], password=typed["password"], now=timezone.now()
        )
    except InvitationClosedError:
        return _show_closed(request, invitation)
    except AccountExistsError:
        return _render(request, "log_in", invitation, status=409)
    except forms.ValidationError as problem:
        form.add_error("password", problem)
        return _render(request, "create", invitation, form=form, status=422)
    login(request, member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = _welcome(request, member)
    known_browser.remember(request, response, member.user.email)
    return response


def _as_invited(request: JoinRequest, invitation: Invitation, user: User) -> HttpResponse:
    if request.method != "POST":
        return _render(request, "accept", invitation)
    try:
        return _welcome(request, accept_invitation(invitation=invitation, user=user, now=timezone.now()))
    except InvitationClosedError:
        return _show_closed(request, invitation)


def _as_other(request: JoinRequest, invitation: Invitation) -> HttpResponse:
    """Say that the invitation is for somebody else, or log out and continue."""
    if "log_out" not in request.POST:
        return _render(request, "other", invitation, status=403)
    logout(request)
    request.session[SESSION_KEY] = invitation.token_hash
    return redirect_after_post(request, reverse("voices:join"))


def _welcome(request: JoinRequest, member: Membership) -> HttpResponse:
    request.session.pop(SESSION_KEY, None)
    request.session[TEAM_SESSION_KEY] = str(member.team_id)
    messages.success(request, f"Welcome to {member.team.name}.")
    return redirect_after_post(request, reverse("voices:library"))


def _show_unknown(request: JoinRequest) -> HttpResponse:
    """Respond to an unknown link, and count it: somebody who tries many has to wait."""
    guess = HttpRequest()  # allauth counts no GET
    guess.META = request.META
    is_counted = consume(guess, action="join_guess")
    return render(
        request, "team/join/unknown.html", {"is_counted": is_counted}, status=404 if is_counted else 429
    )


def _show_closed(request: JoinRequest, invitation: Invitation) -> HttpResponse:
    invitation.refresh_from_db(fields=["state", "expires_at"])
    reason = "used" if invitation.state == InvitationState.ACCEPTED else "revoked"
    if invitation.has_expired(timezone.now()):
        reason = "expired"
    return render(request, "team/join/closed.html", {"reason": reason}, status=410)


def _render(
    request: JoinRequest, name: str, invitation: Invitation, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, f"team/join/{name}.html", {"invitation": invitation} | context, status=status)
