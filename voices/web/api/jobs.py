"""Clones in progress and ended."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from voices.access import get_job_for
from voices.actions.clone.submit import can_cancel, can_retry, cancel_clone, retry_clone
from voices.library.jobs import ORDER, jobs_page
from voices.models import UNDER_WAY, CloneJob
from voices.web.api.auth import ApiRequest
from voices.web.api.problems import invalid
from voices.web.api.schemas import Job, JobList, JobQuery, page_of
from voices.web.api.site import site_of
from voices.web.clone.messages import errors_to_fix, job_message

router = Router(tags=["Clones"])
POLL_SECONDS = "2"


def job_object(job: CloneJob) -> dict[str, Any]:
    """Return the job as the API sends it. Read it with its parts."""
    voice = getattr(job, "voice", None)
    return {
        "id": job.pk,
        "name": job.name,
        "provider": job.provider or None,
        "description": job.description or None,
        "language": job.language,
        "state": job.state,
        "isRunning": job.state in UNDER_WAY,
        "sentence": job_message(job, now=timezone.now()).sentence,
        "problem": job.problem or None,
        "errors": [{"field": field or None, "detail": text} for field, text in errors_to_fix(job)],
        "voice": voice and voice.pk,
        "voiceId": voice and voice.voice_id,
        "canRetry": can_retry(job),
        "canCancel": can_cancel(job),
        "created": job.created_at,
        "ended": job.ended_at,
    }


@router.get("", response=JobList, operation_id="listJobs", summary="List clones")
def list_jobs(request: ApiRequest, query: Query[JobQuery]) -> dict[str, Any]:
    """Return your own clones, newest first; with an admin's token, all of the team's."""
    if query.cursor and ORDER.position(query.cursor) is None:
        raise invalid([("cursor", "This cursor isn't from this list. Take it from `next`.")])
    found = jobs_page(request.member, cursor=query.cursor or "", size=query.pageSize)
    more = urlencode({"pageSize": query.pageSize, "cursor": found.next_cursor})
    following = f"{site_of(request)}{request.path}?{more}" if found.next_cursor else None
    return page_of([job_object(job) for job in found.jobs], following=following, total=None)


@router.get("/{uuid:job_id}", response=Job, operation_id="getJob", summary="Get a clone")
def get_job(request: ApiRequest, response: HttpResponse, job_id: UUID) -> dict[str, Any]:
    """Return a clone. While it is running, Retry-After says when to ask again."""
    job = get_job_for(request.member, job_id)
    if job.is_live:
        response.headers["Retry-After"] = POLL_SECONDS
    return job_object(job)


@router.post("/{uuid:job_id}/cancel", response=Job, operation_id="cancelJob", summary="Cancel a clone")
def cancel_job(request: ApiRequest, job_id: UUID) -> dict[str, Any]:
    """Cancel a clone before anything is sent to Althea."""
    job = get_job_for(request.member, job_id)
    return job_object(cancel_clone(member=request.member, job=job, now=timezone.now()))


@router.post("/{uuid:job_id}/retry", response=Job, operation_id="retryJob", summary="Retry a clone")
def retry_job(request: ApiRequest, job_id: UUID) -> dict[str, Any]:
    """Retry a failed clone with the same recording."""
    job = get_job_for(request.member, job_id)
    return job_object(retry_clone(member=request.member, job=job, now=timezone.now()))
