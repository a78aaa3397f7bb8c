"""The two-person rule: who may read approvals and decide on them."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from voices.access.roles import ROLE_VERBS, Verb, may, require
from voices.models import Approval, Membership, Team, User

OWN_REQUEST = "You asked for this yourself, so another editor or admin of the team has to decide."


def get_approval_for(member: Membership, approval_id: UUID) -> Approval:
    """Return an approval of the team, with everything that its page shows. Raises Http404, PermissionDenied."""
    require(member, Verb.APPROVE)
    found = Approval.objects.with_parts().filter(team=member.team, pk=approval_id).first()
    if found is None:
        raise Http404("There is no such request in your team.")
    return found


def may_approve(member: Membership, approval: Approval) -> bool:
    """Whether the member may approve or decline: every editor and admin except the requester."""
    return may(member, Verb.APPROVE) and approval.requester_id != member.user_id


def require_approver(member: Membership, approval: Approval) -> None:
    """Raise PermissionDenied, with a message for the person, unless `may_approve`."""
    require(member, Verb.APPROVE)
    if not may_approve(member, approval):
        raise PermissionDenied(OWN_REQUEST)


def members_who_may(team: Team, verb: Verb) -> QuerySet[Membership]:
    """Return the team's active members whose role allows the verb, by name."""
    roles = [role for role, verbs in ROLE_VERBS.items() if verb in verbs]
    members = Membership.objects.select_related("user", "team").filter(
        team=team, role__in=roles, user__is_active=True
    )
    return members.order_by("user__name", "user__email")


def requester_of(approval: Approval, verb: Verb) -> Membership | None:
    """Return the requester's membership if their role still allows the verb, else None."""
    requester: User | None = approval.requester
    return members_who_may(approval.team, verb).filter(user=requester).first() if requester else None
