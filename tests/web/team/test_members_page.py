"""The team page: what it shows to whom, and what can be done there."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core import mail
from django.http import HttpResponse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from tests.base import Cast
from tests.builders import make_invitation, make_key, make_voice
from voices.actions.members.seen import mark_seen
from voices.models import Invitation, Membership, Team


def said(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def test_members_are_listed_with_what_they_own(cast: Cast) -> None:
    make_key(cast.ed)
    for name in ("Marlene", "Sora"):
        make_voice(cast.ed, name=name, origin="cloned")
    page = said(cast.login(cast.ada).get("/team/"))
    assert "ed@example.com" in page and "2 voices, 1 key" in page and "Seen" in page
    assert "sam@example.com" not in page


def test_viewer_sees_the_members_but_no_controls(cast: Cast) -> None:
    make_invitation(cast.ada)
    page = said(cast.login(cast.vera).get("/team/"))
    assert "ada@example.com" in page and "Leave" in page
    assert not any(word in page for word in ("Seen", "Remove", "Invite", "nina@example.com"))


def test_team_page_takes_the_same_queries_for_many(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = cast.login(cast.ada)
    for number in range(20):
        make_invitation(cast.ada, f"n{number}@example.com")
    with django_assert_max_num_queries(10):
        browser.get("/team/")


def test_admin_changes_a_role(cast: Cast) -> None:
    url = f"/team/members/{cast.ed.pk}/role/"
    browser = cast.login(cast.ada)
    assert browser.post(url, {"role": "viewer", "team": str(cast.southwind.pk)}).status_code == 303
    assert "Ed is now a viewer of Northwind." in said(browser.get("/team/"))
    assert browser.post(url, {"role": "owner"}).status_code == 422
    assert Membership.objects.get(pk=cast.ed.pk).role == "viewer"


def test_last_admin_reads_why_they_cannot_go(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    for answer in (
        browser.post(f"/team/members/{cast.ada.pk}/role/", {"role": "viewer"}),
        browser.post(f"/team/members/{cast.ada.pk}/remove/"),
    ):
        assert answer.status_code == 422
        assert "Ada is the last admin of Northwind. Make someone else an admin first." in said(answer)


@pytest.mark.parametrize("page", ["members/{}/role", "members/{}/remove", "invite", "delete"])
def test_changing_members_asks_who_one_is(cast: Cast, page: str) -> None:
    browser = cast.login(cast.ada)
    session = browser.session
    session["account_authentication_methods"] = []
    session.save()
    url = f"/team/{page.format(cast.ed.pk)}/"
    form = {"role": "viewer", "email": "nina@example.com", "name": "Northwind"}
    for answer in (browser.get(url), browser.post(url, form)):
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert Membership.objects.get(pk=cast.ed.pk).role == "editor"
    assert not Invitation.objects.exists()


def test_removal_says_before_and_after_what_happens(cast: Cast) -> None:
    key = make_key(cast.ed)
    make_voice(cast.ed, account=key.account, steward=key, origin="cloned")
    browser, url = cast.login(cast.ada), f"/team/members/{cast.ed.pk}/remove/"
    assert "1 cloned voice stays in the library." in said(browser.get(url))
    assert browser.post(url).status_code == 303
    assert "Ed was removed from Northwind. 1 voice left without a key." in said(browser.get("/team/"))
    assert browser.get(url).status_code == 404


def test_removed_member_loses_open_pages_at_once(cast: Cast) -> None:
    voice, ed = make_voice(cast.ed), cast.login(cast.ed)
    assert ed.get(f"/voices/{voice.pk}/").status_code == 200
    cast.login(cast.ada).post(f"/team/members/{cast.ed.pk}/remove/")
    for url in ("/", f"/voices/{voice.pk}/player/", f"/voices/{voice.pk}/audio/", "/team/"):
        assert ed.get(url, headers={"HX-Request": "true"}).status_code == 403
    page = said(ed.get("/"))
    assert "You're not in a team" in page and "ed@example.com" in page


def test_invitation_link_is_shown_once_and_mailed(cast: Cast, settings: Settings) -> None:
    settings.SENDS_MAIL = True
    answer = cast.login(cast.ada).post("/team/invite/", {"email": "Nina@example.com", "role": "editor"})
    page = said(answer)
    link = page.partition('id="new-link">')[2].partition("</code>")[0]
    assert link.startswith("http://testserver/join/") and "Sent to nina@example.com." in page
    [sent] = mail.outbox
    assert sent.to == ["nina@example.com"] and link in str(sent.body)
    assert sent.subject == "Ada invites you to Northwind"
    assert link not in said(cast.login(cast.ada).get("/team/"))


def test_without_mail_the_link_is_to_copy(cast: Cast, settings: Settings) -> None:
    settings.SENDS_MAIL = False
    page = said(cast.login(cast.ada).post("/team/invite/", {"email": "nina@example.com", "role": "viewer"}))
    assert "Copy it now" in page and "mailto:nina%40example.com" in page
    assert "please join Northwind" in unquote(page)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "ed@example.com", "role": "viewer"}, "ed@example.com is already in the team."),
        ({"email": "nina@example.com", "role": "viewer"}, "nina@example.com is already invited."),
        ({"email": "nobody", "role": "viewer"}, "Enter a valid email address."),
        ({"email": "", "role": "viewer"}, "Enter the email of the person to invite."),
        ({"email": "x@example.com", "role": "owner"}, "Select a valid choice."),
    ],
)
def test_unfit_invitation_is_refused_beside_its_field(
    cast: Cast, form: dict[str, str], sentence: str
) -> None:
    make_invitation(cast.ada)
    answer = cast.login(cast.ada).post("/team/invite/", form)
    assert answer.status_code == 422 and sentence in said(answer)
    assert Invitation.objects.count() == 1


def test_invitations_are_renewed_and_revoked(cast: Cast) -> None:
    old, browser = make_invitation(cast.ada), cast.login(cast.ada)
    assert "/join/" in said(browser.post(f"/team/invitations/{old.pk}/renew/"))
    assert Invitation.objects.get().token_hash != old.token_hash
    browser.post(f"/team/invitations/{old.pk}/revoke/")
    assert "The invitation of nina@example.com was revoked." in said(browser.get("/team/"))
    assert browser.post(f"/team/invitations/{old.pk}/renew/").status_code == 303
    assert "has been accepted or revoked" in said(browser.get("/team/"))


def test_last_seen_is_written_once_in_five_minutes(cast: Cast) -> None:
    now = timezone.now()
    Membership.objects.filter(pk=cast.ed.pk).update(last_seen_at=None)
    cast.ed.last_seen_at = None
    assert mark_seen(member=cast.ed, now=now)
    cast.ed.refresh_from_db()
    assert cast.ed.last_seen_at == now
    assert not mark_seen(member=cast.ed, now=now + timedelta(minutes=4, seconds=59))
    assert mark_seen(member=cast.ed, now=now + timedelta(minutes=5))


def test_page_of_a_team_writes_when_its_member_was_seen(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.ed.pk).update(last_seen_at=None)
    cast.login(cast.ed).get("/tags/")
    assert Membership.objects.get(pk=cast.ed.pk).last_seen_at is not None


def test_settings_heed_only_their_own_fields(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    form = {"name": "Northwind 2", "team": str(cast.southwind.pk), "library_revision": "99", "id": "x"}
    assert browser.post("/team/settings/", form).status_code == 303
    team = Team.objects.get(pk=cast.northwind.pk)
    assert (team.name, team.library_revision, Team.objects.get(pk=cast.southwind.pk).name) == (
        "Northwind 2", cast.northwind.library_revision, "Southwind",
    )  # fmt: skip


def test_settings_stand_under_headings(cast: Cast) -> None:
    page = cast.login(cast.ada).get("/team/settings/").content.decode()
    places = [
        page.index(f"<legend>{heading}</legend>") for heading in ("Team", "Members", "Cloning and approval")
    ]
    fields = [page.index(f'id="id_{name}"') for name in ("name", "require_second_factor", "monthly_clones")]
    assert sorted(places + fields) == [one for pair in zip(places, fields, strict=True) for one in pair]
