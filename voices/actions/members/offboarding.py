"""What happens to a member's keys, jobs, links and views when they leave the team.

A step is one entry in `STEPS`. `describe` returns what will happen, as sentences with counts, before anybody confirms;
`apply` does it in the transaction that removes the membership, and returns sentences about what was done. A step with
nothing to do returns no sentence.
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
    RequestState,
    SavedView,
    SpeakerRequest,
    State,
    Voice,
    VoiceOrigin,
)

LEFT = "{name} left the team before this was sent. Start the clone again with your own key."


@dataclass(frozen=True, slots=True)
class Removal:
    """The removal of a member, by whom (perhaps themselves), and when. `gone` is the deleted membership, unsaved."""

    gone: Membership
    by: Membership
    now: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one kind of record when its member leaves."""

    describe: Callable[[Membership], list[str]]
    apply: Callable[[Removal], list[str]]


def count(number: int, noun: str) -> str:
    """Return the number with its noun: `1 voice`, `1,200 voices`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counted_sentence(number: int, noun: str, one: str, many: str) -> list[str]:
    """Return a sentence that begins with the count and continues with `one` or `many`; no sentence for 0."""
    return [f"{count(number, noun)} {one if number == 1 else many}."] if number else []


def owned_key_label(key: ApiKey) -> str:
    """Return the key's label with its owner's name."""
    return f"{key.owner.shown_name}'s key “{key.label}”"


# --- voices and keys ---------------------------------------------------------------------------------


def _describe_voices(of: Membership) -> list[str]:
    cloned = Voice.objects.filter(team=of.team_id, added_by=of.user_id, deleted_at=None)
    voices = cloned.filter(origin__in=(VoiceOrigin.CLONED, VoiceOrigin.CREATED, VoiceOrigin.ADOPTED)).count()
    return counted_sentence(voices, "cloned voice", "stays in the library", "stay in the library")


def _apply_voices(removal: Removal) -> list[str]:
    return []


def _managed(of: Membership) -> QuerySet[Voice]:
    return Voice.objects.filter(team=of.team_id, steward__owner=of.user_id)


def successor_key(of: Membership, account_id: UUID) -> ApiKey | None:
    """Return another member's key, which takes over the voices of the account; None without one."""
    return keys_of(of.team).filter(account=account_id).exclude(owner=of.user_id).first()


def _describe_keys(of: Membership) -> list[str]:
    keys = ApiKey.objects.owned_by(of.user).count()
    sentences = counted_sentence(
        keys, "key", "is no longer used for this team", "are no longer used for this team"
    )
    rows = _managed(of).filter(deleted_at=None).values_list("account__name", "account_id")
    for name, account, number in rows.annotate(count=Count("pk")).order_by("account__name"):
        successor = successor_key(of, account)
        none = "until someone adds one and syncs"
        one, many = f"has no key {none}", f"have no key {none}"
        if successor is not None:
            one, many = f"passes to {owned_key_label(successor)}", f"pass to {owned_key_label(successor)}"
        sentences += [f"In {name}: {sentence}" for sentence in counted_sentence(number, "voice", one, many)]
    return sentences


def _apply_keys(removal: Removal) -> list[str]:
    sentences = []
    for account in sorted(set(_managed(removal.gone).values_list("account_id", flat=True))):
        successor = successor_key(removal.gone, account)
        voices = _managed(removal.gone).filter(account=account).update(steward=successor)
        done = f"passed to {owned_key_label(successor)}" if successor else "left without a key"
        sentences += counted_sentence(voices, "voice", done, done)
    return sentences


# --- work under way ----------------------------------------------------------------------------------


def _jobs(of: Membership) -> CloneJobQuerySet:
    return CloneJob.objects.filter(team=of.team_id, actor=of.user_id)


def _describe_jobs(of: Membership) -> list[str]:
    unsent, sent = _jobs(of).unsent().count(), _jobs(of).sent().count()
    runs = BulkRun.objects.live().filter(team=of.team_id, actor=of.user_id).count()
    return [
        *counted_sentence(
            unsent, "unsent clone", "stops; the recording is kept", "stop; the recordings are kept"
        ),
        *counted_sentence(
            sent, "clone", "that was sent already is finished", "that were sent already are finished"
        ),
        *counted_sentence(runs, "bulk change", "stops; what is done stays", "stop; what is done stays"),
    ]


def _apply_jobs(removal: Removal) -> list[str]:
    """Fail what was not sent. The worker stops the rest: it checks the membership before each step."""
    stopped, message = 0, LEFT.format(name=removal.gone.user.shown_name)
    for job in _jobs(removal.gone).unsent():
        ended: dict[str, Any] = {"ended_at": removal.now, "lease_until": None}
        if job.move(State.FAILED, problem=NOT_ALLOWED, message=message, **ended):
            stopped += 1
            audit.record_by(removal.by, "clone.stopped", job)
    return counted_sentence(stopped, "clone", "stopped", "stopped")


def _describe_requests(of: Membership) -> list[str]:
    waiting = Approval.objects.waiting().filter(team=of.team_id, requester=of.user_id).count()
    return [f"{count(waiting, 'request')} waiting for approval: closed."] if waiting else []


def _apply_requests(removal: Removal) -> list[str]:
    closed = close_requests_of(removal.gone, now=removal.now)
    return [f"{count(closed, 'request')} for approval closed."] if closed else []


# --- links, views, invitations -----------------------------------------------------------------------


def _links(of: Membership) -> QuerySet[SpeakerRequest]:
    return SpeakerRequest.objects.filter(team=of.team_id, requester=of.user_id, state=RequestState.OPEN)


def _describe_links(of: Membership) -> list[str]:
    return counted_sentence(
        _links(of).count(), "open link", "to a speaker is withdrawn", "to speakers are withdrawn"
    )


def _apply_links(removal: Removal) -> list[str]:
    ended = {"decided_at": removal.now, "decided_by": removal.by.user}
    links = [one for one in _links(removal.gone) if one.move(RequestState.WITHDRAWN, **ended)]
    audit.record_each(removal.by, "speaker.withdrawn", links)
    return counted_sentence(len(links), "link", "to a speaker withdrawn", "to speakers withdrawn")


def _views(of: Membership) -> QuerySet[SavedView]:
    return SavedView.objects.filter(team=of.team_id, owner=of.user_id)


def _describe_views(of: Membership) -> list[str]:
    private, shared = _views(of).filter(is_shared=False).count(), _views(of).filter(is_shared=True).count()
    return [
        *counted_sentence(private, "private view", "is deleted", "are deleted"),
        *counted_sentence(shared, "shared view", "stays", "stay"),
    ]


def _apply_views(removal: Removal) -> list[str]:
    Favourite.objects.filter(user=removal.gone.user_id, voice__team=removal.gone.team_id).delete()
    private, _ = _views(removal.gone).filter(is_shared=False).delete()
    return counted_sentence(private, "private view", "deleted", "deleted")


def _describe_invitations(of: Membership) -> list[str]:
    theirs = Invitation.objects.filter(team=of.team_id, inviter=of.user_id, state=InvitationState.OPEN)
    return counted_sentence(
        theirs.count(), "open invitation", "by this member is revoked", "by this member are revoked"
    )


def _apply_invitations(removal: Removal) -> list[str]:
    return counted_sentence(
        revoke_invitations_by(removal.gone, now=removal.now), "invitation", "revoked", "revoked"
    )


def _describe_tokens(of: Membership) -> list[str]:
    tokens = ApiToken.objects.filter(membership=of.pk).live(timezone.now())
    return counted_sentence(tokens.count(), "API token", "of theirs stops working", "of theirs stop working")


def _apply_tokens(removal: Removal) -> list[str]:
    """Do nothing: a token acts through its membership, which is gone (decision 0061)."""
    return []


# In the order of the page.
STEPS = (
    Step(_describe_voices, _apply_voices),
    Step(_describe_keys, _apply_keys),
    Step(_describe_jobs, _apply_jobs),
    Step(_describe_requests, _apply_requests),
    Step(_describe_links, _apply_links),
    Step(_describe_views, _apply_views),
    Step(_describe_invitations, _apply_invitations),
    Step(_describe_tokens, _apply_tokens),
)
