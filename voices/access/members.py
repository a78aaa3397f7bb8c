"""The members of a team and its invitations: who may see and change them."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from voices.access.roles import Verb, may, require
from voices.models import Invitation, Membership

NOT_YOURS = "Only admins of your team can do this for other members."


def get_member_for(member: Membership, member_id: int) -> Membership:
    """Return a member of the team. People who are not admins get only themselves.

    Raises Http404, and PermissionDenied whether or not there is such a member.
    """
    if member_id != member.pk and not may(member, Verb.MANAGE_MEMBERS):
        raise PermissionDenied(NOT_YOURS)
    found = (
        Membership.objects.select_related("team", "user").filter(team=member.team_id, pk=member_id).first()
    )
    if found is None:
        raise Http404("There is no such member in your team.")
    return found


def get_invitation_for(member: Membership, invitation_id: UUID) -> Invitation:
    """Return an invitation of the team that the member may renew and revoke. Raises Http404, PermissionDenied."""
    require(member, Verb.MANAGE_MEMBERS)
    found = Invitation.objects.select_related("team").filter(team=member.team_id, pk=invitation_id).first()
    if found is None:
        raise Http404("There is no such invitation in your team.")
    return found


def get_link_invitation(token_hash: str) -> Invitation | None:
    """Return the invitation whose link's token has that hash; None without one."""
    return Invitation.objects.select_related("team", "inviter").filter(token_hash=token_hash).first()
