"""Who is in a demonstration team, and the sandbox keys through which its voices come."""

from dataclasses import dataclass

from django.core.management.base import CommandError
from django.db import transaction

from voices import audit
from voices.actions.keys.store import add_key
from voices.kit.sandbox_keys import make_sandbox_key
from voices.kit.secret import Secret
from voices.management.demo.words import ACCOUNTS, PEOPLE
from voices.models import AltheaAccount, ApiKey, Endpoint, Membership, Team, User


@dataclass(frozen=True)
class Troupe:
    """The people, the admin first, and one key for each account with its value for the making."""

    team: Team
    people: list[Membership]
    keys: list[ApiKey]
    secrets: list[Secret]

    def account(self, place: int) -> AltheaAccount:
        """The account that this key opens. Raises CommandError where the sandbox could not be asked."""
        account = self.keys[place].account
        if account is None:
            raise CommandError(f"The sandbox did not answer for {self.keys[place]}.")
        return account


def add_people(lead: Membership) -> list[Membership]:
    """The admin and the demonstration's people, whose accounts nobody can log in with until a password is set."""
    with transaction.atomic():
        return [lead, *(_member(lead, name, f"{place}@demo.invalid", role) for name, place, role in PEOPLE)]


def _member(lead: Membership, name: str, email: str, role: str) -> Membership:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, None, name=name)
        audit.record(actor=lead.user, team=lead.team, verb="person.added", thing=user)
    member, made = Membership.objects.get_or_create(team=lead.team, user=user, defaults={"role": role})
    if made:
        audit.record(actor=lead.user, team=lead.team, verb="member.added", thing=member, role=role)
    return member


def add_keys(lead: Membership) -> tuple[list[ApiKey], list[Secret]]:
    """A fresh sandbox key of the admin's for each demonstration account, with its value. Raises AltheaError."""
    secrets = [Secret(make_sandbox_key()) for _ in ACCOUNTS]
    keys = [
        add_key(member=lead, label=f"Demo {label}", endpoint=Endpoint.SANDBOX, secret=secret)
        for label, secret in zip(ACCOUNTS, secrets, strict=True)
    ]
    return keys, secrets
