"""The setup page behind a one-time link: it creates the first admin, the team and, if wanted, a key."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from voices.actions.keys.store import add_key
from voices.actions.teams import AlreadySetUpError, create_first_admin, is_set_up
from voices.althea import KeyRefusedError
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.models import Endpoint, Membership, User
from voices.web.accounts import known_browser
from voices.web.fields import LineField
from voices.web.http import AnyRequest, redirect_after_post
from voices.web.keys import UnusualKeyForm, read_key

SALT = "setup"
LINK_SECONDS = 7 * 24 * 3600
STARTS = [
    ("sandbox", "Use the built-in sandbox"),
    ("key", "Paste an Althea key"),
    ("later", "Decide later"),
]


def setup_token() -> str:
    """Return a signed token for the setup link, valid for a week or until there is an admin."""
    return signing.dumps("first admin", salt=SALT)


def _is_valid(token: str) -> bool:
    try:
        signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return False
    return not is_set_up()


class SetupForm(UnusualKeyForm):
    """The form for the first admin, their team, and how to start."""

    name = LineField(label="Your name", limit=80, error_messages={"required": "Enter your name."})
    email = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": "Enter your email."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )
    team = LineField(label="Team", limit=60, error_messages={"required": "Give your team a name."})
    start = forms.ChoiceField(label="How to start", choices=STARTS, required=False, widget=forms.RadioSelect)
    key = forms.CharField(
        label="Althea key", required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.SANDBOX:
            self.fields["start"].choices = STARTS[1:]  # type: ignore[attr-defined]  # ChoiceField

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Validate the password against the other fields; read the key as a Secret if one is wanted."""
        typed = self.cleaned_data
        if password := typed.get("password"):
            try:
                validate_password(password, User(email=typed.get("email", ""), name=typed.get("name", "")))
            except forms.ValidationError as problem:
                self.add_error("password", problem)
        pasted = typed.pop("key", "")
        if typed.get("start") == "key":
            try:
                typed["key"] = read_key(pasted, is_confirmed=typed.get("unusual", False))
            except forms.ValidationError as problem:
                self.add_error("key", problem)
        return typed


@sensitive_post_parameters("password", "key")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def page(request: AnyRequest, token: str) -> HttpResponse:
    """Show the setup form, or submit it. Answer 410 for a used or expired link."""
    if not _is_valid(token):
        return render(request, "setup/gone.html", status=410)
    start = "sandbox" if settings.SANDBOX else "key"
    form = SetupForm(request.POST if request.method == "POST" else None, initial={"start": start})
    if request.method == "POST" and form.is_valid():
        try:
            return _set_up(request, form)
        except AlreadySetUpError:
            return render(request, "setup/gone.html", status=410)
    context = {"form": form, "sandbox": settings.SANDBOX}
    return render(request, "setup/page.html", context, status=422 if form.is_bound else 200)


@sensitive_variables()
def _set_up(request: AnyRequest, form: SetupForm) -> HttpResponse:
    typed = form.cleaned_data
    member = create_first_admin(
        email=typed["email"], name=typed["name"], password=typed["password"], team_name=typed["team"]
    )
    login(request, member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = redirect_after_post(request, _store_key(request, member, form))
    known_browser.remember(request, response, member.user.email)
    return response


@sensitive_variables()
def _store_key(request: AnyRequest, member: Membership, form: SetupForm) -> str:
    """Store the chosen key. Return the next page: clone, the keys if it failed, the library without a key."""
    start = form.cleaned_data["start"]
    if start == "sandbox" and settings.SANDBOX:
        secret, endpoint = Secret(make_sandbox_key()), Endpoint.SANDBOX
    elif start == "key":
        secret, endpoint = form.cleaned_data["key"], Endpoint.ALTHEA
    else:
        return reverse("voices:library")
    try:
        key = add_key(member=member, label="", endpoint=endpoint, secret=secret)
    except KeyRefusedError:
        messages.error(
            request, "You're set up, but Althea refused the key, so it wasn't saved. Try another one."
        )
        return reverse("voices:keys")
    return reverse("voices:clone" if key.can_clone else "voices:keys")
