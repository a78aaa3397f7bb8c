"""What a member leaves behind, and what becomes of it: said before they go, done in the transaction in which they go.

A step is one entry in `STEPS`. `foresee` returns what will happen as sentences with their numbers, none where there is
nothing; `settle` does it once the membership is gone, and returns what was done likewise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from voices import audit
from voices.actions.approvals.deciding import close_requests_of
from voices.actions.clone.submit import NOT_ALLOWED
from voices.actions.members.roles import revoke_invitations_by
from voices.actions.sync.runs import keys_of
from voices.models import (
    ApiKey,
    ApiToken,
    Approval,
    BulkRun,
    CloneJob,
    CloneJobQuerySet,
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

LEFT = "{name} left the team before this was sent. Start the clone again with your own key."


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


def said(number: int, noun: str, one: str, many: str) -> list[str]:
    """Return the sentence on so many things, which goes on with `one` or `many`; none where there are none."""
    return [f"{count(number, noun)} {one if number == 1 else many}."] if number else []


def named(key: ApiKey) -> str:
    """Return whose key it is, and which."""
    return f"{key.owner.shown_name}'s key “{key.label}”"


# --- voices and keys ---------------------------------------------------------------------------------


def _foresee_voices(of: Membership) -> list[str]:
    cloned = Voice.objects.filter(team=of.team_id, added_by=of.user_id, deleted_at=None)
    voices = cloned.filter(origin__in=(Origin.CLONED, Origin.CREATED, Origin.ADOPTED)).count()
    return said(voices, "cloned voice", "stays in the library", "stay in the library")


def _settle_voices(leaving: Leaving) -> list[str]:
    return []


def _managed(of: Membership) -> QuerySet[Voice]:
    return Voice.objects.filter(team=of.team_id, steward__owner=of.user_id)


def heir_in(of: Membership, account_id: UUID) -> ApiKey | None:
    """Return the key of another member that takes over the account's voices; None without one."""
    return keys_of(of.team).filter(account=account_id).exclude(owner=of.user_id).first()


def _foresee_keys(of: Membership) -> list[str]:
    keys = ApiKey.objects.owned_by(of.user).count()
    sentences = said(keys, "key", "is no longer used for this team", "are no longer used for this team")
    rows = _managed(of).filter(deleted_at=None).values_list("account__name", "account_id")
    for name, account, number in rows.annotate(count=Count("pk")).order_by("account__name"):
        heir = heir_in(of, account)
        none = "until someone adds one and syncs"
        one, many = f"has no key {none}", f"have no key {none}"
        if heir is not None:
            one, many = f"passes to {named(heir)}", f"pass to {named(heir)}"
        sentences += [f"In {name}: {sentence}" for sentence in said(number, "voice", one, many)]
    return sentences


def _settle_keys(leaving: Leaving) -> list[str]:
    sentences = []
    for account in sorted(set(_managed(leaving.gone).values_list("account_id", flat=True))):
        heir = heir_in(leaving.gone, account)
        voices = _managed(leaving.gone).filter(account=account).update(steward=heir)
        done = f"passed to {named(heir)}" if heir else "left without a key"
        sentences += said(voices, "voice", done, done)
    return sentences


# --- work under way ----------------------------------------------------------------------------------


def _jobs(of: Membership) -> CloneJobQuerySet:
    return CloneJob.objects.filter(team=of.team_id, actor=of.user_id)


def _foresee_jobs(of: Membership) -> list[str]:
    unsent, sent = _jobs(of).unsent().count(), _jobs(of).sent().count()
    runs = BulkRun.objects.live().filter(team=of.team_id, actor=of.user_id).count()
    return [
        *said(unsent, "unsent clone", "stops; the recording is kept", "stop; the recordings are kept"),
        *said(sent, "clone", "that was sent already is finished", "that were sent already are finished"),
        *said(runs, "bulk change", "stops; what is done stays", "stop; what is done stays"),
    ]


def _settle_jobs(leaving: Leaving) -> list[str]:
    """Fail what was not sent. The worker stops the rest itself: it asks for the membership before each step."""
    stopped, message = 0, LEFT.format(name=leaving.gone.user.shown_name)
    for job in _jobs(leaving.gone).unsent():
        ended: dict[str, Any] = {"ended_at": leaving.now, "lease_until": None}
        if job.move(State.FAILED, problem=NOT_ALLOWED, message=message, **ended):
            stopped += 1
            audit.record_by(leaving.by, "clone.stopped", job)
    return said(stopped, "clone", "stopped", "stopped")


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
    return said(_links(of).count(), "open link", "to a speaker is withdrawn", "to speakers are withdrawn")


def _settle_links(leaving: Leaving) -> list[str]:
    ended = {"decided_at": leaving.now, "decided_by": leaving.by.user}
    links = [one for one in _links(leaving.gone) if one.move(RequestState.WITHDRAWN, **ended)]
    audit.record_each(leaving.by, "speaker.withdrawn", links)
    return said(len(links), "link", "to a speaker withdrawn", "to speakers withdrawn")


def _views(of: Membership) -> QuerySet[SavedView]:
    return SavedView.objects.filter(team=of.team_id, owner=of.user_id)


def _foresee_views(of: Membership) -> list[str]:
    private, shared = _views(of).filter(is_shared=False).count(), _views(of).filter(is_shared=True).count()
    return [
        *said(private, "private view", "is deleted", "are deleted"),
        *said(shared, "shared view", "stays", "stay"),
    ]


def _settle_views(leaving: Leaving) -> list[str]:
    Favourite.objects.filter(user=leaving.gone.user_id, voice__team=leaving.gone.team_id).delete()
    private, _ = _views(leaving.gone).filter(is_shared=False).delete()
    return said(private, "private view", "deleted", "deleted")


def _foresee_invitations(of: Membership) -> list[str]:
    theirs = Invitation.objects.filter(team=of.team_id, inviter=of.user_id, state=InvitationState.OPEN)
    return said(theirs.count(), "open invitation", "by this member is revoked", "by this member are revoked")


def _settle_invitations(leaving: Leaving) -> list[str]:
    return said(revoke_invitations_by(leaving.gone, now=leaving.now), "invitation", "revoked", "revoked")


def _foresee_tokens(of: Membership) -> list[str]:
    tokens = ApiToken.objects.filter(membership=of.pk).live(timezone.now())
    return said(tokens.count(), "API token", "of theirs stops working", "of theirs stop working")


def _settle_tokens(leaving: Leaving) -> list[str]:
    """Do nothing: a token acts through its membership, which is gone (decision 0061)."""
    return []


# In the order of the page.
STEPS = (
    Step(_foresee_voices, _settle_voices),
    Step(_foresee_keys, _settle_keys),
    Step(_foresee_jobs, _settle_jobs),
    Step(_foresee_requests, _settle_requests),
    Step(_foresee_links, _settle_links),
    Step(_foresee_views, _settle_views),
    Step(_foresee_invitations, _settle_invitations),
    Step(_foresee_tokens, _settle_tokens),
)
