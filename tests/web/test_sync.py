"""The button, the line that says how far a sync is, and taking out what is gone at Althea."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_account, make_key, make_preview, make_voice
from voices.models import AuditEntry, PreviewFile, SyncRun, SyncState, Voice

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def make_run(cast: Cast, **facts: Any) -> SyncRun:
    key = make_key(cast.ed)
    given = {"team": cast.northwind, "account": key.account, "key": key, "due_at": timezone.now()}
    return SyncRun.objects.create(**given | facts)


def ended(cast: Cast, **facts: Any) -> SyncRun:
    return make_run(cast, **{"state": SyncState.DONE, "ended_at": timezone.now(), **facts})


def test_editor_starts_a_sync_from_the_library(ed: Client, cast: Cast) -> None:
    make_key(cast.ed)
    assert b'id="sync-button"' in ed.get("/").content
    answer = ed.post("/sync/")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert SyncRun.objects.get().wanted_by == cast.ed.user
    page = ed.get("/").content
    assert b"Syncing with Althea" in page
    assert b'id="sync-button"' not in page


def test_viewer_sees_sync_status_without_the_button(cast: Cast) -> None:
    ended(cast, added=12, changed=1, gone=3)
    page = cast.login(cast.vera).get("/").content.decode()
    assert "12 added, 1 changed, 3 gone." in page
    assert "sync-button" not in page


def test_sync_status_polls_while_live_then_shows_the_result(ed: Client, cast: Cast) -> None:
    run = make_run(cast, state=SyncState.RUNNING, added=300)
    line = ed.get("/sync/?poll=1", headers=HTMX).content.decode()
    assert "300 voices so far" in line
    assert 'hx-trigger="every 1s"' in line
    SyncRun.objects.filter(pk=run.pk).update(state=SyncState.DONE, ended_at=timezone.now(), added=1_312)
    line = ed.get("/sync/?poll=1", headers=HTMX).content.decode()
    assert "1,312 added." in line
    assert "every 1s" not in line
    assert 'hx-target="#results"' in line  # the rows are fetched anew, once
    assert 'hx-target="#results"' not in ed.get("/sync/", headers=HTMX).content.decode()


def test_sync_status_shows_the_last_run_of_an_account(ed: Client, cast: Cast) -> None:
    first = ended(cast, added=48)
    ended(cast, account=first.account, key=first.key, changed=1)
    assert "1 changed." in (line := ed.get("/sync/", headers=HTMX).content.decode())
    assert "added" not in line


def test_sync_status_reports_no_changes_and_failures(ed: Client, cast: Cast) -> None:
    run = ended(cast)
    assert "Nothing new." in ed.get("/sync/", headers=HTMX).content.decode()
    SyncRun.objects.filter(pk=run.pk).update(
        state=SyncState.FAILED, message="Althea <b>refused</b> this key."
    )
    line = ed.get("/sync/", headers=HTMX).content.decode()
    assert "Althea &lt;b&gt;refused&lt;/b&gt; this key." in line
    assert "Nothing new" not in line
    assert "Last sync failed" in line
    assert "Synced" not in line


def test_sync_status_tells_news_and_failure_apart(ed: Client, cast: Cast) -> None:
    north, south = make_account(name="North"), make_account(name="South")
    broke = "The connection to Althea broke."
    ended(cast, account=north, state=SyncState.FAILED, message=broke, added=9)
    line = " ".join(ed.get("/sync/", headers=HTMX).content.decode().split())
    assert f'<span class="error">{broke}</span> 9 added.' in line
    assert f'data-say="Sync failed. 9 added. {broke}"' in line
    ended(cast, account=south, state=SyncState.FAILED, problem="blocked", message="A proxy blocked it.")
    blocked = "South: A proxy blocked it. Ask whoever runs Voice Studio to allow connections to Althea."
    assert blocked in ed.get("/sync/", headers=HTMX).content.decode()
    assert f"North: {broke}" in ed.get("/sync/", headers=HTMX).content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_sync_status_without_a_working_key_explains_it(ed: Client, headers: dict[str, str]) -> None:
    answer = ed.post("/sync/", headers=headers)
    page = answer if headers else ed.get(answer["Location"])
    assert "this team has no working key" in page.content.decode()


def test_gone_voice_is_labelled_and_removed_after_confirmation(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, gone_at=timezone.now())
    preview = make_preview(voice)
    path = f"/voices/{voice.pk}/"
    since = f"Missing at Althea since {voice.gone_at:%-d %B %Y}"
    assert since in ed.get("/").content.decode()
    assert since in ed.get(path).content.decode()
    assert b"Remove voice" in ed.get(f"{path}remove/").content
    assert Voice.objects.exists()
    assert ed.post(f"{path}remove/")["Location"] == "/"
    assert not Voice.objects.of_team(cast.northwind).exists()
    assert not preview.file.storage.exists(preview.file.name)


def test_returned_voice_is_not_removed(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed)
    answer = ed.post(f"/voices/{voice.pk}/remove/")
    assert "it stays in the library" in ed.get(answer["Location"]).content.decode()
    assert Voice.objects.exists()


def test_catalogue_preview_is_fetched_on_request(ed: Client, cast: Cast) -> None:
    voice = make_voice(cast.ed, ownership="public", billing_style="VOICE_BILLING_STYLE_EXTERNAL")
    player = ed.get(f"/voices/{voice.pk}/player/", headers=HTMX).content.decode()
    assert "Fetch the preview" in player
    assert "may charge" in player
    assert not PreviewFile.objects.exists()
    ed.post(f"/voices/{voice.pk}/preview/retry/", headers=HTMX)
    assert PreviewFile.objects.get().state == "waiting"


def test_sync_command_covers_every_or_the_named_team(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    make_key(cast.ed)
    make_key(cast.sam)
    call_command("sync_voices", "--team", "Northwind")
    assert SyncRun.objects.get().team == cast.northwind
    call_command("sync_voices")
    assert SyncRun.objects.count() == 2
    assert "Southwind: Northwind (private) is queued." in capsys.readouterr().out
    with pytest.raises(CommandError, match="no team named Westwind"):
        call_command("sync_voices", "--team", "Westwind")


def test_sync_command_reports_teams_without_a_working_key(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no stored key works"):
        call_command("sync_voices", "--wait")


def test_admin_switches_the_public_catalogue_for_the_team(cast: Cast) -> None:
    make_key(cast.ed)
    ada = cast.login(cast.ada)
    assert "Sync public voices" in " ".join(ada.get("/keys/").content.decode().split())
    for wanted, verb in (("1", "team.catalogue_on"), ("1", "team.catalogue_on"), ("0", "team.catalogue_off")):
        ada.post("/sync/catalogue/", {"on": wanted})
        cast.northwind.refresh_from_db()
        assert cast.northwind.sync_catalogue is (wanted == "1")
        latest = AuditEntry.objects.filter(verb__startswith="team.catalogue").latest("pk")
        assert (latest.verb, latest.actor) == (verb, cast.ada.user)
    assert AuditEntry.objects.filter(verb__startswith="team.catalogue").count() == 2
    assert SyncRun.objects.get().wanted_by == cast.ada.user


def test_catalogue_switch_is_hidden_from_others(ed: Client) -> None:
    assert b"catalogue" not in ed.get("/keys/").content
    assert ed.post("/sync/catalogue/", {"on": "1"}).status_code == 403
