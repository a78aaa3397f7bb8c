"""The clone quota: how many voices a member may clone in a calendar month.

The voice slots of an account are another limit (`voices/library/quota.py`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from voices.models import CloneJob, Membership, Role


@dataclass(frozen=True)
class CloneQuota:
    """A member's monthly quota: `used` of `allowed`, and when it renews."""

    used: int
    allowed: int
    renews_at: datetime

    @property
    def left(self) -> int:
        """The number of voices that the member may still clone this month."""
        return max(0, self.allowed - self.used)


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """Return the start of the calendar month in UTC, and that of the next one."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    years, month = divmod(first.month, 12)
    return first, first.replace(year=first.year + years, month=month + 1)


def clone_quota_of(member: Membership, now: datetime) -> CloneQuota | None:
    """Return the member's quota of this month, or None if the team sets no limit.

    Clones in progress and those created this month count; failed and cancelled ones do not.
    """
    allowed = member.team.monthly_clones
    if allowed is None:
        return None
    since, renews_at = month_of(now)
    jobs = CloneJob.objects.of_month(team=member.team, user=member.user, since=since)
    return CloneQuota(jobs.count(), allowed, renews_at)


def quota_reached_message(member: Membership, quota: CloneQuota) -> str:
    """Return the sentences that say when the member may clone again, and whom to ask."""
    admins = Membership.objects.select_related("user").filter(
        team=member.team, role=Role.ADMIN, user__is_active=True
    )
    names = [one.user.shown_name for one in admins.order_by("user__name", "user__email")[:3]]
    month = f"{quota.renews_at:%-d %B}"
    plural = "" if quota.allowed == 1 else "s"
    return (
        f"You've used your {quota.allowed:,} clone{plural} for this month. You can clone again on {month} (UTC), "
        f"or ask {' or '.join(names) or 'a team admin'} to raise the limit."
    )
