"""Cloning a deleted or gone voice again, from its stored recording."""

from datetime import datetime
from typing import Unpack

from django.db import transaction

from voices.access import Verb, require
from voices.actions import NotPossibleError
from voices.actions.clone.submit import FormValues, submit_clone
from voices.models import CloneJob, Membership, Voice

NO_SAMPLE = "This voice's recording is no longer stored, so it can't be cloned again from here."


def reclone_blocked_reason(voice: Voice) -> str:
    """Return why the voice cannot be cloned again, as a sentence; "" if it can."""
    if voice.deleted_at is None and voice.gone_at is None:
        return "This voice is available at Althea, so there's no need to clone it again."
    return "" if voice.sample_id else NO_SAMPLE


def reclone(*, member: Membership, voice: Voice, now: datetime, **values: Unpack[FormValues]) -> CloneJob:
    """Create a clone job from the voice's stored recording, which is to replace the voice.

    The same form sent twice is one job, as in `submit_clone`. Raises PermissionDenied, NameInUseError,
    NotPossibleError.
    """
    require(member, Verb.CLONE_AGAIN)
    with transaction.atomic():
        # Locked: of two simultaneous submissions, the second waits here and finds the first one's job.
        voice = Voice.objects.select_for_update().get(pk=voice.pk)
        problem, sample = reclone_blocked_reason(voice), voice.sample
        if problem or sample is None:
            raise NotPossibleError(problem or NO_SAMPLE)
        filename = voice.job.recording_name if voice.job else ""
        return submit_clone(
            member=member, now=now, sample=sample, filename=filename, replaces=voice, **values
        )
