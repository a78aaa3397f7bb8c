"""Roles: who may change whose, and that a team keeps an admin."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from tests.base import Cast, make_cast, member
from tests.builders import make_invitation
from tests.models.at_once import at_once
from voices.access import acting_admin
from voices.actions import NotPossibleError
from voices.actions.members.leaving import remove_member
from voices.actions.members.roles import add_member, change_role
from voices.models import AuditEntry, Membership, Role, User

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def role_of(of: Membership) -> str | None:
    return Membership.objects.filter(pk=of.pk).values_list("role", flat=True).first()


def test_admin_changes_a_role_and_it_is_recorded(cast: Cast) -> None:
    change_role(member=cast.ada, of=cast.ed, role=Role.ADMIN, now=NOON)
    assert role_of(cast.ed) == "admin"
    entry = AuditEntry.objects.get(verb="member.changed")
    assert entry.facts == {"before": "editor", "role": "admin"}
    assert (entry.actor_id, entry.thing_id) == (cast.ada.user_id, str(cast.ed.user_id))


def test_same_role_again_is_not_recorded(cast: Cast) -> None:
    change_role(member=cast.ada, of=cast.ed, role=Role.EDITOR, now=NOON)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["ed", "vera"])
def test_only_admins_change_roles(cast: Cast, who: str) -> None:
    actor = getattr(cast, who)
    for of, role in ((actor, Role.ADMIN), (cast.ada, Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            change_role(member=actor, of=of, role=role, now=NOON)
    assert (role_of(actor), role_of(cast.ada)) == (actor.role, "admin")


def test_member_of_another_team_is_not_found(cast: Cast) -> None:
    with pytest.raises(Http404):
        change_role(member=cast.ada, of=cast.sam, role=Role.VIEWER, now=NOON)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_last_admin_is_not_demoted(cast: Cast, role: Role) -> None:
    with pytest.raises(NotPossibleError, match="Ada is the last admin of Northwind"):
        change_role(member=cast.ada, of=cast.ada, role=role, now=NOON)
    assert role_of(cast.ada) == "admin"


def test_inactive_admin_does_not_count_as_one(cast: Cast) -> None:
    other = member(cast.northwind, "Ole", Role.ADMIN)
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(NotPossibleError):
        remove_member(member=cast.ada, of=cast.ada, now=NOON)


def test_demoted_admins_invitations_are_revoked(cast: Cast) -> None:
    other = member(cast.northwind, "Ole", Role.ADMIN)
    theirs, mine = make_invitation(other), make_invitation(cast.ada, "max@example.com")
    change_role(member=cast.ada, of=other, role=Role.EDITOR, now=NOON)
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.state, theirs.ended_at, mine.state) == ("revoked", NOON, "open")


def test_superuser_outside_acts_as_an_admin(cast: Cast) -> None:
    User.objects.filter(pk=cast.nora.pk).update(is_superuser=True)
    cast.nora.refresh_from_db()
    acting = acting_admin(cast.nora, cast.northwind)
    assert acting is not None and acting.pk is None
    change_role(member=acting, of=cast.ed, role=Role.VIEWER, now=NOON)
    assert role_of(cast.ed) == "viewer"
    assert acting_admin(cast.ed.user, cast.northwind) is None


def test_person_is_added_only_once(cast: Cast) -> None:
    assert add_member(member=cast.ada, user=cast.nora, role=Role.VIEWER).role == "viewer"
    with pytest.raises(NotPossibleError, match="Nora is already in this team"):
        add_member(member=cast.ada, user=cast.nora, role=Role.VIEWER)


@pytest.mark.django_db(transaction=True)
def test_two_admins_demoting_each_other_leave_one() -> None:
    cast = make_cast()
    pair = [cast.ada, member(cast.northwind, "Ole", Role.ADMIN)]

    def demote_the_other(number: int) -> str:
        try:
            change_role(member=pair[number], of=pair[1 - number], role=Role.EDITOR, now=NOON)
        except PermissionDenied:
            return "refused"
        return "done"

    assert sorted(at_once(demote_the_other, count=2)) == ["done", "refused"]
    assert sorted(str(role_of(one)) for one in pair) == ["admin", "editor"]


@pytest.mark.django_db(transaction=True)
def test_two_admins_leaving_at_once_leave_one() -> None:
    cast = make_cast()
    pair = [cast.ada, member(cast.northwind, "Ole", Role.ADMIN)]

    def leave(number: int) -> str:
        try:
            remove_member(member=pair[number], of=pair[number], now=NOON)
        except NotPossibleError:
            return "refused"
        return "done"

    assert sorted(at_once(leave, count=2)) == ["done", "refused"]
    assert Membership.objects.filter(team=cast.northwind, role="admin").count() == 1
