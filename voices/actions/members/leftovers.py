"""What a member leaves behind, and what becomes of it: said before they go, done in the transaction in which they go.

A step is one entry in `STEPS`. `foresee` returns what will happen as sentences with their numbers, none where there is
nothing; `settle` does it once the membership is gone, and returns what was done likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from voices import audit
from voices.actions.approvals.deciding import close_requests_of
from voices.actions.clone.submit import NOT_ALLOWED
from voices.actions.members.roles import revoke_invitations_by
from voices.actions.sync.runs import keys_of
from voices.models import (
    ApiKey,
    Approval,
    BulkRun,
    CloneJob,
    Favourite,
    Invitation,
    InvitationState,
    Membership,
    Origin,
    RequestState,
    SavedView,
    SpeakerRequest,
    State,
    Voice,
)

LEFT = "{name} left the team before this was sent. Start the clone again with another key; the recording is kept."


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, by whose doing, and when. The membership is deleted, and its values are kept here."""

    gone: Membership
    by: Membership
    now: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one kind of thing that a member leaves."""

    foresee: Callable[[Membership], list[str]]
    settle: Callable[[Leaving], list[str]]


def count(number: int, noun: str) -> str:
    """Return the number with its noun: `1 voice`, `1,200 voices`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# --- voices and keys ---------------------------------------------------------------------------------


def _cloned(of: Membership) -> int:
    cloned = Voice.objects.filter(team=of.team_id, added_by=of.user_id, deleted_at=None)
    return cloned.filter(origin__in=(Origin.CLONED, Origin.ADOPTED)).count()


def _foresee_voices(of: Membership) -> list[str]:
    voices = _cloned(of)
    return [f"{count(voices, 'cloned voice')}: kept in the library."] if voices else []


def _settle_voices(leaving: Leaving) -> list[str]:
    return []


def _managed(of: Membership) -> QuerySet[Voice]:
    return Voice.objects.filter(team=of.team_id, steward__owner=of.user_id)


def heir_in(of: Membership, account_id: UUID) -> ApiKey | None:
    """Return the key of another member that takes over the account's voices; None without one."""
    return keys_of(of.team).filter(account=account_id).exclude(owner=of.user_id).first()


def _accounts(of: Membership) -> list[tuple[str, UUID, int]]:
    """Return name and id of each account whose voices are managed with the member's key, and how many these are."""
    rows = (
        _managed(of)
        .filter(deleted_at=None)
        .values_list("account__name", "account_id")
        .order_by("account__name")
    )
    return [(name, account, number) for name, account, number in rows.annotate(count=Count("pk"))]


def _foresee_keys(of: Membership) -> list[str]:
    keys = ApiKey.objects.owned_by(of.user).count()
    said = [f"{count(keys, 'key')} of theirs: not used for this team any more."] if keys else []
    for name, account, number in _accounts(of):
        heir, voices = heir_in(of, account), count(number, "voice")
        if heir is None:
            said.append(
                f"{voices} of the account {name}: no key, until a member with one for that account syncs."
            )
        else:
            said.append(
                f"{voices} of the account {name}: managed with {heir.owner.shown_name}’s key “{heir.label}”."
            )
    return said


def _settle_keys(leaving: Leaving) -> list[str]:
    said = []
    for account in set(_managed(leaving.gone).values_list("account_id", flat=True)):
        heir = heir_in(leaving.gone, account)
        voices = _managed(leaving.gone).filter(account=account).update(steward=heir)
        said.append(
            f"{count(voices, 'voice')} passed to {heir.owner.shown_name}’s key “{heir.label}”."
            if heir
            else f"{count(voices, 'voice')} left without a key."
        )
    return said


# --- work under way ----------------------------------------------------------------------------------


def _jobs(of: Membership) -> QuerySet[CloneJob]:
    return CloneJob.objects.live().filter(team=of.team_id, actor=of.user_id)


_UNSENT = Q(state__in=(State.READY, State.WAITING), in_doubt=False)


def _foresee_jobs(of: Membership) -> list[str]:
    unsent, sent = _jobs(of).filter(_UNSENT).count(), _jobs(of).exclude(_UNSENT).count()
    runs = BulkRun.objects.live().filter(team=of.team_id, actor=of.user_id).count()
    said = [f"{count(unsent, 'clone')} not sent yet: stopped. The recordings are kept."] if unsent else []
    said += (
        [f"{count(sent, 'clone')} already sent: finished, as Althea is making the voices."] if sent else []
    )
    return said + ([f"{count(runs, 'bulk change')} under way: stopped. What is done stays."] if runs else [])


def _settle_jobs(leaving: Leaving) -> list[str]:
    """Fail what was not sent. The worker stops the rest itself: it asks for the membership before each step."""
    stopped, message = 0, LEFT.format(name=leaving.gone.user.shown_name)
    for job in _jobs(leaving.gone).filter(_UNSENT):
        ended: dict[str, Any] = {
            "problem": NOT_ALLOWED,
            "message": message,
            "ended_at": leaving.now,
            "lease_until": None,
        }
        if job.move(State.FAILED, **ended):
            stopped += 1
            audit.record_by(leaving.by, "clone.stopped", job)
    return [f"{count(stopped, 'clone')} stopped."] if stopped else []


def _foresee_requests(of: Membership) -> list[str]:
    waiting = Approval.objects.waiting().filter(team=of.team_id, requester=of.user_id).count()
    return [f"{count(waiting, 'request')} waiting for approval: closed."] if waiting else []


def _settle_requests(leaving: Leaving) -> list[str]:
    closed = close_requests_of(leaving.gone, now=leaving.now)
    return [f"{count(closed, 'request')} for approval closed."] if closed else []


# --- links, views, invitations -----------------------------------------------------------------------


def _links(of: Membership) -> QuerySet[SpeakerRequest]:
    return SpeakerRequest.objects.filter(team=of.team_id, requester=of.user_id, state=RequestState.OPEN)


def _foresee_links(of: Membership) -> list[str]:
    links = _links(of).count()
    return [f"{count(links, 'open link')} to speakers: withdrawn."] if links else []


def _settle_links(leaving: Leaving) -> list[str]:
    ended = {"decided_at": leaving.now, "decided_by": leaving.by.user}
    links = [one for one in _links(leaving.gone) if one.move(RequestState.WITHDRAWN, **ended)]
    audit.record_each(leaving.by, "speaker.withdrawn", links)
    return [f"{count(len(links), 'link')} to speakers withdrawn."] if links else []


def _views(of: Membership) -> QuerySet[SavedView]:
    return SavedView.objects.filter(team=of.team_id, owner=of.user_id)


def _foresee_views(of: Membership) -> list[str]:
    own, shared = _views(of).filter(is_shared=False).count(), _views(of).filter(is_shared=True).count()
    said = [f"{count(own, 'saved view')} only they could see: deleted."] if own else []
    return said + ([f"{count(shared, 'shared view')}: kept for the team."] if shared else [])


def _settle_views(leaving: Leaving) -> list[str]:
    Favourite.objects.filter(user=leaving.gone.user_id, voice__team=leaving.gone.team_id).delete()
    own, _ = _views(leaving.gone).filter(is_shared=False).delete()
    return [f"{count(own, 'saved view')} deleted."] if own else []


def _foresee_invitations(of: Membership) -> list[str]:
    theirs = Invitation.objects.filter(
        team=of.team_id, inviter=of.user_id, state=InvitationState.OPEN
    ).count()
    return [f"{count(theirs, 'open invitation')} by them: revoked."] if theirs else []


def _settle_invitations(leaving: Leaving) -> list[str]:
    revoked = revoke_invitations_by(leaving.gone, now=leaving.now)
    return [f"{count(revoked, 'invitation')} revoked."] if revoked else []


STEPS = (
    Step(_foresee_voices, _settle_voices),
    Step(_foresee_keys, _settle_keys),
    Step(_foresee_jobs, _settle_jobs),
    Step(_foresee_requests, _settle_requests),
    Step(_foresee_links, _settle_links),
    Step(_foresee_views, _settle_views),
    Step(_foresee_invitations, _settle_invitations),
)
