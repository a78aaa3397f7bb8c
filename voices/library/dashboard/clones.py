"""The clones behind a bar of a chart: those that ended on its days, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from voices.access import Verb, require
from voices.library.dashboard.period import Period, parse_period
from voices.library.dashboard.reasons import OUTCOMES, REASONS
from voices.library.orders import Order
from voices.models import ENDED, CloneJob, Membership

ORDER = Order("ended", "Ended last", ("-ended_at", "-id"))
SIZE = 50


@dataclass(frozen=True)
class EndedClones:
    """A selection of ended clones by period, outcome and reason; "" for any."""

    period: Period
    outcome: str = ""
    reason: str = ""

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The same as names and values of a URL."""
        chosen = (("outcome", self.outcome), ("reason", self.reason))
        return (*((name, value) for name, value in chosen if value), *self.period.query)


@dataclass(frozen=True)
class ClonesPage:
    """A page of clones, and the cursor of the next one; "" at the end."""

    jobs: Sequence[CloneJob]
    next_cursor: str


def parse_clones(given: Mapping[str, str], *, today: date) -> EndedClones:
    """Return the selection of a URL. Never raise: unknown values are ignored."""
    outcome, reason = given.get("outcome", ""), given.get("reason", "")
    is_known = outcome in OUTCOMES
    return EndedClones(
        parse_period(given, today=today),
        outcome if is_known else "",
        reason if outcome == "failed" and reason in REASONS else "",
    )


def clones_page(member: Membership, asked: EndedClones, *, cursor: str) -> ClonesPage:
    """Return a page of the selected clones of the team, with their people; one query. Raises PermissionDenied."""
    require(member, Verb.READ_DASHBOARD)
    period = asked.period
    jobs = CloneJob.objects.clones().filter(team=member.team, state__in=ENDED).select_related("actor")
    jobs = jobs.filter(
        ended_at__gte=_begin(period.first), ended_at__lt=_begin(period.last + timedelta(days=1))
    )
    if asked.outcome:
        jobs = jobs.filter(state=asked.outcome)
    if asked.reason:
        jobs = jobs.filter(problem=asked.reason)
    found = list(ORDER.after(jobs, ORDER.position(cursor))[: SIZE + 1])
    return ClonesPage(found[:SIZE], ORDER.cursor(found[SIZE - 1]) if len(found) > SIZE else "")


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
