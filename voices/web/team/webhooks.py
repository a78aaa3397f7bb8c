"""The pages of a team's webhooks: endpoints, their log, and what an admin does with them. A secret is shown once."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from voices.access import Verb, endpoints_for, get_delivery_for, get_endpoint_for, require
from voices.actions import NotPossibleError
from voices.actions.notices.endpoints import (
    EndpointError,
    add_endpoint,
    change_endpoint,
    remove_endpoint,
    rotate_secret,
    send_again,
    send_test,
    switch_endpoint,
)
from voices.kit.secret import Secret
from voices.library.webhooks import delivery_log
from voices.models import WebhookEndpoint
from voices.notices.kinds import KINDS
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.webhooks.sending import MAX_URL


class EndpointForm(forms.Form):
    """The URL and the events of an endpoint."""

    url = forms.CharField(
        label="Address",
        max_length=MAX_URL,
        help_text="A public https address that answers POST requests.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://example.com/webhooks"}),
        error_messages={"required": "Enter the address to send messages to."},
    )
    kinds = forms.MultipleChoiceField(
        label="Events", required=False, choices=[(kind.name, kind.label) for kind in KINDS]
    )


def _show_form(
    request: StudioRequest, form: EndpointForm, endpoint: WebhookEndpoint | None = None
) -> HttpResponse:
    context = {
        "page": "team",
        "form": form,
        "endpoint": endpoint,
        "kinds": KINDS,
        "loopback": settings.WEBHOOKS_LOOPBACK,
    }
    return render(request, "webhooks/edit.html", context, status=422 if form.is_bound else 200)


def _to(request: StudioRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    return redirect_after_post(request, reverse("voices:webhook", args=[endpoint.pk]))


@require_safe
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """List the team's endpoints."""
    context = {"page": "team", "tab": "webhooks", "endpoints": list(endpoints_for(request.member))}
    return render(request, "webhooks/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def new(request: StudioRequest) -> HttpResponse:
    """Show the form, or add an endpoint and show its secret."""
    require(request.member, Verb.MANAGE_WEBHOOKS)
    form = EndpointForm(
        request.POST if request.method == "POST" else None, initial={"kinds": [kind.name for kind in KINDS]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = add_endpoint(member=request.member, now=timezone.now(), **form.cleaned_data)
            return _show_secret(request, *made, is_new=True)
        except EndpointError as problem:
            form.add_error(problem.field, str(problem))
    return _show_form(request, form)


@sensitive_variables()
def _show_secret(
    request: StudioRequest, endpoint: WebhookEndpoint, secret: Secret, *, is_new: bool
) -> HttpResponse:
    context = {"page": "team", "endpoint": endpoint, "value": secret.reveal(), "is_new": is_new}
    return render(request, "webhooks/secret.html", context)


@require_safe
@team_page
def show(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Show an endpoint and its log."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    context = {
        "page": "team",
        "endpoint": endpoint,
        "kinds": [kind for kind in KINDS if kind.name in endpoint.kinds],
        "log": delivery_log(endpoint, before=request.GET.get("before", "")),
        "now": timezone.now(),
    }
    return render(request, "webhooks/endpoint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def edit(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Show the form, or change the URL and the events of an endpoint."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    initial = {"url": endpoint.url, "kinds": endpoint.kinds}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_endpoint(member=request.member, endpoint=endpoint, **form.cleaned_data)
        except EndpointError as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, "Webhook saved.")
            return _to(request, endpoint)
    return _show_form(request, form, endpoint)


@require_POST
@team_page
@recently_authenticated(back="voices:webhooks")
def rotate(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Give the endpoint a new secret, and show it."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    secret = rotate_secret(member=request.member, endpoint=endpoint, now=timezone.now())
    return _show_secret(request, endpoint, secret, is_new=False)


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def remove(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Show what removing an endpoint means, or remove it."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    if request.method == "POST":
        remove_endpoint(member=request.member, endpoint=endpoint)
        messages.success(request, "Webhook removed.")
        return redirect_after_post(request, reverse("voices:webhooks"))
    return render(request, "webhooks/remove.html", {"page": "team", "endpoint": endpoint})


@require_POST
@team_page
def switch(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Disable an endpoint, or enable it again."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    is_on = request.POST.get("state") == "active"
    if switch_endpoint(member=request.member, endpoint=endpoint, is_on=is_on):
        messages.success(request, "Webhook enabled." if is_on else "Webhook disabled.")
    return _to(request, endpoint)


@require_POST
@team_page
def test(request: StudioRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a test event."""
    endpoint = get_endpoint_for(request.member, endpoint_id)
    facts = {"member": request.member, "endpoint": endpoint, "now": timezone.now()}
    return _run_and_redirect(
        request, endpoint, send_test, facts, done="Test event queued. Refresh to see the answer."
    )


@require_POST
@team_page
def again(request: StudioRequest, endpoint_id: UUID, delivery_id: int) -> HttpResponse:
    """Redeliver a message."""
    delivery = get_delivery_for(request.member, endpoint_id, delivery_id)
    facts = {"member": request.member, "delivery": delivery, "now": timezone.now()}
    return _run_and_redirect(
        request, delivery.endpoint, send_again, facts, done="Message queued with the same id."
    )


def _run_and_redirect(
    request: StudioRequest,
    endpoint: WebhookEndpoint,
    action: Callable[..., object],
    facts: Mapping[str, Any],
    *,
    done: str,
) -> HttpResponse:
    """Call the action, add a message about its outcome, and redirect to the endpoint."""
    try:
        if action(**facts):
            messages.success(request, done)
        else:
            messages.warning(request, "This message is being sent right now.")
    except NotPossibleError as problem:
        messages.warning(request, str(problem))
    return _to(request, endpoint)
