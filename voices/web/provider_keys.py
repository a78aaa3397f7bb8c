"""The pages of provider keys: which providers an admin's accounts can use, and storing and removing keys."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from voices.access import Verb, get_key_for, require
from voices.actions.keys.provider_keys import (
    DEADLINE_SECONDS,
    change_message,
    change_provider_key,
    missing_key_message,
    read_provider_keys,
)
from voices.actions.voice.upstream_change import ChangeStatus, Outcome
from voices.kit.secret import Secret, looks_like_key
from voices.library.provider_keys import Needs, voices_needing_keys
from voices.models import AltheaAccount, ApiKey
from voices.providers.base import Provider
from voices.providers.registry import providers
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.clone.form import usable_keys
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.keys import UnusualKeyForm

MIN_KEY, MAX_KEY, MAX_JSON_KEY = 8, 500, 10_000
ALTHEAS = (
    "This looks like an Althea key, not a key from {label}. If it's right, paste it again and confirm below."
)
METHODS = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class ProviderRow:
    """A provider, the start of the account's key for it ("" without one), and how many of the team's voices need it."""

    provider: Provider
    shown: str
    voices: int


@dataclass(frozen=True)
class AccountKeys:
    """An account, the person's own key for it, and its provider keys; unknown if there is a problem."""

    key: ApiKey
    account: AltheaAccount
    rows: tuple[ProviderRow, ...] = ()
    problem: str = ""

    def row_of(self, provider: Provider) -> ProviderRow:
        """Return the provider's row; an empty one where that is not known."""
        return next((row for row in self.rows if row.provider is provider), ProviderRow(provider, "", 0))


class ProviderKeyForm(UnusualKeyForm):
    """The form of a provider's key, which is read once and never shown. `seen` is what it is to replace."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, provider: Provider, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._provider = provider
        self.fields["key"].label = f"{provider.label} key"
        self.fields["unusual"].label = f"It's a key from {provider.label}"

    @sensitive_variables()
    def clean_key(self) -> Secret:
        """Return the key as a Secret. A key of Althea's is refused until the person has confirmed it."""
        value = self.cleaned_data["key"].strip()
        if not value:
            raise forms.ValidationError("Paste the key first.")
        if self._provider.has_json_key:
            _check_json_key(value)
        else:
            _check_key(value)
        if looks_like_key(value) and not self.cleaned_data["unusual"]:
            raise forms.ValidationError(ALTHEAS.format(label=self._provider.label), code="unusual")
        return Secret(value)


@sensitive_variables()
def _check_key(value: str) -> None:
    """Raise ValidationError for what cannot be a provider's key."""
    if len(value) > MAX_KEY or not (value.isascii() and value.isprintable()) or " " in value:
        raise forms.ValidationError(
            "This isn't a key: it contains spaces or characters that keys don't have, or it's too long. Copy it again."
        )
    if len(value) < MIN_KEY:
        raise forms.ValidationError("This is too short for a key. Copy the whole key.")


@sensitive_variables()
def _check_json_key(value: str) -> None:
    """Raise ValidationError for what cannot be the JSON file of a key."""
    try:
        is_object = len(value) <= MAX_JSON_KEY and isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        # Outside the block above: a JSONDecodeError contains all of the typed text.
        raise forms.ValidationError("This isn't a service account key. Paste the whole JSON file.")


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show which providers each account of the admin's own keys can use."""
    require(request.member, Verb.MANAGE_PROVIDER_KEYS)
    return render(request, "keys/providers.html", {"page": "keys", "accounts": list(_accounts(request))})


def _accounts(request: StudioRequest) -> Iterator[AccountKeys]:
    """Yield each account, read within 8 s in all."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    keys = {key.account: key for key in reversed(usable_keys(request.user)) if key.account}
    needs = voices_needing_keys(request.member, keys)
    for key in sorted(keys.values(), key=lambda one: str(one.account).casefold()):
        yield _account_keys(request, key, needs, seconds=deadline - time.monotonic())


def _account_keys(request: StudioRequest, key: ApiKey, needs: Needs, **how: Any) -> AccountKeys:
    if key.account is None:
        raise Http404("The account of this key isn't known yet. Test the key first.")
    stored = read_provider_keys(member=request.member, key=key, **how)
    if stored.problem:
        return AccountKeys(key, key.account, problem=stored.problem)
    rows = (
        ProviderRow(one, stored.shown.get(one.account_key, ""), needs[key.account.pk, one.label])
        for one in providers().values()
        if one.account_key
    )
    return AccountKeys(key, key.account, tuple(rows))


def _subject(request: StudioRequest, key_id: UUID, engine: str) -> tuple[ApiKey, Provider]:
    """Return the admin's own key and the provider. Raises PermissionDenied, Http404."""
    require(request.member, Verb.MANAGE_PROVIDER_KEYS)
    key, provider = get_key_for(request.user, key_id), providers().get(engine)
    if not key.can_clone:
        raise Http404("This key can't be used. Test or replace it first.")
    if provider is None or not provider.account_key:
        raise Http404("There is no such provider.")
    return key, provider


def _show(
    request: StudioRequest,
    template: str,
    key: ApiKey,
    provider: Provider,
    form: ProviderKeyForm | None = None,
) -> HttpResponse:
    needs = voices_needing_keys(request.member, [key.account] if key.account else [])
    account = _account_keys(request, key, needs)
    context = {"page": "keys", "account": account, "row": account.row_of(provider), "form": form}
    return render(request, template, context, status=422 if request.method == "POST" else 200)


@sensitive_post_parameters("key")
@sensitive_variables()
@require_http_methods(METHODS)
@team_page
@recently_authenticated()
def store(request: StudioRequest, key_id: UUID, engine: str) -> HttpResponse:
    """Show the form for a provider's key, or have Althea store it."""
    key, provider = _subject(request, key_id, engine)
    form = ProviderKeyForm(request.POST if request.method == "POST" else None, provider=provider)
    if request.method == "POST" and form.is_valid():
        outcome = change_provider_key(
            member=request.member,
            key=key,
            provider=provider,
            seen=form.cleaned_data["seen"],
            secret=form.cleaned_data["key"],
        )
        if outcome.status is ChangeStatus.DONE:
            messages.success(request, f"{provider.label} key stored at Althea for {key.account}.")
            return redirect_after_post(request, reverse("voices:provider-keys"))
        _add_refusal(form, key, outcome)
    return _show(request, "keys/provider_store.html", key, provider, form)


def _add_refusal(form: ProviderKeyForm, key: ApiKey, outcome: Outcome) -> None:
    """Add Althea's message to the field, or to the form if it is not about the key."""
    fields = outcome.error.fields if outcome.error else ()
    if outcome.status is ChangeStatus.REFUSED and fields:
        form.add_error("key", [f"Althea says: {text}" for _, text in fields])
    else:
        form.add_error(None, change_message(outcome, key))


@require_http_methods(METHODS)
@team_page
@recently_authenticated()
def remove(request: StudioRequest, key_id: UUID, engine: str) -> HttpResponse:
    """Show what removing a provider's key means, or have Althea remove it."""
    key, provider = _subject(request, key_id, engine)
    if request.method == "POST":
        outcome = change_provider_key(
            member=request.member, key=key, provider=provider, seen=request.POST.get("seen", ""), secret=None
        )
        if outcome.status is ChangeStatus.DONE:
            messages.success(request, f"{provider.label} key of {key.account} removed at Althea.")
        else:
            messages.error(request, change_message(outcome, key))
        return redirect_after_post(request, reverse("voices:provider-keys"))
    return _show(request, "keys/provider_remove.html", key, provider)


@require_safe
@team_page
def check(request: StudioRequest, key_id: UUID) -> HttpResponse:
    """Show whether the key's account lacks a key of `provider`: a fragment for the forms of voices."""
    require(request.member, Verb.CLONE)
    key, provider = get_key_for(request.user, key_id), providers().get(request.GET.get("provider", ""))
    missing = missing_key_message(member=request.member, key=key, provider=provider) if provider else ""
    return render(request, "keys/_provider_key.html", {"missing_key": missing})
