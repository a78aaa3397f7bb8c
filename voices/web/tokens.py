"""The page of API tokens: a person's own, or for an admin all of the team. A value is shown only at its creation."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import Verb, get_token_for, may
from voices.actions.tokens.store import DEFAULT_DAYS, TokenError, make_api_token, revoke_token
from voices.library.filters import clean_query
from voices.library.tokens import shown_tokens
from voices.models import ApiToken, TokenScope
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.api.site import site_of
from voices.web.fields import LineField
from voices.web.http import StudioRequest, redirect_after_post, team_page

MAX_NAME = 60
NEVER = "never"
LIFETIMES = [
    ("7", "7 days"),
    ("30", "30 days"),
    (str(DEFAULT_DAYS), f"{DEFAULT_DAYS} days"),
    ("365", "1 year"),
]
SCOPES = [
    (TokenScope.CLONE.value, "Clone", "Clone voices with your keys, and record consent"),
    (TokenScope.MANAGE.value, "Manage", "Change stages, tags and aliases, and start syncs"),
]


class TokenForm(forms.Form):
    """The form of a new token."""

    name = LineField(
        label="Name", required=False, limit=MAX_NAME, help_text="Such as the program that will use it"
    )
    scopes = forms.MultipleChoiceField(
        label="May also", required=False, choices=[(value, label) for value, label, _ in SCOPES]
    )
    owner = forms.ChoiceField(label="Acts as", required=False, choices=[("me", "You"), ("team", "The team")])
    expires = forms.ChoiceField(label="Expires after", required=False, choices=LIFETIMES)

    def __init__(self, *args: Any, is_admin: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expires = self.fields["expires"]
        assert isinstance(expires, forms.ChoiceField)  # noqa: S101  # as declared above
        expires.choices = [*LIFETIMES, (NEVER, "Never")] if is_admin else LIFETIMES

    def expires_at(self, now: datetime) -> datetime | None:
        """Return when the token is to expire; None for never."""
        chosen = self.cleaned_data["expires"] or str(DEFAULT_DAYS)
        return None if chosen == NEVER else now + timedelta(days=int(chosen))


def _show(request: StudioRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    query = clean_query(request.GET.get("q", ""))
    is_admin = may(request.member, Verb.MANAGE_TOKENS)
    context = {
        "page": "tokens",
        "form": form,
        "tokens": shown_tokens(request.member, now=timezone.now(), query=query),
        "query": query,
        "is_admin": is_admin,
        "scopes": SCOPES,
        "can_write": may(request.member, Verb.ORGANISE),
    }
    return render(request, "tokens/page.html", context, status=status)


def _form(request: StudioRequest, *data: Any) -> TokenForm:
    return TokenForm(
        *data,
        is_admin=may(request.member, Verb.MANAGE_TOKENS),
        initial={"expires": str(DEFAULT_DAYS), "owner": "me"},
    )


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the tokens, and the form for a new one."""
    return _show(request, _form(request))


@sensitive_variables()
@require_POST
@team_page
@recently_authenticated(back="voices:tokens")
def new(request: StudioRequest) -> HttpResponse:
    """Create a token and show its value, which is only possible once."""
    form, now = _form(request, request.POST), timezone.now()
    if not form.is_valid():
        return _show(request, form, status=422)
    typed = form.cleaned_data
    try:
        token, value = make_api_token(
            member=request.member,
            name=typed["name"],
            scopes=typed["scopes"],
            expires_at=form.expires_at(now),
            of_team=typed["owner"] == "team",
            now=now,
        )
    except TokenError as problem:
        form.add_error(problem.field, str(problem))
        return _show(request, form, status=422)
    return _show_made(request, token, value.reveal())


@sensitive_variables()
def _show_made(request: StudioRequest, token: ApiToken, value: str) -> HttpResponse:
    context = {"page": "tokens", "token": token, "value": value, "site": site_of(request)}
    return render(request, "tokens/made.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def revoke(request: StudioRequest, token_id: UUID) -> HttpResponse:
    """Show what revoking a token means, or revoke it."""
    token = get_token_for(request.member, token_id)
    if request.method == "POST":
        if revoke_token(member=request.member, token=token, now=timezone.now()):
            messages.success(request, f"Token “{token.name}” revoked.")
        return redirect_after_post(request, reverse("voices:tokens"))
    return render(request, "tokens/revoke.html", {"page": "tokens", "token": token})
