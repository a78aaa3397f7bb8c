"""Changing one's email, which is the login: confirmed by a link sent to the new address, and announced to the old.

The link is a signed value, without a row in the database. It is bound to the person, the old email and the password:
changing either invalidates it. allauth's own pages, which keep several emails per person, are not used.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.decorators import rate_limit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from voices.actions.people import EmailTakenError, change_email
from voices.models import User
from voices.web.accounts.reauthentication import PersonRequest, ask_to_confirm
from voices.web.http import redirect_after_post
from voices.web.mail import was_sent

LINK_SECONDS = 24 * 3600
NOT_SENT = "The email couldn't be sent, so nothing was changed. Try again later, or ask your team admin."


class EmailForm(forms.Form):
    """The new email."""

    email = forms.EmailField(
        label="New email", max_length=254, error_messages={"required": "Enter your new email."}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_email(self) -> str:
        """Return the email in lower case, as it is stored."""
        email = str(self.cleaned_data["email"]).lower()
        if email == self._user.email:
            raise forms.ValidationError("This is your email already.")
        return email


@rate_limit(action="manage_email")  # type: ignore[no-untyped-call, untyped-decorator]  # allauth's has no types
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: PersonRequest) -> HttpResponse:
    """Show the email and the form for another one, or send the link that confirms it."""
    if asked := ask_to_confirm(request):
        return asked
    form = EmailForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid() and _send_link(request, form):
        messages.success(request, _sent(form.cleaned_data["email"]))
        return redirect_after_post(request, reverse("account_email"))
    return render(request, "account/email.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PersonRequest, key: str) -> HttpResponse:
    """Show what the link will change, or change it and tell the old email. Answer 404 for a link that is not valid."""
    email = read_link(request.user, key)
    if email is None or request.method != "POST":
        return render(request, "account/email_confirm.html", {"email": email}, status=200 if email else 404)
    try:
        before = change_email(user=request.user, email=email)
    except EmailTakenError as problem:
        messages.error(request, str(problem))
        return redirect_after_post(request, reverse("account_email"))
    facts = {"from_email": before, "to_email": email}
    get_adapter(request).send_notification_mail(
        "account/email/email_changed", request.user, facts, email=before
    )
    messages.success(request, f"Your email is now {email}. Use it to log in.")
    return redirect_after_post(request, reverse("voices:library"))


def link_key(user: User, email: str) -> str:
    """Return the signed part of the link that changes the person's email to this one."""
    return signing.dumps(email, salt=_salt(user))


def read_link(user: User, key: str) -> str | None:
    """Return the link's email, or None if it is too old, another person's, or from before a change."""
    try:
        return str(signing.loads(key, salt=_salt(user), max_age=LINK_SECONDS))
    except signing.BadSignature:
        return None


def _salt(user: User) -> str:
    return f"change email|{user.pk}|{user.email}|{user.get_session_auth_hash()}"


def _sent(email: str) -> str:
    if settings.SENDS_MAIL:
        return f"We sent a link to {email}. Your email changes when you open it."
    return f"This Voice Studio doesn't send email. The link to confirm {email} is in the server's log."


def _send_link(request: PersonRequest, form: EmailForm) -> bool:
    """Send the link to the new email. Return False, with an error in the form, if that fails."""
    email = form.cleaned_data["email"]
    path = reverse("account_confirm_email", args=[link_key(request.user, email)])
    facts = {"activate_url": request.build_absolute_uri(path), "old_email": request.user.email}
    template, adapter = "account/email/email_confirmation", get_adapter(request)
    # Also into the server's log, where no mail is sent.
    is_sent = was_sent(template, lambda: adapter.send_mail(template, email, facts))
    if not is_sent:
        form.add_error(None, NOT_SENT)
    return is_sent
