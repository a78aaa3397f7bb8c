"""Programs that ask the API with a token."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from voices.actions.tokens.store import make_api_token
from voices.kit.secret import Secret
from voices.models import ApiToken, Membership

ALL = ("read", "clone", "manage")


def make_token(
    member: Membership, *scopes: str, of_team: bool = False, name: str = "CI"
) -> tuple[ApiToken, Secret]:
    """Make a token for a week; with all scopes unless some are given."""
    now, scopes = timezone.now(), scopes or (("read", "manage") if of_team else ALL)
    expires = now + timedelta(days=7)
    return make_api_token(
        member=member, name=name, scopes=scopes, expires_at=expires, now=now, of_team=of_team
    )


def program_with(value: Secret) -> Client:
    """Return a client that sends this token."""
    return Client(
        headers={"Authorization": f"Bearer {value.reveal()}"}, raise_request_exception=False,
        enforce_csrf_checks=True,
    )  # fmt: skip


def program(member: Membership, *scopes: str, of_team: bool = False) -> Client:
    """Return a client with a new token of the member."""
    return program_with(make_token(member, *scopes, of_team=of_team)[1])
