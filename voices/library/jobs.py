"""A team's clone jobs, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from voices.access import Verb, may, require
from voices.library.orders import Order
from voices.models import UNDER_WAY, CloneJob, Membership, State

ORDER = Order("jobs", "Newest first", ("-created_at", "-id"))


@dataclass(frozen=True)
class JobsPage:
    """A page of jobs, and the cursor of the next one; "" at the end."""

    jobs: Sequence[CloneJob]
    next_cursor: str


def jobs_page(member: Membership, *, cursor: str, size: int) -> JobsPage:
    """Return a page of the member's own jobs (for an admin all of the team's), with their parts; one query."""
    require(member, Verb.SEE_LIBRARY)
    jobs = CloneJob.objects.with_parts().filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        jobs = jobs.filter(actor=member.user)
    found = list(ORDER.after(jobs, ORDER.position(cursor))[: size + 1])
    return JobsPage(found[:size], ORDER.cursor(found[size - 1]) if len(found) > size else "")


def recent_jobs(member: Membership, *, now: datetime, made_since: datetime | None = None) -> list[CloneJob]:
    """Return the member's clones in progress, and those that failed in the last day and were not dismissed; at most 20.

    With `made_since`, include those that became voices since then, for a page that has been open that long.
    """
    wanted = Q(state__in=UNDER_WAY)
    wanted |= Q(state=State.FAILED, ended_at__gte=now - timedelta(days=1), dismissed_at=None)
    if made_since is not None:
        wanted |= Q(state=State.CREATED, ended_at__gte=made_since)
    mine = CloneJob.objects.filter(wanted, team=member.team, actor=member.user).select_related("voice")
    return list(mine.order_by("-created_at")[:20])
