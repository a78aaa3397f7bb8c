"""What the form of a new voice begins with: nothing, the settings of another voice, or a job that failed.

The address says which, so that it still does when the form is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import Http404

from voices.access import get_editable_voice_for, get_job_for
from voices.actions.voice.create import definition_of
from voices.actions.voice.definitions import full_definition
from voices.actions.voice.redefine import copied_engine
from voices.kit.sealing import SealError
from voices.models import CloneJob, Voice
from voices.providers.secrets import MissingSecretError
from voices.web.http import StudioRequest
from voices.web.voice.form import MAX_DESCRIPTION, MAX_NAME, shown_language

COPY = " copy"
LOST = "The stored settings can't be decrypted, so this form starts without them."


@dataclass(frozen=True)
class Beginning:
    """The settings that the form begins with, with a `Secret` for each secret, and the values of its other fields."""

    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    initial: Mapping[str, str] = field(default_factory=dict)
    source: Voice | None = None
    job: CloneJob | None = None
    problem: str = ""


def read_beginning(request: StudioRequest, engine: str) -> Beginning:
    """Return what the address names: `?from=<voice>`, `?again=<job>`, or neither. Raises Http404."""
    try:
        if "from" in request.GET:
            return _of_voice(get_editable_voice_for(request.member, UUID(request.GET["from"])), engine)
        if "again" in request.GET:
            return _of_job(get_job_for(request.member, UUID(request.GET["again"])), engine)
    except ValueError as problem:
        raise Http404 from problem
    return Beginning()


def _of_voice(voice: Voice, engine: str) -> Beginning:
    if copied_engine(voice) != engine:
        raise Http404
    initial = {
        "name": voice.name[: MAX_NAME - len(COPY)] + COPY,
        "description": voice.description[:MAX_DESCRIPTION],
        "language": shown_language(voice.primary_language),
    }
    try:
        return Beginning(full_definition(voice)[engine], initial, source=voice)
    except (SealError, MissingSecretError):
        return Beginning({}, initial, source=voice, problem=LOST)


def _of_job(job: CloneJob, engine: str) -> Beginning:
    if job.provider != engine:
        raise Http404
    initial = {"name": job.name, "description": job.description, "language": job.language}
    try:
        return Beginning(definition_of(job)[engine] if job.sealed_definition else {}, initial, job=job)
    except (SealError, MissingSecretError):
        return Beginning({}, initial, job=job, problem=LOST)
