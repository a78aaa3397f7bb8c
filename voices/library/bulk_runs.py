"""Bulk changes as pages show them: the progress, and the result for every voice or agent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from voices.access import Verb, may
from voices.models import BulkItem, BulkRun, ItemState, Membership

PAGE_SIZE = 100
# Failures first: people look for them.
STATE_ORDER = {
    state: place
    for place, state in enumerate(
        (ItemState.FAILED, ItemState.LEFT, ItemState.WAITING, ItemState.DONE, ItemState.SKIPPED)
    )
}


@dataclass(frozen=True)
class Progress:
    """The number of voices or agents of a run in each state."""

    waiting: int = 0
    done: int = 0
    skipped: int = 0
    left: int = 0
    failed: int = 0

    @property
    def ended(self) -> int:
        """The number finished, whatever the outcome."""
        return self.done + self.skipped + self.left + self.failed

    @property
    def total(self) -> int:
        """The total number."""
        return self.ended + self.waiting


def progress_of(run: BulkRun) -> Progress:
    """Return the progress of a run; one query."""
    counted = run.items.order_by().values_list("state").annotate(Count("pk"))
    return Progress(**dict(counted))


@dataclass(frozen=True)
class Report:
    """A page of a run's report, and the numbers of the pages before and after; 0 where there is none."""

    items: Sequence[BulkItem]
    state: str
    previous: int
    next: int


def report_of(run: BulkRun, *, state: str = "", page: str = "") -> Report:
    """Return a page of the run's items, failed ones first, or only those of a state. Ignores invalid values."""
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 5 else 1
    start = (max(number, 1) - 1) * PAGE_SIZE
    wanted = state if state in ItemState.values else ""
    rows = run.items.filter(state=wanted) if wanted else run.items.all()
    order = Case(*(When(state=one, then=place) for one, place in STATE_ORDER.items()))
    found = list(rows.select_related("voice").order_by(order, "pk")[start : start + PAGE_SIZE + 1])
    after = number + 1 if len(found) > PAGE_SIZE else 0
    return Report(found[:PAGE_SIZE], wanted, max(number, 1) - 1, after)


def recent_runs(member: Membership) -> list[BulkRun]:
    """Return the person's last 30 changes, for an admin the whole team's, each with its number of `failed` items."""
    runs = BulkRun.objects.filter(team=member.team).select_related("actor")
    if not may(member, Verb.SEE_ALL_JOBS):
        runs = runs.filter(actor=member.user)
    failed = BulkItem.objects.filter(run=OuterRef("pk"), state=ItemState.FAILED).values("run")
    counted = Subquery(failed.annotate(count=Count("pk")).values("count"))
    return list(runs.annotate(failed=Coalesce(counted, 0)).order_by("-created_at")[:30])
