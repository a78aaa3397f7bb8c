"""The login: limits that hold for every door, no word on who has an account, no way out of the site, no sign-up."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from voices.models import User

LOGIN, ED = "/accounts/login/", "ed@example.com"
NEW = "a quite different battery"
EVIL = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "http:///evil.example",
    "javascript:alert(1)", "https:evil.example", "/%5Cevil.example\\", " //evil.example", "data:text/html,x",
    "http://localhost:1@evil.example/", "ftp://testserver/",
)  # fmt: skip


def log_in(browser: Client, *, email: str = ED, password: str = PASSWORD, url: str = LOGIN) -> HttpResponse:
    answer: HttpResponse = browser.post(url, {"login": email, "password": password})
    return answer


def is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


@pytest.fixture(autouse=True)
def fresh_limits(cast: Cast) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


# --- in and out ---


def test_login_ignores_email_case_and_opens_the_library() -> None:
    browser = Client()
    answer = log_in(browser, email="ED@Example.com")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(browser)


def test_login_returns_to_the_requested_page() -> None:
    browser = Client()
    asked = browser.get("/keys/")
    assert asked["Location"] == "/accounts/login/?next=/keys/"
    assert b'name="next" value="/keys/"' in browser.get(asked["Location"]).content
    assert log_in(browser, url=asked["Location"])["Location"] == "/keys/"


@pytest.mark.parametrize("target", EVIL)
def test_login_never_redirects_to_another_site(target: str, cast: Cast) -> None:
    for browser, form in (
        (Client(), {"login": ED, "password": PASSWORD, "next": target}),
        (cast.login(cast.ada), {"next": target}),
    ):
        answers = [
            browser.get(LOGIN, {"next": target}),
            browser.post(LOGIN, form),
            browser.get("/accounts/reauthenticate/", {"next": target}),
            browser.post("/accounts/logout/", {"next": target}),
        ]
        for answer in answers:
            parts = urlsplit(answer.get("Location", "/"))
            assert (parts.scheme, parts.netloc) in {("", ""), ("http", "testserver")}
            assert not re.match(r"[\\/]{2}|.*\\", parts.path)
            assert f'href="{target}' not in answer.content.decode()


def test_login_answers_wrong_password_and_unknown_email_alike() -> None:
    pages = []
    for email in (ED, "nobody@example.com"):
        answer = log_in(Client(), email=email, password="wrong")
        assert answer.status_code == 200
        page = re.sub(r'value="[A-Za-z0-9]{64}"|X-CSRFToken": "\w+', "", answer.content.decode())
        pages.append(page.replace(email, ""))
    assert pages[0] == pages[1]
    assert "Wrong email or password." in pages[0]


class CountingHasher(MD5PasswordHasher):
    """Counts its work, which is what an attacker would time."""

    counted = 0

    def encode(self, password: str, salt: str) -> str:
        """The hash, counted."""
        type(self).counted += 1
        return super().encode(password, salt)


def test_login_hashes_a_password_for_unknown_emails_too(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    work = []
    for email in (ED, "nobody@example.com"):
        CountingHasher.counted = 0
        log_in(Client(), email=email, password="wrong")
        work.append(CountingHasher.counted)
    assert work == [1, 1]


def test_login_refuses_a_deactivated_person(cast: Cast) -> None:
    User.objects.filter(email=ED).update(is_active=False)
    browser = Client()
    log_in(browser)
    assert not is_in(browser)


def test_the_logout_needs_a_post(cast: Cast) -> None:
    browser = cast.login(cast.ed)
    page = browser.get("/accounts/logout/")
    assert page.status_code == 200
    assert is_in(browser)
    assert browser.post("/accounts/logout/")["Location"] == LOGIN
    assert not is_in(browser)


def page_of(address: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Current-URL": address}


@pytest.mark.parametrize(
    ("address", "way_back"),
    [
        ("http://testserver/keys/?sort=name&q=a%20b#top", "/keys/%3Fsort%3Dname%26q%3Da%2520b"),
        ("http://testserver/clone/", "/clone/"),
        ("https://evil.example/keys/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_htmx_read_is_redirected_to_login_and_back(address: str, way_back: str) -> None:
    answer = Client().get("/keys/", headers=page_of(address))
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{LOGIN}?next={way_back}")


def test_double_slash_address_does_not_redirect_elsewhere() -> None:
    answer = Client().get("/keys/", headers=page_of("http://testserver//evil.example/"))
    assert log_in(Client(), url=answer["HX-Redirect"])["Location"] == "/"


def test_htmx_change_without_login_shows_a_message_in_place() -> None:
    for url in ("/clone/", "/keys/add/"):
        answer = Client().post(url, {"key": "x"}, headers=page_of("http://testserver/clone/"))
        assert (answer.status_code, answer.has_header("HX-Redirect")) == (401, False)
        assert "Log in in another tab" in answer.content.decode()


def test_login_mentions_expiry_only_after_an_expired_session() -> None:
    told = "Your session expired. Log in to continue."
    browser = Client()
    assert told not in browser.get("/keys/", follow=True).content.decode()
    log_in(browser)
    browser.session.flush()
    assert told in browser.get("/keys/", follow=True).content.decode()
    assert told not in browser.get(LOGIN).content.decode()
    wrong = log_in(browser, password="wrong", url=f"{LOGIN}?next=/keys/")
    assert told not in wrong.content.decode()


# --- limits ---


def test_sixth_wrong_password_locks_out_the_right_one_too() -> None:
    answers = [log_in(Client(), password="wrong") for _ in range(5)]
    assert all("Wrong email or password." in one.content.decode() for one in answers)
    browser = Client()
    closed = log_in(browser)
    assert closed.status_code == 200
    assert "Too many failed logins. Wait five minutes, then try again." in closed.content.decode()
    assert not is_in(browser)


def test_login_limit_ignores_email_case_and_browser() -> None:
    for email in (ED, "ED@example.com", "Ed@Example.Com", "eD@example.com", " ed@example.com "):
        log_in(Client(), email=email, password="wrong")
    assert "Too many" in log_in(Client()).content.decode()


def test_login_limit_of_one_account_spares_others() -> None:
    for _ in range(5):
        log_in(Client(), password="wrong")
    browser = Client()
    assert log_in(browser, email="vera@example.com").status_code == 302
    assert is_in(browser)


def test_ten_login_failures_a_minute_block_the_address() -> None:
    for number in range(10):
        log_in(Client(), email=f"guess{number}@example.com", password="wrong")
    answer = log_in(Client(), email="vera@example.com")
    assert answer.status_code in {200, 429}
    assert not is_in(answer.client)


def test_forged_forwarded_header_does_not_evade_the_limit() -> None:
    for number in range(10):
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        form = {"login": f"guess{number}@example.com", "password": "wrong"}
        Client().post(LOGIN, form, headers=headers)
    browser = Client()
    browser.post(LOGIN, {"login": ED, "password": PASSWORD}, headers={"X-Forwarded-For": "10.9.9.9"})
    assert not is_in(browser)


def test_admin_login_accepts_no_password() -> None:
    User.objects.filter(email=ED).update(is_staff=True, is_superuser=True)
    for url in ("/admin/login/", "/admin/login/?next=/admin/"):
        browser = Client()
        form = {"username": ED, "password": PASSWORD, "login": ED, "this_is_the_login_form": "1"}
        answer = browser.post(url, form)
        assert (answer.status_code, answer["Location"][:16]) == (302, LOGIN)
        assert "sessionid" not in browser.cookies
    for _ in range(5):
        log_in(Client(), password="wrong", url="/accounts/login/?next=/admin/")
    assert "Too many" in log_in(Client(), url="/accounts/login/?next=/admin/").content.decode()


def test_known_browser_logs_in_while_a_stranger_guesses() -> None:
    known = Client()
    assert log_in(known).status_code == 302
    known.post("/accounts/logout/")
    for _ in range(12):  # more than an account and more than an address is allowed
        log_in(Client(), password="wrong")
    assert "Too many" in log_in(Client()).content.decode()
    log_in(known)
    assert is_in(known)


def test_known_browser_has_a_limit_of_its_own() -> None:
    browsers = [Client(), Client()]
    for one in browsers:
        log_in(one)
        one.post("/accounts/logout/")
    for _ in range(10):
        assert "Wrong email or password." in log_in(browsers[0], password="wrong").content.decode()
    log_in(browsers[0])
    assert not is_in(browsers[0])
    log_in(browsers[1])
    assert is_in(browsers[1])


def test_cookie_of_a_known_browser_is_bound_to_its_person() -> None:
    eve = Client()
    log_in(eve, email="vera@example.com")
    eve.post("/accounts/logout/")
    cookies = {name: cookie.value for name, cookie in eve.cookies.items() if name.startswith("known-")}
    assert len(cookies) == 1
    eds = Client()
    log_in(eds)
    [name] = [name for name in eds.cookies if name.startswith("known-")]
    eve.cookies[name] = next(iter(cookies.values()))
    for _ in range(5):
        log_in(Client(), password="wrong")
    assert "Too many" in log_in(eve).content.decode()


def test_browser_that_reset_the_password_is_known() -> None:
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": ED})
    form_url = browser.get(reset_link())["Location"]
    for _ in range(5):
        log_in(Client(), password="wrong")
    assert browser.post(form_url, {"password1": NEW, "password2": NEW}).status_code == 302
    assert "Too many" in log_in(Client(), password=NEW).content.decode()
    log_in(browser, password=NEW)
    assert is_in(browser)


def test_login_limits_are_shared_by_all_processes(settings: Settings) -> None:
    assert settings.CACHES["default"]["BACKEND"].endswith(("DatabaseCache", "RedisCache"))


def test_password_resets_are_limited_per_email() -> None:
    answers = [Client().post("/accounts/password/reset/", {"email": ED}) for _ in range(7)]
    assert len(mail.outbox) == 5
    assert answers[-1].status_code == 429


# --- passwords ---


def reset_link() -> str:
    """The link of the last mail, without the host."""
    found = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_password_reset_link_works_once(cast: Cast) -> None:
    elsewhere = cast.login(cast.ed)
    assert (
        Client().post("/accounts/password/reset/", {"email": ED})["Location"]
        == "/accounts/password/reset/done/"
    )
    assert (mail.outbox[0].to, mail.outbox[0].subject) == ([ED], "Choose a new password for Voice Studio")
    browser, link = Client(), reset_link()
    page = browser.get(link, follow=True)
    assert page.status_code == 200
    form_url = page.redirect_chain[-1][0]
    assert form_url == re.sub(r"-[^/]+/$", "-set-password/", link)  # the key itself leaves the address bar
    weak = browser.post(form_url, {"password1": "12345678", "password2": "12345678"})
    assert weak.status_code == 200
    assert browser.post(form_url, {"password1": NEW, "password2": NEW}).status_code == 302
    assert not is_in(elsewhere)
    assert log_in(Client(), password=NEW).status_code == 302
    again = Client().get(link, follow=True)
    assert b'name="password1"' not in again.content


def test_password_reset_answers_unknown_emails_alike() -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": one}) for one in (ED, "nobody@example.com")
    ]
    assert len({(one.status_code, one["Location"]) for one in answers}) == 1
    unknown = [str(one.body) for one in mail.outbox if one.to == ["nobody@example.com"]]
    assert len(unknown) == 1  # a mail goes out either way, or its time would tell
    assert "/key/" not in unknown[0]
    assert "signup" not in unknown[0]


def test_reset_mail_links_to_our_host_despite_the_header() -> None:
    answer = Client().post("/accounts/password/reset/", {"email": ED}, headers={"Host": "evil.example"})
    assert (answer.status_code, mail.outbox) == (400, [])


def test_a_changed_password_ends_the_other_sessions(cast: Cast) -> None:
    here, elsewhere = cast.login(cast.ed), cast.login(cast.ed)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    refused = here.post("/accounts/password/change/", form | {"oldpassword": "wrong"})
    assert (refused.status_code, is_in(elsewhere)) == (200, True)
    assert "This isn&#x27;t your current password." in refused.content.decode()
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_reset_mail_says_its_purpose_and_may_be_ignored() -> None:
    for email in (ED, "nobody@example.com"):
        Client().post("/accounts/password/reset/", {"email": email})
    known, unknown = (str(one.body) for one in mail.outbox)
    assert "If you didn't ask for it, you can ignore this email.\nYour password won't change." in known
    assert "No account at testserver uses this email." in unknown
    for one in mail.outbox:
        assert "Voice Studio" in one.subject
        assert not re.search(r"\[|Hello from|Thank you|{", one.subject + str(one.body))


def test_pages_promise_no_mail_where_mail_is_off(settings: Settings) -> None:
    asked, done = "/accounts/password/reset/", "/accounts/password/reset/done/"
    silent = "This Voice Studio doesn't send email."
    assert all(silent not in Client().get(url).content.decode() for url in (asked, done))
    settings.SENDS_MAIL = False
    first, last = read_page(asked), read_page(done)
    told = "Ask your team admin for a new password; the link is also printed in the server's log."
    assert f"{silent} {told}" in " ".join(first.split())
    for page in (first, last):
        assert silent in page
        assert not re.search("We'll send|on its way|Check your email|Send link", page)


def read_page(url: str) -> str:
    """What a person reads at an address."""
    return unescape(Client().get(url).content.decode())


@pytest.mark.parametrize(
    ("url", "labels"),
    [
        (LOGIN, ["Email", "Password"]),
        ("/accounts/password/reset/", ["Email"]),
        ("/accounts/email/", ["New email"]),
        ("/accounts/reauthenticate/", ["Password"]),
        ("/accounts/password/change/", ["Current password", "New password", "Confirm new password"]),
    ],
)
def test_account_fields_have_one_plain_label(url: str, labels: list[str], cast: Cast) -> None:
    browser = Client() if url in {LOGIN, "/accounts/password/reset/"} else cast.login(cast.ed)
    page = browser.get(url).content.decode()
    assert re.findall(r'<label for="id_[^>]*>([^<]+)</label>', page) == labels
    assert "placeholder=" not in page
    help_line = "At least 8 characters. Avoid common passwords and your name."
    assert page.count(help_line) == labels.count("New password")
    assert "E-mail" not in page and "e-mail" not in page


def test_password_must_not_equal_the_name(cast: Cast) -> None:
    User.objects.filter(email=ED).update(name="Bartholomew Quill")
    form = {"oldpassword": PASSWORD, "password1": "bartholomewquill", "password2": "bartholomewquill"}
    answer = cast.login(cast.ed).post("/accounts/password/change/", form)
    assert "too similar to the name" in answer.content.decode()


# --- the look, and what is closed ---


@pytest.mark.parametrize(
    ("url", "inside", "title"),
    [
        (LOGIN, False, "Log in"),
        ("/accounts/password/reset/", False, "Forgot your password?"),
        ("/accounts/password/reset/done/", False, ""),
        ("/accounts/password/reset/key/done/", False, ""),
        ("/accounts/password/reset/key/1-wrong/", False, ""),
        ("/accounts/inactive/", False, ""),
        ("/accounts/signup/", False, "Sign-up is closed"),
        ("/accounts/confirm-email/", False, ""),
        ("/accounts/confirm-email/no:such:key/", True, "This link no longer works"),
        ("/accounts/password/change/", True, "Change password"),
        ("/accounts/logout/", True, ""),
        ("/accounts/email/", True, "Change email"),
        ("/accounts/reauthenticate/", True, ""),
    ],
)
def test_every_account_page_uses_our_layout(url: str, inside: bool, title: str, cast: Cast) -> None:
    browser = cast.login(cast.ed) if inside else Client()
    page = browser.get(url).content.decode()
    for part in (
        'href="/static/css/tokens.css"',
        'id="main"',
        'role="status"',
        "Voice Studio</title>",
        title,
    ):
        assert part in page
    assert not re.search(
        r"<style|style=|<script(?! (type=\"module\" )?(defer )?src=|[^>]*src=)| on\w+=", page
    )
    assert 'href="/accounts/signup/' not in page


def test_sign_up_is_closed() -> None:
    form = {"email": "new@example.com", "password1": NEW, "password2": NEW}
    answer = Client().post("/accounts/signup/", form)
    assert "Sign-up is closed" in answer.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()
