"""Invitations: by whom, for whom, how long, and that each works once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tests.base import PASSWORD, Cast, make_cast
from tests.builders import make_invitation
from tests.models.at_once import at_once
from voices.actions import NotPossibleError
from voices.actions.members.invitations import invite, renew_invitation, revoke_invitation
from voices.actions.members.joining import (
    AccountExistsError,
    InvitationClosedError,
    WrongPersonError,
    accept_invitation,
    accept_with_new_account,
)
from voices.actions.speakers.link_tokens import token_hash
from voices.models import AuditEntry, Invitation, Membership, Role, User

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def invite_nora(cast: Cast, **facts: object) -> Invitation:
    return make_invitation(cast.ada, cast.nora.email, created_at=NOON, expires_at=NOON + WEEK, **facts)


def test_invitation_stores_the_hash_of_its_token_only(cast: Cast) -> None:
    made = invite(member=cast.ada, email=" Nina@Example.com", role=Role.EDITOR, now=NOON)
    stored = Invitation.objects.get()
    assert (stored.email, stored.role, stored.expires_at) == ("nina@example.com", "editor", NOON + WEEK)
    assert stored.token_hash == token_hash(made.token)
    assert made.token.reveal() not in str(Invitation.objects.values()) + str(AuditEntry.objects.values())


def test_only_admins_invite(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        invite(member=cast.ed, email="nina@example.com", role=Role.VIEWER, now=NOON)


def test_member_and_invited_email_are_not_invited_again(cast: Cast) -> None:
    with pytest.raises(NotPossibleError, match="is already in the team"):
        invite(member=cast.ada, email="ED@example.com", role=Role.VIEWER, now=NOON)
    invite(member=cast.ada, email="nina@example.com", role=Role.VIEWER, now=NOON)
    with pytest.raises(NotPossibleError, match="already invited"):
        invite(member=cast.ada, email="nina@example.com", role=Role.ADMIN, now=NOON)


def test_expired_invitation_is_made_anew(cast: Cast) -> None:
    invite(member=cast.ada, email="nina@example.com", role=Role.VIEWER, now=NOON)
    invite(member=cast.ada, email="nina@example.com", role=Role.EDITOR, now=NOON + WEEK)
    assert sorted(Invitation.objects.values_list("state", "role")) == [
        ("open", "editor"),
        ("revoked", "viewer"),
    ]


def test_new_link_makes_the_old_one_useless(cast: Cast) -> None:
    old = invite_nora(cast)
    made = renew_invitation(member=cast.ada, invitation=Invitation.objects.get(), now=NOON)
    with pytest.raises(InvitationClosedError):
        accept_invitation(invitation=old, user=cast.nora, now=NOON)
    assert accept_invitation(invitation=made.invitation, user=cast.nora, now=NOON).role == "editor"
    with pytest.raises(NotPossibleError):
        renew_invitation(member=cast.ada, invitation=Invitation.objects.get(), now=NOON)


def test_revoked_invitation_is_closed(cast: Cast) -> None:
    invitation = invite_nora(cast)
    revoke_invitation(member=cast.ada, invitation=invitation, now=NOON)
    with pytest.raises(InvitationClosedError):
        accept_invitation(invitation=invitation, user=cast.nora, now=NOON)
    with pytest.raises(NotPossibleError):
        revoke_invitation(member=cast.ada, invitation=invitation, now=NOON)


def test_accepting_joins_with_the_role_and_is_recorded(cast: Cast) -> None:
    member = accept_invitation(invitation=invite_nora(cast), user=cast.nora, now=NOON)
    assert (member.team, member.role) == (cast.northwind, "editor")
    assert AuditEntry.objects.get(verb="member.joined").actor_id == cast.nora.pk


def test_invitation_is_only_for_its_email(cast: Cast) -> None:
    with pytest.raises(WrongPersonError):
        accept_invitation(invitation=invite_nora(cast), user=cast.sam.user, now=NOON)


def test_invitation_ends_with_its_week_and_first_use(cast: Cast) -> None:
    invitation = invite_nora(cast)
    with pytest.raises(InvitationClosedError):
        accept_invitation(invitation=invitation, user=cast.nora, now=NOON + WEEK)
    accept_invitation(invitation=invitation, user=cast.nora, now=NOON + WEEK - timedelta(seconds=1))
    with pytest.raises(InvitationClosedError):
        accept_invitation(invitation=invitation, user=cast.nora, now=NOON)


@pytest.mark.parametrize("change", [{"role": "editor"}, None])
def test_invitation_is_as_good_as_its_inviter(cast: Cast, change: dict[str, str] | None) -> None:
    invitation, hers = invite_nora(cast), Membership.objects.filter(pk=cast.ada.pk)
    if change:
        hers.update(**change)
    else:
        hers.delete()
    with pytest.raises(InvitationClosedError):
        accept_invitation(invitation=invitation, user=cast.nora, now=NOON)
    assert Invitation.objects.get().state == "open"


def test_new_account_has_the_invited_email(cast: Cast) -> None:
    invitation = make_invitation(cast.ada, expires_at=NOON + WEEK)
    with pytest.raises(ValidationError):
        accept_with_new_account(invitation=invitation, name="Nina", password="password", now=NOON)
    member = accept_with_new_account(invitation=invitation, name=" Nina ", password=PASSWORD, now=NOON)
    assert (member.user.email, member.user.name, member.user.is_staff) == ("nina@example.com", "Nina", False)


def test_account_that_exists_is_not_taken_over(cast: Cast) -> None:
    with pytest.raises(AccountExistsError):
        accept_with_new_account(invitation=invite_nora(cast), name="Eve", password=PASSWORD, now=NOON)
    assert User.objects.get(pk=cast.nora.pk).name == "Nora"
    assert Invitation.objects.get().state == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_the_first_wins() -> None:
    cast = make_cast()
    invitation = make_invitation(cast.ada, expires_at=NOON + WEEK)

    def accept(number: int) -> str:
        try:
            accept_with_new_account(invitation=invitation, name=f"N{number}", password=PASSWORD, now=NOON)
        except (InvitationClosedError, AccountExistsError):
            return "told"
        return "joined"

    assert sorted(at_once(accept, count=2)) == ["joined", "told"]
    assert Membership.objects.filter(user__email="nina@example.com").count() == 1
