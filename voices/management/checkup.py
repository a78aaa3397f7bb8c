"""The checks of `manage.py doctor`: those of `voices/actions/checkup/`, and those that need the library."""

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from django.db import Error, connection
from django.utils import timezone

from voices.actions.checkup import CHECKS as SHARED
from voices.actions.checkup import Check, Problem
from voices.actions.checkup.database import AWAY, DATABASE, short_waits
from voices.actions.figures.recount import differences
from voices.library.search import is_index_current
from voices.library.trail.verification import Verification


@dataclass(frozen=True)
class Finding:
    """The problems that a check has found; None if the database was unavailable."""

    check: Check
    problems: list[Problem] | None


def _index_problems() -> Iterator[Problem]:
    if not is_index_current(connection):
        yield Problem(
            sentence="the search index is not what this version needs, so searches may miss voices",
            remedy="Run manage.py migrate to rebuild it.",
            stops_pages=False,
        )


def _chain_problems() -> Iterator[Problem]:
    if found := sum(1 for _ in Verification().findings()):
        yield Problem(
            sentence=f"the activity trail was changed outside Voice Studio; findings: {found:,}",
            remedy="Run manage.py verify_activity to list them, and compare with a backup.",
            stops_pages=False,
        )


def _count_problems() -> Iterator[Problem]:
    if wrong := sum(1 for _ in differences(now=timezone.now())):
        yield Problem(
            sentence=f"the dashboard's daily counts of clones differ from the jobs; counts: {wrong:,}",
            remedy="Run manage.py recount_clones.",
            stops_pages=False,
        )


SEARCH_INDEX = Check(name="search index", problems=_index_problems, uses_database=True)
CHAIN = Check(name="activity chain", problems=_chain_problems, uses_database=True, reads_all=True)
COUNTS = Check(name="daily counts", problems=_count_problems, uses_database=True, reads_all=True)
CHECKS = (*SHARED, SEARCH_INDEX, CHAIN, COUNTS)


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run one check after another. Once the database is unavailable, skip those that need it."""
    is_away = False
    for check in checks:
        found = None if check.uses_database and is_away else _run(check)
        is_away = is_away or AWAY in (found or ())
        yield Finding(check, found)


def _run(check: Check) -> list[Problem] | None:
    """Return the check's problems; None if a table is missing or stays locked."""
    # Quick checks do not wait long for a locked or unavailable database.
    time_limit = short_waits if check.is_probed and check.uses_database else nullcontext
    try:
        with time_limit():
            return list(check.problems())
    except Error:
        return [AWAY] if check is DATABASE else None
