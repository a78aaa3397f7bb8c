"""What needs a hand: each kind appears with what to do, and disappears when it is done."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.base import Cast, member
from tests.builders import make_account, make_job, make_key, make_sample, make_voice
from voices.actions.clone.submit import dismiss_clone
from voices.actions.voice.changed import voices_changed
from voices.library.dashboard.attention.base import Item
from voices.library.dashboard.contents import items_of
from voices.library.dashboard.period import parse_period
from voices.library.dashboard.reading import Reading
from voices.library.dashboard.registry import attention
from voices.models import (
    ApiKey,
    CloneJob,
    HealthRound,
    KeyState,
    Membership,
    Role,
    RoundState,
    SlotSample,
    State,
    SyncRun,
    SyncState,
    Voice,
    WorkerProcess,
)

NOW = timezone.now()


def items(cast: Cast, kind: str) -> list[Item]:
    """What Ada is shown of that kind."""
    Membership.objects.get(pk=cast.ada.pk)
    cast.ada.team.refresh_from_db()
    reading = Reading(cast.ada, parse_period({}, today=NOW.date()), NOW)
    return list(attention()[kind].find(reading))


def sentences(cast: Cast, kind: str) -> list[str]:
    return [f"{one.name} {one.sentence}".strip() for one in items(cast, kind)]


def test_quiet_team_needs_nothing_but_a_worker(cast: Cast) -> None:
    reading = Reading(cast.ada, parse_period({}, today=NOW.date()), NOW)
    assert [one.sentence for one in items_of(reading)] == [
        "No worker is running, so clones, syncs and previews are waiting."
    ]


def test_worker_is_missed_after_a_minute(cast: Cast) -> None:
    row = WorkerProcess.objects.create(
        name="one", host="here", pid=1, started_at=NOW, seen_at=NOW - timedelta(seconds=61)
    )
    assert [one.at for one in items(cast, "worker")] == [row.seen_at]
    WorkerProcess.objects.update(seen_at=NOW - timedelta(seconds=59))
    assert items(cast, "worker") == []


def test_refused_key_names_its_owner_and_what_to_do(cast: Cast) -> None:
    key = make_key(cast.ed, label="Films", state=KeyState.REFUSED)
    (found,) = items(cast, "keys")
    assert (found.sentence, found.action) == ("Althea refuses Ed's key “Films”.", None)
    assert found.detail == "Ask Ed to replace it."
    ApiKey.objects.filter(pk=key.pk).update(owner=cast.ada.user)
    (own,) = items(cast, "keys")
    assert own.action is not None
    assert own.action.link.route == "voices:key-replace"
    ApiKey.objects.filter(pk=key.pk).update(state=KeyState.OK)
    assert items(cast, "keys") == []


def test_refused_key_of_another_team_is_not_shown(cast: Cast) -> None:
    make_key(cast.sam, state=KeyState.REFUSED)
    both = member(cast.northwind, "Bo", Role.EDITOR)
    Membership.objects.create(team=cast.southwind, user=both.user, role=Role.EDITOR)
    key = make_key(both, state=KeyState.REFUSED)
    assert items(cast, "keys") == []
    make_voice(cast.ed, account=key.account)
    assert len(items(cast, "keys")) == 1


@pytest.fixture
def common(cast: Cast) -> dict[str, Any]:
    return {"key": make_key(cast.ed), "sample": make_sample(cast.ed)}


def test_failed_and_unknown_clones_have_their_button(cast: Cast, common: dict[str, Any]) -> None:
    failed = make_job(
        cast.ed, name="One", state=State.FAILED, problem="not_sent", message="Nothing there.", **common
    )
    taken = make_job(cast.ed, name="Two", state=State.FAILED, problem="name_taken", **common)
    unknown = make_job(cast.ed, name="Three", state=State.UNKNOWN, **common)
    make_job(cast.ed, name="Made", state=State.CREATED, **common)
    found = {one.name: one for one in items(cast, "clones")}
    routes = {name: one.action.link.route for name, one in found.items() if one.action}
    assert routes == {
        "One": "voices:clone-retry", "Two": "voices:clone-job", "Three": "voices:clone-look",
    }  # fmt: skip
    assert (found["One"].sentence, found["One"].detail) == (
        "failed, started by Ed: Althea unreachable.", "Nothing there.",
    )  # fmt: skip
    dismiss_clone(member=cast.ada, job=taken, now=NOW)
    failed.move(State.READY, ended_at=None)
    unknown.move(State.CREATED, ended_at=NOW)
    assert items(cast, "clones") == []


def test_clones_beyond_five_are_one_line(cast: Cast, common: dict[str, Any]) -> None:
    for number in range(7):
        make_job(cast.ed, name=f"Clone {number}", state=State.FAILED, **common)
    found = items(cast, "clones")
    assert (len(found), found[-1].sentence) == (6, "2 more clones failed.")
    CloneJob.objects.update(created_at=NOW - timedelta(days=31))
    assert items(cast, "clones") == []


def runs(cast: Cast, *states: SyncState) -> Iterator[SyncRun]:
    """Runs of one account that ended so, the last one last."""
    account = make_account(name="Studio")
    for number, state in enumerate(states):
        facts = {"due_at": NOW, "ended_at": NOW, "state": state, "message": "Althea could not be reached."}
        run = SyncRun.objects.create(team=cast.northwind, account=account, problem="not_sent", **facts)
        SyncRun.objects.filter(pk=run.pk).update(created_at=NOW - timedelta(hours=9 - number))
        yield run


def test_sync_that_failed_twice_in_a_row_is_shown(cast: Cast) -> None:
    list(runs(cast, SyncState.DONE, SyncState.FAILED))
    assert items(cast, "syncs") == []
    list(runs(cast, SyncState.FAILED, SyncState.DONE, SyncState.FAILED, SyncState.FAILED))
    assert sentences(cast, "syncs") == ["Studio could not be synced 2 times in a row."]
    SyncRun.objects.update(state=SyncState.DONE)
    assert items(cast, "syncs") == []


@pytest.mark.parametrize(
    ("used", "found"),
    [(8, []), (9, ["Studio is nearly full: 9 of 10 voices."]), (10, ["Studio is full: 10 of 10 voices."])],
)
def test_account_is_shown_from_90_percent_on(cast: Cast, used: int, found: list[str]) -> None:
    account = make_account(name="Studio")
    for days, count in ((1, 10), (0, used)):
        day = NOW.date() - timedelta(days=days)
        SlotSample.objects.create(
            team=cast.northwind, account=account, day=day, used=count, allowed=10, taken_at=NOW
        )
    assert sentences(cast, "slots") == found


def test_resting_account_is_shown_with_what_althea_said(cast: Cast) -> None:
    account = make_account(name="Studio")
    checks = HealthRound.objects.create(
        account=account, due_at=NOW, state=RoundState.PAUSED, problem="No allowance left."
    )
    for team, day in ((cast.northwind, NOW), (cast.southwind, NOW - timedelta(days=3))):
        SlotSample.objects.create(team=team, account=account, day=day.date(), used=1, taken_at=day)
    (found,) = items(cast, "checks")
    assert f"{found.name} {found.sentence}" == (
        "Studio isn't being checked right now, so failing voices could go unnoticed."
    )
    assert found.detail == "No allowance left. Voice Studio will try again automatically."
    # Southwind has used the account until three days ago.
    reading = Reading(cast.sam, parse_period({}, today=NOW.date()), NOW)
    assert list(attention()["checks"].find(reading)) == []
    HealthRound.objects.filter(pk=checks.pk).update(state=RoundState.CHECKING)
    assert items(cast, "checks") == []


def test_ageing_models_are_shown_until_no_voice_names_them(cast: Cast) -> None:
    facts: dict[str, dict[str, Any]] = {
        "A": {"model": "sonic"}, "B": {"model": "sonic"}, "C": {"model": "aurora"}, "D": {"model": "sonic-3.5"},
        "Retired": {"model": "sonic", "stage": "retired"}, "Public": {"model": "sonic", "ownership": "public"},
    }  # fmt: skip
    for name, given in facts.items():
        make_voice(cast.ed, name=name, **given)
    make_voice(cast.sam, name="Other", model="sonic-english")
    voices_changed(cast.northwind.pk)
    found = items(cast, "models")
    assert [(f"{one.name} {one.sentence}", one.detail, one.tone) for one in found] == [
        ("sonic was retired on 1 June 2026: 2 voices use it.", "Cartesia recommends sonic-3.5.", "bad"),
        ("aurora is deprecated: 1 voice uses it.", "LMNT recommends blizzard.", "warn"),
    ]
    assert [one.action and one.action.link.query for one in found] == [
        (("model", "sonic"),), (("model", "aurora"),),
    ]  # fmt: skip
    Voice.objects.update(model="sonic-3.5")
    voices_changed(cast.northwind.pk)
    assert items(cast, "models") == []


def test_voices_are_shown_until_somebody_cared(cast: Cast) -> None:
    make_voice(cast.ed, name="Gone", gone_at=NOW, consent_state="recorded")
    make_voice(cast.ed, name="Mute", health="failing", consent_state="recorded")
    make_voice(cast.ed, name="Late", consent_state="expiring")
    make_voice(cast.ed, name="Ended", consent_state="ended")
    make_voice(cast.ed, name="None", consent_state="missing")
    make_voice(cast.ed, name="Public", consent_state="missing", ownership="public")
    make_voice(cast.sam, name="Other", gone_at=NOW)
    voices_changed(cast.northwind.pk)
    found = items(cast, "voices")
    assert [one.sentence for one in found] == [
        "1 voice is missing at Althea.",
        "1 voice can't be played.",
        "1 voice is in quarantine.",
        "1 voice is covered by consent for less than 30 days.",
        "1 voice is not covered by a recorded consent.",
    ]
    assert [one.action.link.query for one in found if one.action] == [
        (("gone", "gone"),),
        (("health", "failing"),),
        (("consent", "ended"),),
        (("consent", "expiring"),),
        (("consent", "missing"), ("ownership", "private")),
    ]
    Voice.objects.update(gone_at=None, health="good", consent_state="recorded")
    voices_changed(cast.northwind.pk)
    assert items(cast, "voices") == []
