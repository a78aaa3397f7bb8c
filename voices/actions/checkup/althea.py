"""Althea and the sandbox: every server that stored keys belong to can be reached, and its clock agrees with ours."""

from collections.abc import Iterator
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.utils import timezone

from voices.actions.checkup.base import Check, Problem
from voices.actions.checkup.clock import REMEDY as CLOCK_REMEDY
from voices.althea import AltheaError
from voices.althea.reach import clock_ahead
from voices.gateway import base_url
from voices.models import ApiKey

MAX_AHEAD = timedelta(minutes=2)


def _problems() -> Iterator[Problem]:
    endpoints = ApiKey.objects.stored().order_by("endpoint").values_list("endpoint", flat=True).distinct()
    for address in {base_url(endpoint) for endpoint in endpoints}:
        yield from reach_problems(address)


def reach_problems(address: str) -> Iterator[Problem]:
    """Yield the problems of reaching a server, which is called without a key."""
    try:
        ahead = async_to_sync(clock_ahead)(address, now=timezone.now())
    except AltheaError as error:
        yield Problem(
            sentence=f"{address} cannot be reached: {error.message.rstrip('.')}",
            remedy="Check this machine's DNS, firewall and proxy. The address comes from "
            "VOICESTUDIO_ALTHEA_URL, or is the sandbox's if VOICESTUDIO_SANDBOX is on.",
            stops_pages=False,
        )
        return
    if ahead is not None and abs(ahead) > MAX_AHEAD:
        yield Problem(
            sentence=f"the clocks of this machine and of {address} differ by {abs(ahead).total_seconds():.0f} s",
            remedy=CLOCK_REMEDY,
            stops_pages=False,
        )


CHECK = Check(name="althea", problems=_problems, uses_database=True, asks_others=True)
