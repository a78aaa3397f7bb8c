"""Several teams: creating one, switching, deleting one."""

from tests.base import Cast
from voices.models import AuditEntry, Membership, Team, User


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
