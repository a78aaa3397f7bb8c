"""A person's notification settings, and the link in each email that unsubscribes from all."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from voices.actions.notices.choices import choose_notices, mailbox_of, unsubscribe
from voices.actions.notices.fan_out import choices_of
from voices.actions.notices.mails import user_of_token
from voices.models import Choice, Mailbox, Membership
from voices.notices.base import NoticeKind
from voices.notices.kinds import KINDS
from voices.web.http import AnyRequest, StudioRequest, redirect_after_post, team_page

HOURS = [(hour, f"{hour:02}:00 UTC") for hour in range(24)]


class NotificationsForm(forms.Form):
    """When the person gets emails, by kind of notice."""

    sends = forms.BooleanField(label="Send me emails", required=False)
    digest_hour = forms.TypedChoiceField(label="Send the daily email at", choices=HOURS, coerce=int)

    def __init__(self, data: Any = None, *, member: Membership, box: Mailbox) -> None:
        chosen = choices_of([member.user]).get(member.user_id, {})
        self.kinds = [kind for kind in KINDS if not (kind.is_private and _never_gets(kind, member))]
        usual = {kind.name: _choice(kind, chosen, member) for kind in self.kinds}
        initial = {"sends": not box.is_off, "digest_hour": box.digest_hour, **usual}
        super().__init__(data, initial=initial)
        for kind in self.kinds:
            self.fields[kind.name] = forms.ChoiceField(
                label=kind.label, help_text=kind.help, choices=Choice.choices
            )

    def rows(self) -> list[tuple[NoticeKind, forms.BoundField]]:
        """Return each kind with its field."""
        return [(kind, self[kind.name]) for kind in self.kinds]


def _choice(kind: NoticeKind, chosen: Any, member: Membership) -> str:
    return kind.choice_for(chosen, role=member.role, is_concerned=True)


def _never_gets(kind: NoticeKind, member: Membership) -> bool:
    return kind.concerned == Choice.OFF and member.role != "admin"


@require_http_methods(["GET", "HEAD", "POST"])
@team_page
def page(request: StudioRequest) -> HttpResponse:
    """Show the notification settings, or change them."""
    now = timezone.now()
    box = mailbox_of(request.user, now=now)
    form = NotificationsForm(
        request.POST if request.method == "POST" else None, member=request.member, box=box
    )
    if request.method == "POST" and form.is_valid():
        # Only changed values: defaults still follow the person's role.
        changed = {name: form.cleaned_data[name] for name in form.changed_data if "." in name}
        choose_notices(
            user=request.user,
            choices=changed,
            digest_hour=form.cleaned_data["digest_hour"],
            is_off=not form.cleaned_data["sends"],
            now=now,
        )
        messages.success(request, "Notifications saved.")
        return redirect_after_post(request, reverse("voices:notifications"))
    context = {"page": "notifications", "form": form, "sends_mail": settings.SENDS_MAIL}
    return render(request, "notices/page.html", context, status=422 if form.is_bound else 200)


@csrf_exempt  # mail programs post here without ever having seen the page (RFC 8058)
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: AnyRequest, token: str) -> HttpResponse:
    """Ask whether to turn off all emails, or turn them off. The token is in each email."""
    user = user_of_token(token)
    if user is None:
        return render(request, "notices/off.html", {"is_unknown": True}, status=404)
    if request.method == "POST":
        unsubscribe(user=user, now=timezone.now())
    return render(request, "notices/off.html", {"is_done": request.method == "POST", "email": user.email})
