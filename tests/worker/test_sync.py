"""The sync through the real worker and a real sandbox, which misbehaves where told to."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests import loopback
from tests.base import Cast
from tests.builders import make_job, make_key, make_voice
from tests.kit.fakes import NOON
from tests.sandbox.live import LiveSandbox
from tests.worker.running import work_until_idle
from voices.actions.sync.runs import request_team_sync
from voices.actions.voice.delete import finish_delete
from voices.models import (
    AltheaAccount,
    ApiKey,
    AuditEntry,
    KeyState,
    PreviewFile,
    Scope,
    SyncRun,
    SyncState,
    Team,
    Voice,
)

pytestmark = pytest.mark.django_db(transaction=True)
LIST = {"method": "GET", "path": "/api/voices"}
DEFINITION = {"lmnt": {"voiceId": "leah"}}


def call(sandbox: LiveSandbox, secret: str, method: str, path: str, **parts: Any) -> Any:
    """What the sandbox answered to somebody who is not us."""
    with stranger(sandbox, secret) as http:
        answer = http.request(method, path, **parts)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def stranger(sandbox: LiveSandbox, secret: str) -> httpx.Client:
    """Somebody else's client; one for many calls, as each new one costs 15 ms."""
    return loopback.client(base_url=sandbox.url, headers={"X-API-Key": secret})


def add(sandbox: LiveSandbox, secret: str, *names: str) -> list[str]:
    """Voices made elsewhere; their ids."""
    bodies = [{"name": name, "definition": DEFINITION} for name in names]
    with stranger(sandbox, secret) as http:
        return [http.post("/api/voices", json=body).raise_for_status().json()["voiceId"] for body in bodies]


def sync(cast: Cast) -> SyncRun:
    """The team's latest run after somebody asked and the worker did what it could."""
    request_team_sync(member=cast.ed, now=timezone.now())
    async_to_sync(work_until_idle)()
    return SyncRun.objects.order_by("created_at").last() or SyncRun()


def counts(run: SyncRun) -> tuple[int, int, int, int]:
    return run.added, run.changed, run.gone, run.unchanged


def test_sync_adds_updates_and_restores_voices(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    first, second, third = add(sandbox, secret, "First", "Second", "Third")
    run = sync(cast)
    assert (run.state, counts(run), run.message) == (SyncState.DONE, (3, 0, 0, 0), "")
    assert list(Voice.objects.order_by("-created_at").values_list("name", flat=True)) == [
        "Third",
        "Second",
        "First",
    ]
    assert {(voice.steward, voice.added_by) for voice in Voice.objects.all()} == {(key, cast.ed.user)}
    call(sandbox, secret, "PATCH", f"/api/voices/{first}", json={"name": "Renamed"})
    call(sandbox, secret, "DELETE", f"/api/voices/{second}")
    assert counts(sync(cast)) == (0, 1, 1, 1)
    assert Voice.objects.get(voice_id=first).name == "Renamed"
    assert Voice.objects.get(voice_id=second).gone_at is not None
    Voice.objects.filter(voice_id=third).update(gone_at=timezone.now())
    assert counts(sync(cast)) == (0, 1, 0, 1)
    assert Voice.objects.get(voice_id=third).gone_at is None
    assert AuditEntry.objects.filter(verb="sync.done").count() == 3
    assert counts(sync(cast)) == (0, 0, 0, 2)
    assert AuditEntry.objects.filter(verb="sync.done").count() == 3


def test_sync_keeps_a_new_voice_of_an_old_name_apart(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    [old] = add(sandbox, secret, "Marlene")
    sync(cast)
    call(sandbox, secret, "DELETE", f"/api/voices/{old}")
    [new] = add(sandbox, secret, "Marlene")
    assert counts(sync(cast)) == (1, 0, 1, 0)
    assert [Voice.objects.get(voice_id=one).gone_at is None for one in (old, new)] == [False, True]


def test_sync_follows_all_pages(sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey) -> None:
    add(sandbox, secret, *(f"Voice {number}" for number in range(205)))
    run = sync(cast)
    assert (counts(run), run.pages) == ((205, 0, 0, 0), 3)
    # Defined by a provider's id, they are billed by it: no preview until somebody asks.
    assert not PreviewFile.objects.exists()


def test_sync_makes_one_voice_for_two_keys_of_an_account(sandbox: LiveSandbox, cast: Cast) -> None:
    first, second = sandbox.keys(2)
    account = make_key(cast.ed, secret=first).account
    make_key(cast.ada, secret=second, account=account)
    add(sandbox, second, "Marlene")
    sync(cast)
    request_team_sync(member=cast.ada, now=timezone.now())
    async_to_sync(work_until_idle)()
    assert Voice.objects.count() == 1


def test_catalogue_sync_is_optional_and_separate_from_private(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    add(sandbox, secret, "Mine")
    assert sync(cast).scope == Scope.PRIVATE
    Team.objects.update(sync_catalogue=True)
    run = sync(cast)
    assert (run.scope, run.state, run.added) == (Scope.PUBLIC, SyncState.DONE, 48)
    sync(cast)
    assert not Voice.objects.exclude(gone_at=None).exists()
    assert Voice.objects.count() == 49
    assert not PreviewFile.objects.exists()  # nobody asked to hear them


def test_catalogue_is_synced_once_for_two_accounts(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    make_key(cast.ada, secret=sandbox.key())
    Team.objects.update(sync_catalogue=True)
    sync(cast)
    assert Voice.objects.filter(ownership="public").count() == 48


def test_sync_leaves_a_voice_being_cloned_to_its_job(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    make_job(cast.ed, key=key, name="Marlene", due_at=timezone.now() + timedelta(hours=1))
    add(sandbox, secret, "Marlene", "Other")
    assert counts(sync(cast)) == (1, 0, 0, 0)
    assert Voice.objects.get().name == "Other"


def test_sync_keeps_annotations_of_people(sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey) -> None:
    [voice_id] = add(sandbox, secret, "Marlene")
    job = make_job(cast.ada, key=key, name="Old", state="created")
    made = {"job": job, "sample": job.sample, "stage": "approved"}
    make_voice(cast.ada, name="Old", account=key.account, voice_id=voice_id, **made)
    assert counts(sync(cast)) == (0, 1, 0, 0)
    voice = Voice.objects.get()
    assert (voice.name, voice.job, voice.sample, voice.stage) == ("Marlene", job, job.sample, "approved")
    assert (voice.added_by, voice.steward) == (cast.ada.user, key)


def test_words_changed_at_althea_lose_their_editor(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    renamed, other = add(sandbox, secret, "Marlene", "Sora")
    sync(cast)
    Voice.objects.update(edited_by=cast.ed.user, edited_at=NOON)
    call(sandbox, secret, "PATCH", f"/api/voices/{renamed}", json={"name": "Elsewhere"})
    Voice.objects.filter(voice_id=other).update(gone_at=NOON)  # a change, but not of its words
    assert counts(sync(cast)) == (0, 2, 0, 0)
    editors = dict(Voice.objects.values_list("voice_id", "edited_by"))
    assert editors == {renamed: None, other: cast.ed.user.pk}


def test_fresh_clone_missing_from_a_late_list_is_not_gone(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    job = make_job(cast.ed, key=key, state="created")
    make_voice(cast.ed, account=key.account, job=job, created_at=timezone.now() - timedelta(minutes=5))
    assert counts(sync(cast)) == (0, 0, 0, 0)
    Voice.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    assert counts(sync(cast)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"effect": "html"}, ("garbled", "not JSON")),
        ({"effect": "status", "status": 200, "body": {"results": "none"}}, ("garbled", "no results")),
        ({"effect": "huge", "size": 5_000_000}, ("garbled", "too long")),
        (
            {"effect": "status", "status": 403, "body": {"detail": "No"}},
            ("forbidden", "though the key works"),
        ),
        (
            {"effect": "status", "status": 403, "body": "<h1>Forbidden</h1>"},
            ("blocked", "blocked the request"),
        ),
        ({"effect": "unpaid"}, ("no_allowance", "subscription")),
    ],
)
def test_sync_explains_a_malformed_answer(
    sandbox: LiveSandbox, cast: Cast, key: ApiKey, fault: dict[str, Any], told: tuple[str, str]
) -> None:
    make_voice(cast.ed, account=key.account, created_at=timezone.now() - timedelta(days=1))
    sandbox.fault(**LIST, **fault)
    run = sync(cast)
    assert (run.state, run.problem) == (SyncState.FAILED, told[0])
    assert told[1] in run.message
    assert Voice.objects.get().gone_at is None


def test_sync_marks_a_refused_key_and_stops_using_it(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    sandbox.revoke(secret)
    sync(cast)
    key.refresh_from_db()
    assert key.state == KeyState.REFUSED
    assert request_team_sync(member=cast.ed, now=timezone.now()) == []


def test_sync_ends_if_its_key_was_removed(cast: Cast, key: ApiKey) -> None:
    [run] = request_team_sync(member=cast.ed, now=timezone.now())
    ApiKey.objects.update(state=KeyState.REMOVED)
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    assert run.state == SyncState.FAILED
    assert "Add one" in run.message


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "throttle", "seconds": 30},
        {"effect": "drop"},
        {"effect": "status", "status": 502, "body": "<p>"},
    ],
)
def test_sync_retries_temporary_problems(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey, fault: dict[str, Any]
) -> None:
    add(sandbox, secret, *(f"Voice {number}" for number in range(101)))
    sandbox.fault(**LIST, **fault, skip=1)
    run = sync(cast)
    assert (run.state, run.attempts, run.added) == (SyncState.QUEUED, 1, 100)
    assert run.due_at > timezone.now()
    run = sync(cast)
    assert (run.state, counts(run)) == (SyncState.DONE, (101, 0, 0, 100))


def test_sync_of_a_circular_list_ends_and_keeps_its_voices(
    sandbox: LiveSandbox, cast: Cast, key: ApiKey
) -> None:
    page = {"results": [{"voiceId": "one", "name": "One", "provider": "Brand New"}, {"name": "No id"}]}
    page["next"] = f"{sandbox.url}/api/voices?cursor=again"  # type: ignore[assignment]  # a page as it comes
    make_voice(cast.ed, account=key.account, created_at=timezone.now() - timedelta(days=1))
    sandbox.fault(**LIST, effect="status", status=200, body=page, times=None)
    run = sync(cast)
    assert (run.state, counts(run), run.pages) == (SyncState.FAILED, (1, 0, 0, 0), 2)
    assert "repeats itself" in run.message
    assert not Voice.objects.exclude(gone_at=None).exists()
    assert Voice.objects.get(voice_id="one").provider == "Brand New"


def test_sync_reports_unreadable_entries_and_marks_none_gone(
    sandbox: LiveSandbox, cast: Cast, key: ApiKey
) -> None:
    make_voice(cast.ed, account=key.account, created_at=timezone.now() - timedelta(days=1))
    sandbox.fault(
        **LIST, effect="status", status=200, body={"results": [{"voiceId": str(uuid4())}], "next": None}
    )
    run = sync(cast)
    assert (run.state, run.gone) == (SyncState.DONE, 0)
    assert "could not be read" in run.message


def test_sync_restarts_after_a_worker_crash(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    add(sandbox, secret, "Marlene")
    [run] = request_team_sync(member=cast.ed, now=timezone.now())
    dead = timezone.now() - timedelta(seconds=1)
    SyncRun.objects.update(state=SyncState.RUNNING, lease_holder="dead", lease_until=dead, pages=4)
    async_to_sync(work_until_idle)()
    run.refresh_from_db()
    assert (run.state, run.added, run.pages, run.crashes) == (SyncState.DONE, 1, 1, 1)


def test_sync_fails_after_repeated_crashes(sandbox: LiveSandbox, cast: Cast, key: ApiKey) -> None:
    request_team_sync(member=cast.ed, now=timezone.now())
    SyncRun.objects.update(crashes=5)
    async_to_sync(work_until_idle)()
    assert SyncRun.objects.get().state == SyncState.FAILED
    assert sandbox.log(**LIST) == []


def test_sync_fetches_previews_of_private_voices_if_free(
    sandbox: LiveSandbox, cast: Cast, key: ApiKey
) -> None:
    styles = {"free": "VOICE_BILLING_STYLE_INCLUDED", "paid": "VOICE_BILLING_STYLE_EXTERNAL"}
    voices = [{"voiceId": one, "name": one, "billingStyle": style} for one, style in styles.items()]
    sandbox.fault(**LIST, effect="status", status=200, body={"results": voices, "next": None})
    sync(cast)
    assert PreviewFile.objects.get().voice.name == "free"


def test_sync_restores_a_deleted_voice_only_if_still_listed(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    add(sandbox, secret, "Undead")
    sync(cast)
    assert finish_delete(member=cast.ed, voice=Voice.objects.get(), now=timezone.now())
    assert counts(sync(cast)) == (0, 0, 0, 1)
    assert Voice.objects.get().deleted_at is not None
    assert not PreviewFile.objects.exists()
    long_ago = timezone.now() - timedelta(minutes=20)
    Voice.objects.update(deleted_at=long_ago, changed_at=long_ago)
    assert counts(sync(cast)) == (0, 1, 0, 0)
    voice = Voice.objects.get()
    assert (voice.deleted_at, voice.deleted_by) == (None, None)


def test_sync_never_marks_a_tombstone_as_gone(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    [voice_id] = add(sandbox, secret, "First")
    sync(cast)
    call(sandbox, secret, "DELETE", f"/api/voices/{voice_id}")
    Voice.objects.update(created_at=timezone.now() - timedelta(days=1))
    finish_delete(member=cast.ed, voice=Voice.objects.get(), now=timezone.now())
    assert counts(sync(cast)) == (0, 0, 0, 0)
    assert Voice.objects.get().gone_at is None


def test_sync_updates_the_voice_limit_of_the_account(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    told = call(sandbox, secret, "GET", "/api/accounts/me")
    row = AltheaAccount.objects.get()
    AltheaAccount.objects.update(account_id=told["accountId"], allowed_voices=1)
    sync(cast)
    row.refresh_from_db()
    assert row.allowed_voices == told["allowedVoices"] != 1
    AltheaAccount.objects.update(account_id="another", allowed_voices=1)
    assert sync(cast).state == SyncState.DONE
    row.refresh_from_db()
    assert row.allowed_voices == 1


def test_sync_keeps_the_list_if_the_account_cannot_be_read(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey
) -> None:
    add(sandbox, secret, "Marlene")
    sandbox.fault(effect="status", status=500, body="<p>", method="GET", path="/api/accounts/me", times=None)
    run = sync(cast)
    assert (run.state, run.added) == (SyncState.DONE, 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "status", "status": 200, "body": "<html>maintenance</html>"},
        {"effect": "status", "status": 500, "body": "<p>"},
        {"effect": "drop"},
        {"effect": "throttle", "seconds": 30},
        {"effect": "status", "status": 401, "body": {"detail": "Invalid API key"}},
    ],
)
def test_sync_of_a_broken_list_marks_nothing_as_gone(
    sandbox: LiveSandbox, cast: Cast, secret: str, key: ApiKey, fault: dict[str, Any]
) -> None:
    make_voice(cast.ed, account=key.account, created_at=timezone.now() - timedelta(days=1))
    add(sandbox, secret, *(f"Voice {number}" for number in range(101)))
    sandbox.fault(**LIST, **fault, skip=1)
    run = sync(cast)
    assert (run.added, run.gone) == (100, 0)
    assert run.state in {SyncState.QUEUED, SyncState.FAILED}
    assert run.message
    assert not Voice.objects.exclude(gone_at=None).exists()
