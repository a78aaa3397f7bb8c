"""Leaving a team: what is said before, and what becomes of keys, work under way, links and views."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.base import Cast
from tests.builders import (
    make_account,
    make_bulk_run,
    make_invitation,
    make_job,
    make_key,
    make_order,
    make_request,
    make_voice,
)
from voices.access import TokenRefusedError, find_token, member_of
from voices.actions.clone.steps import begin_send
from voices.actions.clone.submit import can_retry
from voices.actions.members.leaving import consequences_of_leaving, remove_member
from voices.actions.tokens.store import make_api_token
from voices.actions.work import RetryPolicy, WorkerContext
from voices.kit.api_tokens import token_digest
from voices.models import AuditEntry, CloneJob, Membership, SavedView, SpeakerRequest, State, Voice

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def remove_ed(cast: Cast) -> list[str]:
    return remove_member(member=cast.ada, of=cast.ed, now=NOON)


def test_member_who_owns_nothing_leaves_nothing(cast: Cast) -> None:
    assert consequences_of_leaving(cast.ed) == []
    assert remove_ed(cast) == []
    assert not Membership.objects.filter(pk=cast.ed.pk).exists()
    entry = AuditEntry.objects.get(verb="member.removed")
    assert (entry.actor_id, entry.thing_name, entry.facts) == (
        cast.ada.user_id, "Ed", {"role": "editor", "done": []},
    )  # fmt: skip


def test_tokens_of_who_leaves_stop_working(cast: Cast) -> None:
    now = timezone.now()
    _, value = make_api_token(
        member=cast.ed, name="CI", scopes=["read"], expires_at=now + timedelta(days=7), now=now
    )
    assert consequences_of_leaving(cast.ed) == ["1 API token of theirs stops working."]
    remove_ed(cast)
    with pytest.raises(TokenRefusedError):
        member_of(find_token(token_digest(value), now=now))


def test_anybody_may_leave_but_not_remove_others(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        remove_member(member=cast.vera, of=cast.ed, now=NOON)
    remove_member(member=cast.vera, of=cast.vera, now=NOON)
    assert AuditEntry.objects.get().verb == "member.left"


def test_voices_pass_to_another_members_key(cast: Cast) -> None:
    account = make_account(name="Northwind Ltd")
    mine, hers = (make_key(one, account=account, label="Main") for one in (cast.ed, cast.ada))
    voice = make_voice(cast.ed, account=account, steward=mine, origin="cloned")
    assert consequences_of_leaving(cast.ed) == [
        "1 cloned voice stays in the library.",
        "1 key is no longer used for this team.",
        "In Northwind Ltd: 1 voice passes to Ada's key “Main”.",
    ]
    assert remove_ed(cast) == ["1 voice passed to Ada's key “Main”."]
    voice.refresh_from_db()
    assert (voice.steward, voice.added_by) == (hers, cast.ed.user)


def test_voices_without_another_key_have_none(cast: Cast) -> None:
    key = make_key(cast.ed)
    make_key(cast.ada, account=key.account, state="refused")
    voice = make_voice(cast.ed, account=key.account, steward=key)
    assert "In Northwind: 1 voice has no key until someone adds one and syncs." in consequences_of_leaving(
        cast.ed
    )
    assert remove_ed(cast) == ["1 voice left without a key."]
    assert Voice.objects.get(pk=voice.pk).steward is None


def test_voices_of_other_teams_keep_the_key(cast: Cast) -> None:
    key = make_key(cast.ed)
    elsewhere = Membership.objects.create(team=cast.southwind, user=cast.ed.user, role="editor")
    voice = make_voice(elsewhere, account=key.account, steward=key)
    remove_ed(cast)
    assert Voice.objects.get(pk=voice.pk).steward == key


def test_unsent_clones_stop_and_sent_ones_finish(cast: Cast) -> None:
    key = make_key(cast.ed)
    states = {"Ready": State.READY, "Waiting": State.WAITING, "Sent": State.SENDING, "Unknown": State.UNKNOWN}
    jobs = {name: make_job(cast.ed, key=key, name=name, state=state) for name, state in states.items()}
    make_bulk_run(cast.ed)
    assert consequences_of_leaving(cast.ed)[1:] == [
        "2 unsent clones stop; the recordings are kept.",
        "2 clones that were sent already are finished.",
        "1 bulk change stops; what is done stays.",
    ]
    assert remove_ed(cast) == ["2 clones stopped."]
    after = {name: CloneJob.objects.get(pk=job.pk) for name, job in jobs.items()}
    assert [after[name].state for name in states] == ["failed", "failed", "sending", "unknown"]
    assert after["Ready"].message.startswith("Ed left the team before this was sent.")
    assert not can_retry(after["Ready"])
    assert AuditEntry.objects.filter(verb="clone.stopped").count() == 2


@pytest.mark.parametrize("change", [{"role": "viewer"}, None])
def test_worker_sends_nothing_for_who_may_not_clone(cast: Cast, change: dict[str, str] | None) -> None:
    job = make_job(cast.ed, lease_holder="one", lease_until=NOON)
    mine = Membership.objects.filter(pk=cast.ed.pk)
    if change:
        mine.update(**change)
    else:
        mine.delete()
    assert not begin_send(job, WorkerContext("one", RetryPolicy(), lambda: NOON))
    job.refresh_from_db()
    assert (job.state, job.problem, job.sent_at) == ("failed", "not_allowed", None)


def test_links_views_and_invitations_end_with_the_member(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.ed.pk).update(role="admin")
    asked, invited = make_request(cast.ed), make_invitation(cast.ed)
    received = make_request(cast.ed, state="received")
    shared = make_order(cast.ed, make_voice(cast.ed)).view
    SavedView.objects.create(team=cast.northwind, owner=cast.ed.user, name="Mine")
    assert consequences_of_leaving(cast.ed) == [
        "1 open link to a speaker is withdrawn.",
        "1 private view is deleted.",
        "1 shared view stays.",
        "1 open invitation by this member is revoked.",
    ]
    assert remove_ed(cast) == [
        "1 link to a speaker withdrawn.",
        "1 private view deleted.",
        "1 invitation revoked.",
    ]
    assert SpeakerRequest.objects.get(pk=asked.pk).state == "withdrawn"
    assert SpeakerRequest.objects.get(pk=received.pk).state == "received"
    assert list(SavedView.objects.all()) == [shared]
    invited.refresh_from_db()
    assert invited.state == "revoked"
