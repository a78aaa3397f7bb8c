"""The initial values of the form for a new voice: none, another voice's settings, or those of a failed job.

The URL says which, so that a submitted form still knows.
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
class InitialSettings:
    """The initial settings, with a `Secret` for each secret, and the initial values of the other `fields`."""

    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    source: Voice | None = None
    job: CloneJob | None = None
    problem: str = ""


def read_initial_settings(request: StudioRequest, engine: str) -> InitialSettings:
    """Return the initial settings of `?from=<voice>` or `?again=<job>`; empty ones without either. Raises Http404."""
    try:
        if "from" in request.GET:
            return _of_voice(get_editable_voice_for(request.member, UUID(request.GET["from"])), engine)
        if "again" in request.GET:
            return _of_job(get_job_for(request.member, UUID(request.GET["again"])), engine)
    except ValueError as problem:
        raise Http404 from problem
    return InitialSettings()


def _of_voice(voice: Voice, engine: str) -> InitialSettings:
    if copied_engine(voice) != engine:
        raise Http404
    fields = {
        "name": voice.name[: MAX_NAME - len(COPY)] + COPY,
        "description": voice.description[:MAX_DESCRIPTION],
        "language": shown_language(voice.primary_language),
    }
    try:
        return InitialSettings(full_definition(voice)[engine], fields, source=voice)
    except (SealError, MissingSecretError):
        return InitialSettings({}, fields, source=voice, problem=LOST)


def _of_job(job: CloneJob, engine: str) -> InitialSettings:
    if job.provider != engine:
        raise Http404
    fields = {"name": job.name, "description": job.description, "language": job.language}
    try:
        return InitialSettings(definition_of(job)[engine] if job.sealed_definition else {}, fields, job=job)
    except (SealError, MissingSecretError):
        return InitialSettings({}, fields, job=job, problem=LOST)
