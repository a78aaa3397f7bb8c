"""Leaving a team, or being removed from it by an admin."""

from datetime import datetime

from django.db import transaction

from voices import audit
from voices.access import require_reach
from voices.actions.members.offboarding import STEPS, Removal
from voices.actions.members.roles import lock_members, require_other_admin
from voices.models import Membership


def consequences_of_leaving(of: Membership) -> list[str]:
    """Return what would happen if the member left, as sentences with counts."""
    return [sentence for step in STEPS for sentence in step.describe(of)]


def remove_member(*, member: Membership, of: Membership, now: datetime) -> list[str]:
    """Remove a member, perhaps the acting one, from the team. Return sentences about what that changed.

    Raises Http404, PermissionDenied, NotPossibleError for the last admin.
    """
    with transaction.atomic():
        gone = lock_members(member, of)
        is_leaving = gone.user_id == member.user_id
        if not is_leaving:
            require_reach(member, gone.role)
        require_other_admin(gone)
        Membership.objects.filter(pk=gone.pk).delete()
        removal = Removal(gone, member, now)
        done = [sentence for step in STEPS for sentence in step.apply(removal)]
        verb = "member.left" if is_leaving else "member.removed"
        audit.record_by(member, verb, gone.user, role=gone.role, done=done)
    return done
