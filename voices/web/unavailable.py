"""Error pages for outages of the database, the cache or the storage: 503 or 507, never a bare 500.

All unhandled errors arrive here, including those of middlewares and of other error pages, which no middleware would
see. The page needs no database: no session, no person, no team.
"""

import errno
import logging
import sys
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error

from voices.actions.files import StorageError
from voices.web.api.catalogue import is_api, problem_of_status
from voices.web.api.problems import answer
from voices.web.caches.errors import CacheUnavailableError

logger = logging.getLogger(__name__)
RETRY_AFTER_SECONDS = 5
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
SQLITE_ERROR, SQLITE_FULL = 1, 13  # https://sqlite.org/rescode.html; 1 is a statement of ours that is wrong
POSTGRESQL_DISK_FULL = "53100"


@dataclass(frozen=True)
class Outage:
    """An outage, as shown to people."""

    status: int
    title: str
    message: str


BUSY = Outage(
    503,
    "Voice Studio is busy",
    "Nothing was lost; try again in a moment. If you sent a form, go back: what you entered is still there.",
)
NO_STORAGE = Outage(
    503,
    "The file storage doesn't respond",
    "Nothing was changed. Try again in a moment. If you sent a form, go back: what you entered is still there.",
)
DISK_FULL = Outage(
    507,
    "Voice Studio has no disk space left",
    "Nothing was changed. Ask whoever runs the server to free up space, then go back and send it again.",
)


def outage_of(problem: BaseException | None) -> Outage | None:
    """Return the outage that caused the error, or None for an internal error."""
    if isinstance(problem, OperationalError):
        return _database_outage(problem)
    if isinstance(problem, InterfaceError | CacheUnavailableError):
        return BUSY
    if isinstance(problem, StorageError):
        return DISK_FULL if is_full(problem.__cause__) else NO_STORAGE
    return DISK_FULL if is_full(problem) else None


def is_full(problem: BaseException | None) -> bool:
    """Whether the error means that a disk or a quota is full."""
    return isinstance(problem, OSError) and problem.errno in FULL


def _database_outage(problem: OperationalError) -> Outage | None:
    code = getattr(problem.__cause__, "sqlite_errorcode", None)
    if code is None:
        return DISK_FULL if getattr(problem.__cause__, "sqlstate", None) == POSTGRESQL_DISK_FULL else BUSY
    # The low byte is the kind of error, the others are details.
    return {SQLITE_ERROR: None, SQLITE_FULL: DISK_FULL}.get(code & 0xFF, BUSY)


@login_not_required
def failed(request: HttpRequest) -> HttpResponse:
    """Respond to an unhandled error: Django's handler for 500 (`voicestudio/urls.py`)."""
    problem = sys.exc_info()[1]
    outage = outage_of(problem)
    if is_api(request.path):
        return answer(problem_of_status(outage.status if outage else 500))
    if outage is None:
        return server_error(request)
    logger.warning("%s: %s", outage.title, problem)
    response = render(None, "unavailable.html", {"outage": outage}, status=outage.status)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response
