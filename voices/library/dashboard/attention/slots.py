"""Accounts that are full or nearly full."""

from collections.abc import Iterator

from voices.library.dashboard.attention.base import Action, Attention, Item
from voices.library.dashboard.links import library
from voices.library.dashboard.reading import Reading
from voices.library.quota import Quota
from voices.models import SlotSample


def find(reading: Reading) -> Iterator[Item]:
    """Yield the accounts in which 90 % of the slots or more are used, by the last count."""
    for sample in {one.account_id: one for one in reading.slots}.values():
        if sample.allowed is not None:
            quota = Quota(sample.account, sample.used, sample.allowed)
            if quota.is_nearly_full:
                yield _item(sample, quota)


def _item(sample: SlotSample, quota: Quota) -> Item:
    state = "is full" if quota.is_full else "is nearly full"
    oldest = library(account=str(sample.account_id), sort="played")
    return Item(
        f"{state}: {quota.used:,} of {quota.allowed:,} voices.",
        sample.account.name,
        "Althea refuses new clones."
        if quota.is_full
        else "Delete voices that nobody uses, or get more slots at Althea.",
        sample.taken_at,
        "bad" if quota.is_full else "warn",
        action=Action("See its voices", oldest, is_link=True),
    )


ATTENTION = Attention(name="slots", position=50, find=find)
