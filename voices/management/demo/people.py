"""The people of a demo team, and the sandbox keys of its voices."""

from dataclasses import dataclass

from django.core.management.base import CommandError
from django.db import transaction

from voices import audit
from voices.actions.keys.store import add_key
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.management.demo.texts import ACCOUNTS, PEOPLE
from voices.models import AltheaAccount, ApiKey, Endpoint, Membership, Team, User


@dataclass(frozen=True)
class DemoTeam:
    """A demo team: its people, admin first, and a key per account with its plain value."""

    team: Team
    people: list[Membership]
    keys: list[ApiKey]
    secrets: list[Secret]

    def account(self, number: int) -> AltheaAccount:
        """Return the account of the key. Raise CommandError if the sandbox did not respond."""
        account = self.keys[number].account
        if account is None:
            raise CommandError(f"The sandbox did not respond for {self.keys[number]}.")
        return account


def add_people(lead: Membership) -> list[Membership]:
    """Add the demo's people, who cannot log in until a password is set. Return them after the admin."""
    with transaction.atomic():
        return [lead, *(_member(lead, name, f"{login}@demo.invalid", role) for name, login, role in PEOPLE)]


def _member(lead: Membership, name: str, email: str, role: str) -> Membership:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, None, name=name)
        audit.record_by(lead, "person.added", user)
    member, made = Membership.objects.get_or_create(team=lead.team, user=user, defaults={"role": role})
    if made:
        audit.record_by(lead, "member.added", member, role=role)
    return member


def add_keys(lead: Membership) -> tuple[list[ApiKey], list[Secret]]:
    """Add a new sandbox key of the admin's per account. Return keys and plain values. Raise AltheaError."""
    secrets = [Secret(make_sandbox_key()) for _ in ACCOUNTS]
    keys = [
        add_key(member=lead, label=f"Demo {label}", endpoint=Endpoint.SANDBOX, secret=secret)
        for label, secret in zip(ACCOUNTS, secrets, strict=True)
    ]
    return keys, secrets
