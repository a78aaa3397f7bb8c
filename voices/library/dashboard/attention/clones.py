"""Clones that failed and nobody dismissed, and clones whose outcome is not known."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import QuerySet

from voices.library.dashboard.attention.base import MAX_FOUND, Action, Attention, Item, some
from voices.library.dashboard.links import Link, clones
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.reasons import reason_in_sentence
from voices.models import CloneJob, State

KEPT = timedelta(days=30)  # older failures are not shown


def find(reading: Reading) -> Iterator[Item]:
    """Yield the team's clones that need attention, newest first."""
    since = reading.now - KEPT
    found = list(_wanting(reading).filter(created_at__gte=since).order_by("-created_at")[:MAX_FOUND])
    today = reading.now.date()
    everything = clones(since.date(), today, outcome="failed")
    yield from some(found, _item, lambda rest: Item(f"{rest} more clones failed.", link=everything))


def _wanting(reading: Reading) -> QuerySet[CloneJob]:
    jobs = CloneJob.objects.filter(team=reading.member.team, dismissed_at=None)
    wanting = jobs.filter(state__in=(State.FAILED, State.UNKNOWN)).select_related("actor")
    return wanting.only(
        "name", "state", "problem", "message", "created_at", "ended_at", "actor__name", "actor__email"
    )


def _item(job: CloneJob) -> Item:
    link = Link("voices:clone-job", args=(job.pk,))
    by = f", started by {job.actor.shown_name}" if job.actor else ""
    if job.state == State.UNKNOWN:
        look = Action("Check now", Link("voices:clone-look", args=(job.pk,)))
        sentence = "may or may not exist: Althea gave no clear answer"
        return Item(f"{sentence}{by}.", job.name, job.message, job.created_at, "warn", link, look)
    retry = Action("Retry", Link("voices:clone-retry", args=(job.pk,)))
    edit = Action("Open", link, is_link=True)
    return Item(
        f"failed{by}: {reason_in_sentence(job.problem)}.",
        job.name,
        job.message,
        job.ended_at,
        link=link,
        action=retry if job.can_be_retried else edit,
    )


ATTENTION = Attention(name="clones", position=30, find=find)
