"""Waiting for a clone to end."""

import time
from collections.abc import Callable
from typing import Any

from voices.cli.client import Client, Json
from voices.cli.errors import ExitCode, JobError

CREATED = "created"
ENDED = {CREATED, "failed", "cancelled"}
POLL_SECONDS = 2.0


def has_ended(job: Json) -> bool:
    """Whether nothing more will happen to the clone."""
    return job.get("state") in ENDED


def wait_for_job(
    client: Client,
    job_id: str,
    *,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    on_change: Callable[[Json], Any] = lambda job: None,
) -> Json:
    """Return the job when it has ended, or as it stands after that many seconds."""
    limit, state = clock() + seconds, ""
    while True:
        job = client.get_job(job_id)
        if job.get("state") != state:
            state = str(job.get("state"))
            on_change(job)
        if has_ended(job) or clock() + POLL_SECONDS > limit:
            return job
        client.pause(POLL_SECONDS)


def require_voice(job: Json) -> None:
    """Raise JobError unless the clone has ended with a voice."""
    if job.get("state") == CREATED:
        return
    if has_ended(job):
        raise JobError(str(job.get("message") or f"The clone was {job['state']}."), ExitCode.NO_VOICE)
    raise JobError(
        f"The clone is still {job.get('state')}. It goes on without this command.", ExitCode.STILL_RUNNING
    )
