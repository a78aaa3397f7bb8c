"""A team's clone jobs, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from voices.access import Verb, may, require
from voices.library.orders import Order
from voices.models import CloneJob, Membership

ORDER = Order("jobs", "Newest first", ("-created_at", "-id"))


@dataclass(frozen=True)
class JobsPage:
    """Some jobs, and where the next ones start; "" at the end."""

    jobs: Sequence[CloneJob]
    next_cursor: str


def jobs_page(member: Membership, *, cursor: str, size: int) -> JobsPage:
    """Return the member's own jobs, of an admin all of the team, with their parts; one query."""
    require(member, Verb.SEE_LIBRARY)
    jobs = CloneJob.objects.with_parts().filter(team=member.team)
    if not may(member, Verb.SEE_ALL_JOBS):
        jobs = jobs.filter(actor=member.user)
    found = list(ORDER.after(jobs, ORDER.position(cursor))[: size + 1])
    return JobsPage(found[:size], ORDER.cursor(found[size - 1]) if len(found) > size else "")
