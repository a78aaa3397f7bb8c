"""Cloning a deleted or gone voice again, from its stored recording."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from voices import audit
from voices.access import Verb, require
from voices.actions.clone.submit import NotPossibleError, submit_clone, submitted_before
from voices.models import ApiKey, CloneJob, Consent, Membership, Voice

NO_SAMPLE = "The recording of this voice is not kept any more, so it cannot be cloned again from here."


def reclone_blocked_reason(voice: Voice) -> str:
    """Return why the voice cannot be cloned again, as a sentence; "" if it can."""
    if voice.deleted_at is None and voice.gone_at is None:
        return "This voice is there at Althea, so there is nothing to clone again."
    return "" if voice.sample_id else NO_SAMPLE


def reclone(
    *,
    member: Membership,
    voice: Voice,
    key: ApiKey,
    name: str,
    description: str,
    language: str,
    consent: Consent,
    form_token: UUID,
    now: datetime,
) -> CloneJob:
    """Create a clone job from the voice's stored recording, with a note of the voice it replaces; one per form.

    Raises PermissionDenied, NameInUseError, NotPossibleError.
    """
    require(member, Verb.CLONE_AGAIN)
    with transaction.atomic():
        # Locked: a form sent twice at once is the same clone, and leaves one audit line.
        voice = Voice.objects.select_for_update().get(pk=voice.pk)
        if first := submitted_before(member=member, form_token=form_token):
            return first
        problem, sample = reclone_blocked_reason(voice), voice.sample
        if problem or sample is None:
            raise NotPossibleError(problem or NO_SAMPLE)
        job = submit_clone(
            member=member, key=key, sample=sample, name=name, description=description, language=language,
            consent=consent, form_token=form_token, now=now, replaces=voice,
        )  # fmt: skip
        audit.record_by(member, "voice.cloned_again", voice, job=str(job.pk))
    return job
