"""Rating the voices of an audition: hearing, scoring, finishing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from voices import audit
from voices.access import Verb, candidates_for, require
from voices.actions import NotPossibleError
from voices.models import HIGHEST, LOWEST, Audition, Ballot, Candidate, Membership, Rating

MAX_REMARK = 300
ENDED = "This audition has ended, so the rating was not saved."
FINISHED = "You've finished this audition, so your ratings can't be changed."
UNKNOWN_VOICE = "There is no such voice in this audition."
BAD_SCORE = f"Choose a score from {LOWEST} to {HIGHEST}."
NOT_HEARD = "Play this voice before you rate it."
NOT_RATED = "Rate this voice before you finish."


@dataclass(frozen=True, slots=True)
class GivenRating:
    """A form's rating of one voice. A score of None keeps the current one."""

    score: int | None
    remark: str

    @property
    def is_empty(self) -> bool:
        """Whether the form was left as it was."""
        return self.score is None and not self.remark


def note_hearing(*, member: Membership, candidate: Candidate, now: datetime) -> None:
    """Note that the member has started the voice's preview, which lets them rate it.

    As for every play there is no audit entry. The voice's `played_at` stays, too: it would reveal which voice it was.
    """
    require(member, Verb.RATE_VOICES)
    with transaction.atomic():
        ballot, _ = Ballot.objects.get_or_create(
            audition_id=candidate.audition_id,
            voter=member.user,
            defaults={"voter_name": member.user.shown_name},
        )
        Rating.objects.get_or_create(ballot=ballot, candidate=candidate, defaults={"heard_at": now})


def rate_voices(
    *, member: Membership, audition: Audition, given: Mapping[str, GivenRating], finish: bool, now: datetime
) -> dict[str, str]:
    """Save the member's ratings by the voices' tokens. Return the reason for each that could not be saved.

    The later of two ratings wins. With `finish` and without a problem, the member's ratings become final. Raises
    PermissionDenied; NotPossibleError if nothing can be saved any more.
    """
    require(member, Verb.RATE_VOICES)
    with transaction.atomic():
        # Ending the audition locks the same row, so that no rating is saved after the end.
        row = Audition.objects.select_for_update().filter(pk=audition.pk).first()
        if row is None or not row.is_open(now):
            raise NotPossibleError(ENDED)
        ballot = Ballot.objects.filter(audition=row, voter=member.user).first()
        if ballot is not None and ballot.finished_at is not None:
            raise NotPossibleError(FINISHED)
        candidates = candidates_for(member, row)
        problems = {
            token: problem
            for token, one in given.items()
            if (problem := _rate(ballot, candidates.get(token), one, now))
        }
        if finish and not problems:
            problems = _finish(member, row, ballot, candidates, now)
    return problems


def _rate(ballot: Ballot | None, candidate: Candidate | None, given: GivenRating, now: datetime) -> str:
    """Save one rating. Return the problem, or ""."""
    if candidate is None:
        return UNKNOWN_VOICE
    if reason := candidate.left_out(now):
        return f"This voice is excluded from the audition: {reason.label}."
    if given.score is not None and not LOWEST <= given.score <= HIGHEST:
        return BAD_SCORE
    if len(given.remark) > MAX_REMARK:
        return f"This remark has {len(given.remark)} characters. The limit is {MAX_REMARK}."
    columns = {"remark": given.remark} | ({} if given.score is None else {"score": given.score})
    heard = Rating.objects.filter(ballot=ballot, candidate=candidate)
    return "" if heard.update(**columns) or given.is_empty else NOT_HEARD


def _finish(
    member: Membership,
    audition: Audition,
    ballot: Ballot | None,
    candidates: Mapping[str, Candidate],
    now: datetime,
) -> dict[str, str]:
    """Make the ballot final. Return the voices that have no score yet."""
    rated = set(Rating.objects.filter(ballot=ballot).exclude(score=None).values_list("candidate", flat=True))
    missing = {
        token: NOT_RATED for token, one in candidates.items() if one.pk not in rated and not one.left_out(now)
    }
    if not missing and ballot is not None:
        Ballot.objects.filter(pk=ballot.pk).update(finished_at=now)
        audit.record_by(member, "audition.finished", audition)
    return missing
