"""Accepting an invitation, with an existing account or a new one."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.views.decorators.debug import sensitive_variables

from voices import audit
from voices.access import Verb, still_may
from voices.kit.names import clean_name
from voices.models import Invitation, InvitationState, Membership, User


class InvitationClosedError(Exception):
    """The invitation was accepted, revoked or renewed, has expired, or its inviter may no longer invite."""


class AccountExistsError(Exception):
    """The invited email already has an account, whose owner has to log in."""


class WrongPersonError(Exception):
    """The invitation is for another email than the account's."""


def is_open(invitation: Invitation, *, now: datetime) -> bool:
    """Whether the invitation can be accepted: it is open, and its inviter may still invite."""
    return invitation.is_open(now) and still_may(
        invitation.team_id, invitation.inviter_id, Verb.MANAGE_MEMBERS
    )


def has_account(invitation: Invitation) -> bool:
    """Whether the invited email opens an account."""
    return User.objects.filter(email=invitation.email).exists()


def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> Membership:
    """Add the invited person to the team, and return the membership. Of two at once the first wins.

    Raises InvitationClosedError, WrongPersonError.
    """
    if user.email != invitation.email:
        raise WrongPersonError
    with transaction.atomic():
        return _join(invitation, user, now)


@sensitive_variables("password")
def accept_with_new_account(*, invitation: Invitation, name: str, password: str, now: datetime) -> Membership:
    """Create the account of the invited email and make it a member. Return the membership.

    Raises InvitationClosedError, AccountExistsError, ValidationError for the password.
    """
    validate_password(password, User(email=invitation.email, name=name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, name=clean_name(name))
            audit.record(actor=user, team=invitation.team, verb="person.joined", thing=user)
            return _join(invitation, user, now)
    except IntegrityError as problem:
        raise AccountExistsError from problem


def _join(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Mark the invitation accepted and add the person, in the caller's transaction. Raises InvitationClosedError."""
    same_link = Invitation.objects.filter(
        pk=invitation.pk, token_hash=invitation.token_hash, state=InvitationState.OPEN, expires_at__gt=now
    )
    if not same_link.update(state=InvitationState.ACCEPTED, ended_at=now):
        raise InvitationClosedError
    if not is_open(invitation, now=now):
        raise InvitationClosedError
    member, is_new = Membership.objects.get_or_create(
        team=invitation.team, user=user, defaults={"role": invitation.role, "last_seen_at": now}
    )
    if is_new:
        audit.record_by(member, "member.joined", user, role=member.role, invitation=str(invitation.pk))
    return member
