"""What answers do to a key, end to end: the real worker against the real sandbox, which refuses where told to."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_job, make_key, make_voice
from tests.sandbox_voices import Living
from tests.worker.running import work_until_idle
from voices.actions.sync.runs import request_team_sync, schedule_syncs
from voices.models import ApiKey, AuditEntry, CloneJob, KeyState, PreviewFile, SyncRun, SyncState

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = {
    "clone": {"method": "POST", "path": "/api/voices"},
    "look-up": {"method": "GET", "path": "/api/voices"},
    "sync": {"method": "GET", "path": "/api/voices"},
    "preview": {"method": "GET", "path": "/api/voices/[^/]+/preview"},
}
PAGES: dict[str, Any] = {
    "permission": {"detail": "You do not have permission to perform this action."},
    "plan": {"detail": "This feature is not available on your plan."},
    "proxy": "<html><h1>403 Forbidden</h1></html>",
    "cloudflare": "error code: 1010",
    "invalid": {"detail": "Invalid API key"},
}
PROBLEMS = {
    "permission": "forbidden", "plan": "no_allowance", "proxy": "blocked", "cloudflare": "blocked",
    "invalid": "forbidden",
}  # fmt: skip


def begin(operation: str, cast: Cast, key: ApiKey, *, name: str = "Marlene") -> None:
    if operation in {"clone", "look-up"}:
        make_job(cast.ed, key=key, name=name)
    elif operation == "sync":
        request_team_sync(member=cast.ed, now=timezone.now())
    else:
        voice = make_voice(cast.ed, account=key.account, steward=key)
        PreviewFile.objects.create(voice=voice, due_at=timezone.now())


def work() -> None:
    async_to_sync(work_until_idle)()


def state_of(key: ApiKey) -> str:
    key.refresh_from_db()
    return key.state


@pytest.mark.parametrize("operation", CALLS)
def test_refusal_leaves_a_key_ok_whose_account_answers(cast: Cast, living: Living, operation: str) -> None:
    key = living.key(cast.ed)
    for page, body in PAGES.items():
        living.sandbox.fault(effect="status", status=403, body=body, **CALLS[operation])
        begin(operation, cast, key, name=page)
        work()
        assert state_of(key) == KeyState.OK
    assert not AuditEntry.objects.filter(verb="key.refused").exists()
    rows = [*CloneJob.objects.order_by("created_at"), *SyncRun.objects.order_by("created_at")]
    assert [row.problem for row in rows] == list(PROBLEMS.values()) * (operation != "preview")


@pytest.mark.parametrize("operation", CALLS)
def test_account_that_refuses_marks_the_key_once(cast: Cast, living: Living, operation: str) -> None:
    key = living.key(cast.ed)
    begin(operation, cast, key)
    living.sandbox.revoke(living.secret)
    work()
    assert (state_of(key), AuditEntry.objects.filter(verb="key.refused").count()) == (KeyState.REFUSED, 1)
    assert key.last_problem == "Althea refused this key. Althea said: Invalid API key"


@pytest.mark.parametrize("operation", ["clone", "preview"])
def test_wrongly_refused_key_heals_by_its_next_call(cast: Cast, living: Living, operation: str) -> None:
    key = living.key(cast.ed, state=KeyState.REFUSED, last_problem="Althea refused this key.")
    if operation == "clone":
        make_job(cast.ed, key=key)
    else:
        voice = living.voice(cast.ed, steward=key)
        PreviewFile.objects.create(voice=voice, due_at=timezone.now())
    work()
    assert (state_of(key), key.last_problem) == (KeyState.OK, "")
    assert AuditEntry.objects.filter(verb="key.recovered").count() == 1


def test_wrongly_refused_key_heals_by_the_scheduled_sync(cast: Cast, living: Living) -> None:
    living.voice(cast.ed)
    key = living.key(cast.ed, state=KeyState.REFUSED, last_problem="Althea refused this key.")
    assert request_team_sync(member=cast.ed, now=timezone.now()) == []
    assert schedule_syncs(now=timezone.now(), hours=1) == 1
    work()
    assert (state_of(key), SyncRun.objects.get().state) == (KeyState.OK, SyncState.DONE)


def test_scheduled_sync_leaves_a_truly_refused_key_refused(cast: Cast, living: Living) -> None:
    key = living.key(cast.ed, state=KeyState.REFUSED)
    living.sandbox.revoke(living.secret)
    schedule_syncs(now=timezone.now(), hours=1)
    work()
    run = SyncRun.objects.get()
    assert (state_of(key), run.problem, run.read) == (KeyState.REFUSED, "key_refused", 0)
    assert not AuditEntry.objects.filter(verb="key.refused").exists()  # it was refused before
    assert schedule_syncs(now=timezone.now() + timedelta(minutes=10), hours=1) == 0


def test_refused_key_of_another_account_reads_nothing(cast: Cast, living: Living) -> None:
    key = make_key(cast.ed, secret=living.secret, state=KeyState.REFUSED)  # its row names another account
    living.voice(cast.sam)
    schedule_syncs(now=timezone.now(), hours=1)
    work()
    assert (state_of(key), SyncRun.objects.get().state, SyncRun.objects.get().read) == (
        KeyState.REFUSED, SyncState.FAILED, 0,
    )  # fmt: skip


@pytest.mark.parametrize("status", [400, 403, 422])
def test_key_used_as_a_field_name_is_stored_nowhere(cast: Cast, living: Living, status: int) -> None:
    key = living.key(cast.ed)
    body = {living.secret: ["no"], "name": [f"bad {living.secret}"]}
    living.sandbox.fault(effect="status", status=status, body=body, **CALLS["clone"])
    if status == 403:
        living.sandbox.fault(effect="status", status=403, body=body, method="GET", path="/api/accounts/me")
    job = make_job(cast.ed, key=key)
    work()
    job.refresh_from_db()
    key.refresh_from_db()
    stored = f"{job.message} {job.field_errors} {key.last_problem}"
    pages = [cast.login(who).get(f"/clones/{job.pk}/") for who in (cast.ed, cast.ada)]
    shown = "".join(page.content.decode() for page in [*pages, cast.login(cast.ed).get("/keys/")])
    assert job.state == "failed"
    assert living.secret[9:] not in stored + shown
    assert f"{key.shown}: no" in stored


def test_name_taken_by_our_own_send_is_adopted(cast: Cast, living: Living) -> None:
    living.sandbox.fault(effect="duplicate", commit=True, **CALLS["clone"])
    job = make_job(cast.ed, key=living.key(cast.ed))
    work()
    job.refresh_from_db()
    assert (job.state, job.sends, len(living.sandbox.voices())) == ("created", 1, 1)
    assert AuditEntry.objects.filter(verb="voice.adopted").count() == 1
