"""Who asks for a sync, when, with whose key; and that an account is read once at a time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_key, make_voice
from voices.actions.keys.store import add_key
from voices.actions.sync.runs import (
    delete_old_sync_runs,
    key_for,
    keys_of,
    request_sync,
    request_team_sync,
    schedule_syncs,
)
from voices.actions.voice.delete import remove_gone_voice
from voices.althea import Account
from voices.kit.secret import Secret
from voices.models import ApiKey, AuditEntry, KeyState, Membership, SyncRun, SyncState, Voice

NOW = timezone.now()


def end(run: SyncRun, **facts: object) -> None:
    SyncRun.objects.filter(pk=run.pk).update(state=SyncState.DONE, **{"ended_at": NOW, **facts})


def test_sync_makes_one_run_for_two_keys_of_an_account(cast: Cast) -> None:
    account = make_account()
    make_key(cast.ed, account=account)
    own = make_key(cast.ada, account=account)
    [run] = request_team_sync(member=cast.ada, now=NOW)
    assert run.key == own  # the asking person's own goes first
    assert request_team_sync(member=cast.ed, now=NOW) == [run]
    assert SyncRun.objects.count() == 1


def test_sync_uses_only_working_keys_of_the_team(cast: Cast) -> None:
    make_key(cast.ed, state=KeyState.REFUSED)
    make_key(cast.ed, state=KeyState.UNKNOWN, account=None)
    make_key(cast.sam)
    assert request_team_sync(member=cast.ed, now=NOW) == []


def test_sync_keeps_an_account_out_of_a_persons_second_team(cast: Cast) -> None:
    Membership.objects.create(user=cast.ed.user, team=cast.southwind, role="editor")
    key = make_key(cast.ed)
    assert not keys_of(cast.northwind).exists()
    make_voice(cast.ed, account=key.account)
    assert list(keys_of(cast.northwind)) == [key]
    assert not keys_of(cast.southwind).exists()


def test_sync_continues_with_a_teammates_key_after_a_refusal(cast: Cast) -> None:
    account = make_account()
    first, second = make_key(cast.ed, account=account), make_key(cast.ada, account=account)
    run = request_sync(team=cast.northwind, key=first, now=NOW)
    assert run is not None
    assert key_for(run) == first
    ApiKey.objects.update(state=KeyState.REFUSED)
    assert key_for(run) == first  # it is tried before it is used
    ApiKey.objects.update(state=KeyState.REMOVED)
    assert key_for(run) is None
    ApiKey.objects.filter(pk=first.pk).update(state=KeyState.REFUSED)
    ApiKey.objects.filter(pk=second.pk).update(state=KeyState.OK)
    assert key_for(run) == second


def test_sync_request_makes_a_waiting_run_due_at_once(cast: Cast) -> None:
    make_key(cast.ed)
    [run] = request_team_sync(member=cast.ed, now=NOW + timedelta(hours=1))
    request_team_sync(member=cast.ed, now=NOW)
    run.refresh_from_db()
    assert run.due_at == NOW


def test_scheduled_sync_runs_hourly_unless_switched_off(cast: Cast) -> None:
    make_key(cast.ed)
    assert schedule_syncs(now=NOW, hours=0) == 0
    assert schedule_syncs(now=NOW, hours=1) == 1
    assert schedule_syncs(now=NOW + timedelta(hours=9), hours=1) == 0  # it is still under way
    end(SyncRun.objects.get())
    assert schedule_syncs(now=NOW + timedelta(minutes=53), hours=1) == 0
    assert schedule_syncs(now=NOW + timedelta(minutes=67), hours=1) == 1


def test_scheduled_syncs_of_teams_are_spread(cast: Cast) -> None:
    keys = [make_key(cast.ed) for _ in range(40)]
    for key in keys:
        run = request_sync(team=cast.northwind, key=key, now=NOW)
        assert run is not None
        end(run)
    assert 0 < schedule_syncs(now=NOW + timedelta(hours=1), hours=1) < len(keys)


def test_adding_a_key_starts_a_sync_only_if_the_key_works(cast: Cast) -> None:
    account = Account.from_json({"accountId": "a1", "name": "Northwind"})
    common = {"member": cast.ed, "label": "Key", "endpoint": "sandbox"}
    key = add_key(**common, secret=Secret("Zk9Ht7Lm.one"), ask=lambda *_, **__: account)
    run = SyncRun.objects.get()
    assert (run.account, run.team, run.wanted_by) == (key.account, cast.northwind, cast.ed.user)


def test_sync_sweep_keeps_the_last_run_of_an_account(cast: Cast) -> None:
    key = make_key(cast.ed)
    for _ in range(3):
        run = request_sync(team=cast.northwind, key=key, now=NOW)
        assert run is not None
        end(run, ended_at=NOW - timedelta(days=40))
    assert delete_old_sync_runs(now=NOW) == 2
    assert SyncRun.objects.get() == run


def test_remove_gone_voice_accepts_only_gone_voices(cast: Cast) -> None:
    voice = make_voice(cast.ed)
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOW)
    Voice.objects.update(gone_at=NOW)
    assert remove_gone_voice(member=cast.ed, voice=voice, now=NOW)
    assert not remove_gone_voice(member=cast.ed, voice=voice, now=NOW)
    assert not Voice.objects.of_team(cast.northwind).exists()
    assert AuditEntry.objects.filter(verb="voice.removed").count() == 1


@pytest.mark.parametrize("role", ["ed", "ada"])
def test_sync_request_is_audited(cast: Cast, role: str) -> None:
    make_key(cast.ed)
    request_team_sync(member=getattr(cast, role), now=NOW)
    assert AuditEntry.objects.get(verb="sync.asked").actor == getattr(cast, role).user
