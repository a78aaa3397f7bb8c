"""The readiness probe: whether this process can serve pages, answered within about two seconds."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass

from django.db import Error

from voices.actions.checkup import CHECKS, Check, Problem
from voices.actions.checkup.database import AWAY, short_waits

SECONDS = 1.8
# A disk or bucket that hangs blocks a thread; then other checks are late as well, which is a correct report.
_threads = ThreadPoolExecutor(2, thread_name_prefix="checkup")
LATE = Problem(sentence="no answer in time", remedy="")
NOT_ASKED = Problem(sentence="not checked: the database does not respond", remedy="")


@dataclass(frozen=True)
class Finding:
    """The problems that a check has found."""

    check: Check
    problems: Sequence[Problem]

    @property
    def stops_pages(self) -> bool:
        """Whether pages cannot be served."""
        return any(problem.stops_pages for problem in self.problems)

    @property
    def detail(self) -> str:
        """The problems as text; "" without any."""
        return "; ".join(problem.sentence for problem in self.problems)


def findings(checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Run every probed check: those of the database one by one here, the others concurrently in threads."""
    probed = [check for check in checks if check.is_probed]
    ends_at = time.monotonic() + SECONDS
    others = {
        check.name: _threads.submit(list, check.problems()) for check in probed if not check.uses_database
    }
    found = _ask_database([check for check in probed if check.uses_database])
    found |= {name: _await(future, ends_at) for name, future in others.items()}
    return [Finding(check, found[check.name]) for check in probed]


def _ask_database(checks: Sequence[Check]) -> dict[str, list[Problem]]:
    """Run the checks in this thread, skipping the rest once the database is unavailable."""
    found: dict[str, list[Problem]] = {check.name: [NOT_ASKED] for check in checks}
    try:
        with short_waits():
            for check in checks:
                found[check.name] = list(check.problems())
                if AWAY in found[check.name]:
                    break
    except Error:
        found[checks[0].name] = [AWAY]
    return found


def _await(future: "Future[list[Problem]]", ends_at: float) -> list[Problem]:
    try:
        return future.result(max(0.0, ends_at - time.monotonic()))
    except LateError:
        future.cancel()
        return [LATE]
