"""The clone form as a browser sends it."""

from typing import Any

from django.contrib.auth import get_user
from django.test import Client

from voices.models import Membership
from voices.web.clone.form import new_form_token


def clone_form(browser: Client, **fields: Any) -> dict[str, Any]:
    """The filled form of the member who is logged in, if anybody is; a field given as None is left out."""
    user = get_user(browser)  # type: ignore[arg-type]  # reads the session alone
    member = Membership.objects.filter(user_id=user.pk).first()
    typed = {"form_token": new_form_token(member) if member else "", "name": "Marlene", "language": "de-DE"}
    typed |= {
        "description": "Warm",
        "consent": "own",
        "statement": "en.1",
        "agreed": "on",
        "complete": "1",
        **fields,
    }
    return {name: value for name, value in typed.items() if value is not None}
