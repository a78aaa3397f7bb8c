"""Inviting people: the form, the link, which is shown only once, renewing and revoking it."""

from urllib.parse import quote
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from voices.access import Verb, get_invitation_for, require
from voices.actions import NotPossibleError
from voices.actions.members.invitations import (
    DAYS,
    NewInvitation,
    invite,
    renew_invitation,
    revoke_invitation,
)
from voices.kit.secret_paths import JOIN
from voices.models import Invitation
from voices.web.accounts.reauthentication import recently_authenticated
from voices.web.http import StudioRequest, redirect_after_post, team_page
from voices.web.links import link_path
from voices.web.mail import send_mail
from voices.web.team.members import ROLE_HELP, RoleForm


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter the email of the person to invite."},
    )
    field_order = ("email", "role")


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
@recently_authenticated()
def new(request: StudioRequest) -> HttpResponse:
    """Show the form, or invite somebody and show the link."""
    require(request.member, Verb.MANAGE_MEMBERS)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        try:
            return _show_link(
                request, invite(member=request.member, email=email, role=role, now=timezone.now())
            )
        except NotPossibleError as problem:
            form.add_error("email", str(problem))
    context = {"page": "team", "form": form, "role_help": ROLE_HELP, "days": DAYS}
    return render(request, "team/invite.html", context, status=422 if form.is_bound else 200)


@require_POST
@team_page
@recently_authenticated(back="voices:team")
def renew(request: StudioRequest, invitation_id: UUID) -> HttpResponse:
    """Make a new link in place of the old one, and show it."""
    invitation = get_invitation_for(request.member, invitation_id)
    try:
        made = renew_invitation(member=request.member, invitation=invitation, now=timezone.now())
    except NotPossibleError as problem:
        messages.error(request, str(problem))
        return redirect_after_post(request, reverse("voices:team"))
    return _show_link(request, made)


@require_POST
@team_page
def revoke(request: StudioRequest, invitation_id: UUID) -> HttpResponse:
    """Make the link useless."""
    invitation = get_invitation_for(request.member, invitation_id)
    try:
        revoke_invitation(member=request.member, invitation=invitation, now=timezone.now())
        messages.success(request, f"The invitation of {invitation.email} was revoked.")
    except NotPossibleError as problem:
        messages.error(request, str(problem))
    return redirect_after_post(request, reverse("voices:team"))


def _show_link(request: StudioRequest, made: NewInvitation) -> HttpResponse:
    """Email the link if possible, and show it, which is only possible once."""
    invitation, url = made.invitation, request.build_absolute_uri(link_path(made.token, JOIN))
    context = {
        "page": "team",
        "invitation": invitation,
        "url": url,
        "mailto": _mailto(request, invitation, url),
        "is_sent": _send(request, invitation, url),
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "team/link.html", context)


def _mailto(request: StudioRequest, invitation: Invitation, url: str) -> str:
    """Return the mailto: URL with the message."""
    lines = ["Hello,", "", f"please join {invitation.team.name} in Voice Studio:", url, ""]
    lines += [f"The link works once, until {invitation.expires_at:%-d %B %Y}.", "", request.user.shown_name]
    subject = f"Join {invitation.team.name} in Voice Studio"
    return f"mailto:{quote(invitation.email)}?subject={quote(subject)}&body={quote(chr(10).join(lines))}"


def _send(request: StudioRequest, invitation: Invitation, url: str) -> bool:
    """Email the link. Return False if that fails; the page shows it in any case."""
    facts = {"invitation": invitation, "inviter": request.user.shown_name, "url": url}
    return send_mail(request, "team/email/invitation", invitation.email, facts)
