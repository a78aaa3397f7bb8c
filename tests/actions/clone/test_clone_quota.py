"""The clone quota: a member's clones of a calendar month, whichever way they are asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.actions.approvals.helpers import clone, turn_on
from tests.base import Cast, make_cast
from tests.builders import make_batch, make_job, make_key, make_request, make_sample, make_voice
from tests.kit.fakes import NOON
from tests.models.at_once import at_once
from voices.access import clone_quota_of
from voices.actions.clone.batches import row_token, submit_row
from voices.actions.clone.reclone import reclone
from voices.actions.clone.submit import QuotaReachedError, retry_clone
from voices.actions.consents.stating import draft_consent
from voices.actions.speakers.deciding import accept_recording
from voices.models import CloneJob, Membership, RowState, State, Team

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def allow(team: Team, number: int) -> None:
    Team.objects.filter(pk=team.pk).update(monthly_clones=number)
    team.monthly_clones = number


def own(member: Membership) -> dict[str, Any]:
    return {"consent": draft_consent(team=member.team, basis="own")}


def form(member: Membership, **facts: Any) -> dict[str, Any]:
    given = {"name": "Marlene", "description": "", "language": "en", "form_token": uuid4(), **own(member)}
    return given | {"key": make_key(member)} | facts


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"state": State.READY}, 1),
        ({"state": State.HELD}, 1),
        ({"state": State.UNKNOWN}, 1),
        ({"state": State.CREATED, "ended_at": MARCH}, 1),
        ({"state": State.CREATED, "ended_at": MARCH - timedelta(seconds=1)}, 0),
        ({"state": State.FAILED, "ended_at": NOON}, 0),
        ({"state": State.CANCELLED, "ended_at": NOON}, 0),
    ],
)
def test_quota_counts_what_is_under_way_or_was_created(cast: Cast, facts: Any, counts: int) -> None:
    allow(cast.northwind, 20)
    make_job(cast.ed, **facts)
    make_job(cast.ada, name="Hers")
    quota = clone_quota_of(cast.ed, NOON)
    assert quota is not None
    assert (quota.used, quota.allowed, quota.renews_at) == (counts, 20, datetime(2026, 4, 1, tzinfo=UTC))


def test_quota_month_ends_in_utc_and_the_year_turns(cast: Cast) -> None:
    allow(cast.northwind, 1)
    quota = clone_quota_of(cast.ed, datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert quota is not None
    assert quota.renews_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_team_without_a_limit_has_no_quota(cast: Cast) -> None:
    assert clone_quota_of(cast.ed, NOON) is None


def test_submit_over_the_quota_says_when_and_whom_to_ask(cast: Cast) -> None:
    allow(cast.northwind, 1)
    clone(cast.ed)
    with pytest.raises(QuotaReachedError) as refused:
        clone(cast.ed, name="Another")
    assert str(refused.value) == (
        "You've used your 1 clone for this month. You can clone again on 1 April (UTC), "
        "or ask Ada to raise the limit."
    )
    clone(cast.ada, name="Hers")


def test_quota_is_free_again_in_the_next_month(cast: Cast) -> None:
    allow(cast.northwind, 1)
    clone(cast.ed).move(State.CANCELLED)
    made = clone(cast.ed)
    CloneJob.objects.filter(pk=made.pk).update(state=State.CREATED, ended_at=NOON)
    with pytest.raises(QuotaReachedError):
        clone(cast.ed, name="Another")
    clone(cast.ed, name="Another", now=datetime(2026, 4, 1, tzinfo=UTC))


def test_held_clone_counts_before_it_is_approved(cast: Cast) -> None:
    turn_on(cast.northwind)
    allow(cast.northwind, 1)
    assert clone(cast.ed).state == State.HELD
    with pytest.raises(QuotaReachedError):
        clone(cast.ed, name="Another")


def test_retry_over_the_quota_is_refused(cast: Cast) -> None:
    failed = make_job(cast.ed, state=State.FAILED, problem="not_sent")
    allow(cast.northwind, 0)
    with pytest.raises(QuotaReachedError):
        retry_clone(member=cast.ed, job=failed, now=NOON)


def test_clone_again_over_the_quota_is_refused(cast: Cast) -> None:
    allow(cast.northwind, 0)
    gone = make_voice(cast.ada, gone_at=NOON, sample=make_sample(cast.ada))
    with pytest.raises(QuotaReachedError):
        reclone(member=cast.ada, voice=gone, now=NOON, **form(cast.ada))


def test_accepted_recording_is_cloned_within_the_quota(cast: Cast) -> None:
    allow(cast.northwind, 0)
    received = {
        "state": "received",
        "sample": make_sample(cast.ed),
        "received_at": NOON,
        "signed_name": "Ana",
    }
    asked = accept_recording(member=cast.ed, request=make_request(cast.ed, **received), now=NOON)
    with pytest.raises(QuotaReachedError):
        clone(cast.ed, consent=asked.consent, sample=asked.sample)


def test_rows_of_a_batch_go_as_far_as_the_quota(cast: Cast) -> None:
    allow(cast.northwind, 2)
    batch = make_batch(cast.ed, "Anna", "Bea", "Cleo")
    for row in batch.rows.all():
        values = form(cast.ed, key=batch.key, name=row.name, form_token=row_token(row))
        submit_row(member=cast.ed, row=row, now=NOON, **values)
    first, second, third = batch.rows.all()
    assert [first.state, second.state, third.state] == [
        RowState.SUBMITTED,
        RowState.SUBMITTED,
        RowState.READY,
    ]
    assert third.message.startswith("You've used your 2 clones for this month.")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_cannot_pass_the_quota_together() -> None:
    ed = make_cast().ed
    allow(ed.team, 1)
    key, samples = make_key(ed), [make_sample(ed) for _ in range(4)]

    def send(number: int) -> str:
        member = Membership.objects.select_related("team", "user").get(pk=ed.pk)
        try:
            facts = {"key": key, "sample": samples[number], "name": f"Voice {number}", **own(member)}
            return clone(member, now=timezone.now(), **facts).state
        except QuotaReachedError:
            return "refused"

    assert sorted(at_once(send)) == ["ready", "refused", "refused", "refused"]


@pytest.mark.django_db(transaction=True)
def test_form_sent_twice_at_the_quota_is_one_clone() -> None:
    ed = make_cast().ed
    allow(ed.team, 1)
    facts = {"key": make_key(ed), "sample": make_sample(ed), "form_token": uuid4()}
    jobs = at_once(lambda _: clone(ed, **facts), count=2)
    assert jobs[0] == jobs[1] == CloneJob.objects.get()
