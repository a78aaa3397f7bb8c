"""One's own account: the email is changed by a link in the new mailbox, and sensitive steps ask for the password."""

import re
import time
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.builders import make_key, make_voice
from tests.web.canary import CANARY
from tests.web.test_admin import url as admin_url
from voices.models import ApiKey, AuditEntry, KeyState, User

EMAIL, NEW = "/accounts/email/", "ed.new@example.com"


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def let_time_pass(browser: Client) -> None:
    """Age the session's last password by as much as still counts and a second."""
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 301
    session.save()


def give_password(browser: Client, password: str = PASSWORD) -> HttpResponse:
    answer: HttpResponse = browser.post("/accounts/reauthenticate/", {"password": password, "next": "/keys/"})
    return answer


def ask_for_link(browser: Client, email: str = NEW) -> str:
    """The link of the mail that the form sends, without the host."""
    assert browser.post(EMAIL, {"email": email}).status_code == 303
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def email_of(cast: Cast) -> str:
    return User.objects.get(pk=cast.ed.user.pk).email


# --- the email ---


def test_email_changes_only_when_the_link_is_opened(ed: Client, cast: Cast) -> None:
    make_voice(cast.ed)
    link = ask_for_link(ed, f" {NEW.title()} ")
    assert (mail.outbox[0].to, mail.outbox[0].subject) == ([NEW], "Confirm your email for Voice Studio")
    assert NEW in ed.get(link).content.decode()
    assert email_of(cast) == "ed@example.com"
    assert ed.post(link)["Location"] == "/"
    assert email_of(cast) == NEW
    assert (mail.outbox[1].to, len(mail.outbox)) == (["ed@example.com"], 2)
    assert "changed from ed@example.com to ed.new@example.com" in str(mail.outbox[1].body)
    entry = AuditEntry.objects.get(verb="person.email_changed")
    assert (entry.actor, entry.facts) == (cast.ed.user, {"before": "ed@example.com", "after": NEW})


def test_link_opens_only_for_its_person_and_only_once(ed: Client, cast: Cast) -> None:
    link = ask_for_link(ed)
    assert Client().post(link)["Location"].startswith("/accounts/login/")
    assert cast.login(cast.vera).post(link).status_code == 404
    assert email_of(cast) == "ed@example.com"
    assert ed.post(link).status_code == 303
    assert ed.post(link).status_code == 404


def test_link_dies_with_a_new_password(ed: Client, cast: Cast) -> None:
    link = ask_for_link(ed)
    cast.ed.user.set_password("a quite different battery")
    cast.ed.user.save()
    assert cast.login(cast.ed).post(link).status_code == 404
    assert email_of(cast) == "ed@example.com"


def test_email_of_another_account_is_never_taken(ed: Client, cast: Cast) -> None:
    answer = ed.post(ask_for_link(ed, "vera@example.com"), follow=False)
    assert answer["Location"] == EMAIL
    assert "vera@example.com already belongs to another account." in ed.get(EMAIL).content.decode()
    assert email_of(cast) == "ed@example.com"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter your new email."),
        ("nonsense", "Enter a valid email address."),
        ("ED@example.com", "This is your email already."),
    ],
)
def test_email_form_explains_what_is_wrong(ed: Client, typed: str, sentence: str) -> None:
    answer = ed.post(EMAIL, {"email": typed})
    assert (answer.status_code, mail.outbox) == (422, [])
    assert sentence in answer.content.decode()


class BrokenMail(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, email_messages: object) -> int:
        """Fail."""
        raise SMTPServerDisconnected("Connection unexpectedly closed")


def test_email_stays_when_no_mail_can_be_sent(ed: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.BrokenMail"
    answer = ed.post(EMAIL, {"email": NEW})
    assert answer.status_code == 422
    assert "The email couldn&#x27;t be sent, so nothing was changed." in answer.content.decode()


def test_email_page_promises_no_mail_where_mail_is_off(ed: Client, settings: Settings) -> None:
    assert "We'll send a link" in ed.get(EMAIL).content.decode()
    settings.SENDS_MAIL = False
    assert ed.post(EMAIL, {"email": NEW}).status_code == 303
    page = ed.get(EMAIL).content.decode()
    assert "The link to confirm ed.new@example.com is in the server&#x27;s log." in page
    assert "We'll send" not in page and "Print link in the log" in page


def test_old_email_neither_logs_in_nor_resets_the_password(ed: Client) -> None:
    ed.post(ask_for_link(ed))
    mail.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": "ed@example.com"})
    assert "No account at testserver uses this email." in str(mail.outbox[0].body)
    for email, status in (("ed@example.com", 200), (NEW, 302)):
        answer = Client().post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert answer.status_code == status


def test_new_password_is_told_and_audited(ed: Client, cast: Cast) -> None:
    new = "a quite different battery"
    ed.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (
        ["ed@example.com"],
        "Your Voice Studio password was changed",
    )
    assert AuditEntry.objects.get(verb="person.password_changed").actor == cast.ed.user


def test_admin_site_has_no_password_page_of_its_own(cast: Cast) -> None:
    User.objects.filter(pk=cast.ada.user.pk).update(is_staff=True)
    browser = cast.login(User.objects.get(pk=cast.ada.user.pk))
    assert browser.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_login_is_audited_with_its_address(cast: Cast) -> None:
    Client().post("/accounts/login/", {"login": "ed@example.com", "password": PASSWORD})
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.team, entry.address) == (
        "person.logged_in", cast.ed.user, cast.northwind, "127.0.0.1",
    )  # fmt: skip


# --- the password again ---


def test_sensitive_pages_ask_for_the_password_after_5_minutes(ed: Client, cast: Cast) -> None:
    key = make_key(cast.ed)
    pages = [EMAIL, f"/keys/{key.pk}/replace/", f"/keys/{key.pk}/remove/"]
    assert [ed.get(page).status_code for page in pages] == [200, 200, 200]
    let_time_pass(ed)
    for page in pages:
        for answer in (ed.get(page), ed.post(page, {"email": NEW, "key": CANARY})):
            assert answer.status_code == 303
            assert answer["Location"] == f"/accounts/reauthenticate/?next={page.replace('/', '%2F')}"
    key.refresh_from_db()
    assert (key.state, mail.outbox) == (KeyState.OK, [])


def test_key_sent_too_late_is_neither_stored_nor_kept(ed: Client) -> None:
    let_time_pass(ed)
    page = ed.get("/keys/").content.decode()
    assert 'href="/accounts/reauthenticate/?next=/keys/"' in page
    assert 'action="/keys/add/"' not in page
    answer = ed.post("/keys/add/", {"key": CANARY, "endpoint": "althea"})
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2Fkeys%2F"
    assert "Nothing was saved. Confirm that it&#x27;s you" in ed.get(answer["Location"]).content.decode()
    assert not ApiKey.objects.exists()
    assert CANARY not in str(dict(ed.session))


def test_sensitive_pages_open_after_the_right_password(ed: Client) -> None:
    let_time_pass(ed)
    assert "This isn&#x27;t your current password." in give_password(ed, "wrong").content.decode()
    assert 'action="/keys/add/"' not in ed.get("/keys/").content.decode()
    assert give_password(ed)["Location"] == "/keys/"
    assert 'action="/keys/add/"' in ed.get("/keys/").content.decode()


def test_admin_pages_of_people_ask_for_the_password(cast: Cast) -> None:
    User.objects.filter(pk=cast.ada.user.pk).update(is_staff=True, is_superuser=True)
    browser, key = cast.login(User.objects.get(pk=cast.ada.user.pk)), make_key(cast.ed)
    let_time_pass(browser)
    pages = [admin_url(User, "add"), admin_url(User, "change", cast.ed.user.pk)]
    pages += [f"/admin/voices/user/{cast.ed.user.pk}/password/", "/admin/auth/group/add/"]
    for page in pages:
        assert browser.post(page, {"email": NEW})["Location"].startswith("/accounts/reauthenticate/")
    chosen = {"action": "remove_keys", "_selected_action": [str(key.pk)]}
    answer = browser.post(admin_url(ApiKey, "changelist"), chosen)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert ApiKey.objects.get().state == KeyState.OK
