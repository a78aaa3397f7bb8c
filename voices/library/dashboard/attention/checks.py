"""Accounts whose health checks are paused, since Althea refused one for a reason that is not about the voice."""

from collections.abc import Iterator
from datetime import timedelta

from voices.library.dashboard.attention.base import Action, Attention, Item
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.models import HealthRound, RoundState, SlotSample

FRESH = timedelta(days=2)  # an account whose last slot count is older is no longer the team's


def find(reading: Reading) -> Iterator[Item]:
    """Yield the team's accounts whose checks are paused, with Althea's message."""
    for sample in {one.account_id: one for one in reading.slots}.values():
        checks = getattr(sample.account, "health_round", None)
        if checks and checks.state == RoundState.PAUSED and sample.taken_at > reading.now - FRESH:
            yield _item(sample, checks)


def _item(sample: SlotSample, checks: HealthRound) -> Item:
    return Item(
        "isn't being checked right now, so failing voices could go unnoticed.",
        sample.account.name,
        f"{checks.problem} Voice Studio will try again automatically.".lstrip(),
        tone="warn",
        action=Action("See its voices", library(account=str(sample.account_id)), is_link=True),
    )


ATTENTION = Attention(name="checks", position=45, find=find)
