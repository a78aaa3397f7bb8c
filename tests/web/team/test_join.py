"""The page behind an invitation's link: who sees what, by which status, and that nothing of the token is told."""

import io
import logging
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.builders import make_invitation
from voices.actions.speakers.link_tokens import make_token
from voices.models import Invitation, Membership, User
from voices.web.links import JOIN, link_path

NEW = {"name": "Nina", "password": PASSWORD}


def invited(cast: Cast, email: str = "nina@example.com", **facts: object) -> str:
    """The link of Ada's invitation."""
    token = make_token()
    make_invitation(cast.ada, email, token=token, **facts)
    return link_path(token, JOIN)


def said(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def test_new_person_creates_an_account_and_is_in(cast: Cast) -> None:
    link, browser = invited(cast), Client()
    page = said(browser.get(link))
    assert "Join Northwind" in page and "Ada</b> invites <b>nina@example.com</b> to join as an editor" in page
    answer = browser.post(
        link, NEW | {"email": "ed@example.com", "role": "admin", "team": str(cast.southwind.pk)}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/")
    member = Membership.objects.get(user__email="nina@example.com")
    assert (member.team, member.role, member.user.name) == (cast.northwind, "editor", "Nina")
    assert "Welcome to Northwind." in said(browser.get("/"))


def test_reading_the_link_uses_nothing_up(cast: Cast) -> None:
    link = invited(cast)
    for method in ("get", "head", "get"):
        assert getattr(Client(), method)(link).status_code == 200
    assert Invitation.objects.get().state == "open"


def test_weak_password_and_no_name_are_said(cast: Cast) -> None:
    link, browser = invited(cast), Client()
    assert browser.post(link, {"name": "", "password": ""}).status_code == 422
    answer = browser.post(link, {"name": "Nina", "password": "password"})
    assert answer.status_code == 422 and "too common" in said(answer)
    assert not User.objects.filter(email="nina@example.com").exists()


def test_person_with_an_account_logs_in_and_comes_back(cast: Cast) -> None:
    link, browser = invited(cast, cast.nora.email), Client()
    assert "You already have an account with this email." in said(browser.get(link))
    answer = browser.post(link, NEW)
    assert answer["Location"] == "/accounts/login/?next=%2Fjoin%2F"
    answer = browser.post(answer["Location"], {"login": "nora@example.com", "password": PASSWORD})
    assert answer["Location"] == "/join/"
    assert "Join Northwind?" in said(browser.get("/join/"))
    assert browser.post("/join/").status_code == 303
    assert Membership.objects.get(user=cast.nora).role == "editor"
    assert browser.get("/join/").status_code == 404


def test_invitation_joins_a_second_team_and_switches_to_it(cast: Cast) -> None:
    link, browser = invited(cast, cast.sam.user.email), cast.login(cast.sam)
    assert browser.post(link).status_code == 303
    assert "Welcome to Northwind." in said(browser.get("/"))


def test_somebody_else_is_told_and_may_log_out(cast: Cast) -> None:
    link, browser = invited(cast), cast.login(cast.sam)
    for answer in (browser.get(link), browser.post(link, NEW)):
        assert answer.status_code == 403
        assert "It is for <b>nina@example.com</b>. You're logged in as <b>sam@example.com</b>." in said(
            answer
        )
    assert browser.post(link, {"log_out": ""})["Location"] == "/join/"
    assert "Create account and join" in said(browser.get("/join/"))
    assert Invitation.objects.get().state == "open"


def test_member_is_told_that_they_are_in(cast: Cast) -> None:
    answer = cast.login(cast.ed).get(invited(cast, "ed@example.com"))
    assert answer.status_code == 200 and "You're already in Northwind" in said(answer)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"state": "accepted"}, "This invitation has been used"),
        ({"state": "revoked"}, "This invitation was revoked"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This invitation has expired"),
    ],
)
def test_closed_invitation_is_410_and_tells_no_names(
    cast: Cast, facts: dict[str, object], sentence: str
) -> None:
    link = invited(cast, **facts)
    for browser in (Client(), cast.login(cast.sam)):
        for answer in (browser.get(link), browser.post(link, NEW)):
            page = said(answer)
            assert (answer.status_code, sentence in page) == (410, True)
            assert not any(name in page for name in ("Northwind", "Ada", "nina@"))


def test_invitation_of_a_demoted_admin_is_closed(cast: Cast) -> None:
    link = invited(cast)
    Membership.objects.filter(pk=cast.ada.pk).update(role="editor")
    assert Client().post(link, NEW).status_code == 410


@pytest.mark.parametrize("path", ["/join/", "/join/abc/", "/join/a/b/", f"/join/{'x' * 300}/", "/join/%00/"])
def test_link_that_is_none_is_404(db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404 and "This link doesn't work" in said(answer)


def test_signed_token_of_no_invitation_is_404(db: None) -> None:
    assert Client().get(link_path(make_token(), JOIN)).status_code == 404


def test_who_guesses_links_has_to_wait(db: None, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"join_guess": "2/m/ip"}
    browser = Client()
    assert [browser.get("/join/abc/").status_code for _ in range(3)] == [404, 404, 429]


def test_second_tab_is_told_that_they_are_in(cast: Cast) -> None:
    link, browser = invited(cast), Client()
    browser.get(link)
    browser.post(link, NEW)
    assert "You're already in Northwind" in said(browser.post(link, NEW))
    assert Client().post(link, NEW | {"name": "Eve"}).status_code == 410


def test_token_stays_out_of_pages_logs_and_sessions(cast: Cast) -> None:
    link, browser, logs = invited(cast, cast.nora.email), Client(), io.StringIO()
    handler = logging.StreamHandler(logs)
    logging.getLogger("django.request").addHandler(handler)
    try:
        pages = [browser.get(link), browser.post(link), browser.post(link.removesuffix("/") + "x/")]
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    token = link.removeprefix("/join/").removesuffix("/")
    told = "".join(one.content.decode() + str(one.headers) for one in pages)
    assert token not in told + logs.getvalue() + str(dict(browser.session))
    assert "/join/" in logs.getvalue()
