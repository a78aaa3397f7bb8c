"""Waiting for the job of a voice to end."""

import time
from collections.abc import Callable
from typing import Any

from voices.cli.client import Client, Json
from voices.cli.errors import ExitCode, StudioError

POLL_SECONDS = 2.0
HELD = "held"


def wait_for_job(
    client: Client,
    job_id: str,
    *,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    on_change: Callable[[Json], Any] = lambda job: None,
) -> Json:
    """Return the job when it has ended or waits for an approval, or as it stands after that many seconds."""
    limit, sentence = clock() + seconds, ""
    while True:
        job = client.get_job(job_id)
        if job["sentence"] != sentence:
            sentence = job["sentence"]
            on_change(job)
        if not job["isRunning"] or job["state"] == HELD or clock() + POLL_SECONDS > limit:
            return job
        client.pause(POLL_SECONDS)


def require_voice(job: Json) -> None:
    """Raise StudioError unless the job has ended with a voice."""
    if job["state"] == HELD:
        raise StudioError(
            "The clone is waiting for another editor or admin to approve it on the Approvals page.",
            ExitCode.STILL_RUNNING,
        )
    if job["isRunning"]:
        raise StudioError(
            "The voice isn't ready yet. The job continues without this command.", ExitCode.STILL_RUNNING
        )
    if not job["voiceId"]:
        raise StudioError(f"No voice was created: {job['sentence']}", ExitCode.NO_VOICE)
