"""The clock, which decides on leases and links on every host."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from voices.actions.checkup.base import Check, Problem

MAX_APART = timedelta(seconds=5)
REMEDY = "Set the clocks of all hosts by NTP (timedatectl set-ntp true)."


def clock_problems(*, here: datetime, there: datetime) -> Iterator[Problem]:
    """Yield a problem if the two are too far apart."""
    apart = abs(here - there)
    if apart > MAX_APART:
        yield Problem(
            sentence=f"the clocks of this machine and of the database differ by {apart.total_seconds():.0f} s",
            remedy=REMEDY,
            stops_pages=False,
        )


def _problems() -> Iterator[Problem]:
    if connection.vendor != "postgresql":
        return  # SQLite has none of its own
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [there] = cursor.fetchone()
    yield from clock_problems(here=timezone.now(), there=there)


CHECK = Check(name="clock", problems=_problems, uses_database=True)
