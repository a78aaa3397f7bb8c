"""Several teams: creating one, switching, deleting one."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from tests.base import Cast
from tests.builders import make_bulk_run, make_invitation, make_job, make_voice
from tests.web.routes import make_world
from voices.actions.files import sweep_orphaned_files
from voices.actions.team_deletion import purge_deleted_teams
from voices.models import (
    ApiKey,
    AuditEntry,
    BulkRun,
    CloneJob,
    Membership,
    PreviewFile,
    Sample,
    State,
    Team,
    User,
    Voice,
    VoiceDeletion,
)


def test_admin_creates_a_team_and_is_in_it(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    assert browser.post("/team/new/", {"name": " Westwind "})["Location"] == "/team/"
    assert "Westwind is ready. Invite its members here." in browser.get("/team/").content.decode()
    mine = Membership.objects.get(user=cast.ada.user, team__name="Westwind")
    assert mine.role == "admin"
    assert AuditEntry.objects.filter(verb="team.created", team=mine.team).count() == 1
    assert "Westwind" in browser.get("/").content.decode()


def test_staff_without_a_team_create_one(cast: Cast) -> None:
    assert cast.login(cast.nora).post("/team/new/", {"name": "Westwind"}).status_code == 403
    User.objects.filter(pk=cast.nora.pk).update(is_staff=True)
    assert "Create a team" in cast.login(cast.nora).get("/").content.decode()
    assert cast.login(cast.nora).post("/team/new/", {"name": "Westwind"}).status_code == 303
    assert Team.objects.get(name="Westwind").memberships.get().user == cast.nora


def test_editor_creates_no_team(cast: Cast) -> None:
    assert cast.login(cast.ed).post("/team/new/", {"name": "Westwind"}).status_code == 403
    assert not Team.objects.filter(name="Westwind").exists()


def test_deletion_wants_the_name_and_says_what_stays(cast: Cast) -> None:
    make_voice(cast.ed)
    browser = cast.login(cast.ada)
    page = browser.get("/team/delete/").content.decode()
    assert "1 voice is deleted here, with tags, aliases, notes and preview." in page
    assert "1 voice stays at Althea" in page and "3 members lose access" in page
    answer = browser.post("/team/delete/", {"name": "northwind"})
    assert answer.status_code == 422 and "Type Northwind to confirm." in answer.content.decode()
    assert Membership.objects.filter(team=cast.northwind).count() == 3


def test_deleted_team_is_closed_to_everybody_at_once(cast: Cast) -> None:
    make_invitation(cast.ada)
    job, browser = make_job(cast.ed), cast.login(cast.ed)
    assert cast.login(cast.ada).post("/team/delete/", {"name": "Northwind"}).status_code == 303
    assert browser.get("/").status_code == 403
    assert CloneJob.objects.get(pk=job.pk).state == "cancelled"
    assert ApiKey.objects.filter(owner=cast.ed.user).exists()
    assert AuditEntry.objects.get(verb="team.deleted").thing_name == "Northwind"


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_team_is_not_deleted_while_a_clone_is_sent(cast: Cast, state: State) -> None:
    make_job(cast.ed, state=state)
    answer = cast.login(cast.ada).post("/team/delete/", {"name": "Northwind"})
    assert answer.status_code == 422 and "being sent to Althea" in answer.content.decode()


def test_team_is_not_deleted_during_a_bulk_change(cast: Cast) -> None:
    make_bulk_run(cast.ed, make_voice(cast.ed))
    assert cast.login(cast.ada).post("/team/delete/", {"name": "Northwind"}).status_code == 422


def test_deleted_team_leaves_no_rows_and_no_files(cast: Cast) -> None:
    world = make_world(cast)
    VoiceDeletion.objects.create(
        team=cast.northwind, voice=world.voice, consent=world.consent, voice_id_at_althea="v", account_name="A",
        deleted_at=timezone.now(),
    )  # fmt: skip
    BulkRun.objects.update(state="done")
    other, stored = (
        make_voice(cast.sam),
        [Sample.objects.get(pk=world.sample.pk).file, PreviewFile.objects.get().file],
    )
    assert cast.login(cast.ada).post("/team/delete/", {"name": "Northwind"}).status_code == 303
    now = timezone.now()
    while purge_deleted_teams(now=now, limit=1):
        pass
    sweep_orphaned_files(now=now + timedelta(hours=2))
    assert not any(field.storage.exists(field.name) for field in stored)
    owned = [model for model in apps.get_app_config("voices").get_models() if model is not AuditEntry]
    owned = [model for model in owned if any(field.name == "team" for field in model._meta.fields)]
    left = {model.__name__: model._base_manager.filter(team=cast.northwind.pk).count() for model in owned}
    assert set(left.values()) == {0} and len(left) > 10
    assert Voice.objects.get() == other and not Team.objects.filter(name="Northwind").exists()
