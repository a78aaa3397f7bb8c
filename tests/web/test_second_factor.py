"""A second factor: set up, asked for, guessed at, used once, replaced by a recovery code, sealed in the database."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as active
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.web.test_accounts import let_time_pass
from voices import gateway
from voices.actions.keys.rotation import rotate_keys
from voices.kit.sealing import make_key as make_encryption_key
from voices.models import AuditEntry, User

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"
SECURITY, APP = "/accounts/security/", "/accounts/security/app/add/"
CODES = "/accounts/security/codes/"


@pytest.fixture
def ed(cast: Cast) -> Client:
    return cast.login(cast.ed)


def code_of(secret: str, *, step: int = 0) -> str:
    """The app's code now, or some steps of 30 seconds later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def add_app(browser: Client) -> str:
    """Set up an authenticator app. Return its secret."""
    page = browser.get(APP).content.decode()
    found = re.search(r'<code class="break">(\w+)</code>', page)
    assert found
    answer = browser.post(APP, {"code": code_of(found[1])})
    assert answer["Location"] == CODES
    cache.clear()  # the same code may be used for a login below
    return found[1]


def recovery_codes(browser: Client) -> list[str]:
    return re.findall(r"\b\d{8}\b", browser.get(CODES).content.decode())


def give_password(browser: Client) -> HttpResponse:
    answer: HttpResponse = browser.post(LOGIN, {"login": "ed@example.com", "password": PASSWORD})
    return answer


def is_in(browser: Client) -> bool:
    return browser.get("/keys/").status_code == 200


def verbs() -> list[str]:
    found = AuditEntry.objects.filter(verb__startswith="person.").order_by("pk")
    return [entry.verb.removeprefix("person.") for entry in found]


def test_login_asks_for_the_code_after_the_password(ed: Client) -> None:
    secret, browser = add_app(ed), Client()
    assert give_password(browser)["Location"] == CODE
    assert not is_in(browser)
    assert not [name for name in browser.cookies if name.startswith("known-")]
    wrong = browser.post(CODE, {"code": "000000"})
    assert escape("That code isn't right.") in wrong.content.decode()
    assert browser.post(CODE, {"code": code_of(secret)})["Location"] == "/"
    assert is_in(browser)
    assert verbs() == ["factor_added", "codes_made", "factor_failed", "logged_in"]


def test_code_cannot_be_used_again(ed: Client) -> None:
    secret, first, second = add_app(ed), Client(), Client()
    code = code_of(secret)
    for browser in (first, second):
        give_password(browser)
        browser.post(CODE, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)


def test_code_of_a_clock_that_is_a_step_off_works_once(ed: Client) -> None:
    secret, first, second = add_app(ed), Client(), Client()
    code = code_of(secret, step=1)
    give_password(first)
    assert first.post(CODE, {"code": code})["Location"] == "/"
    cache.delete(
        f"allauth.mfa.totp.used?user={ed.session['_auth_user_id']}&code={code}"
    )  # as 30 seconds later
    give_password(second)
    second.post(CODE, {"code": code})
    second.post(CODE, {"code": code_of(secret, step=3)})
    assert not is_in(second)


def test_sixth_wrong_code_is_refused_even_if_right(ed: Client) -> None:
    secret, browser = add_app(ed), Client()
    give_password(browser)
    for _ in range(5):
        browser.post(CODE, {"code": "000000"})
    answer = browser.post(CODE, {"code": code_of(secret)})
    assert "Too many failed logins." in answer.content.decode()
    assert not is_in(browser)


def test_code_page_without_a_password_leads_to_the_login(ed: Client) -> None:
    add_app(ed)
    for answer in (Client().get(CODE), Client().post(CODE, {"code": "000000"})):
        assert (answer.status_code, answer["Location"]) == (302, LOGIN)


def test_admin_site_is_behind_the_second_factor(ed: Client, cast: Cast) -> None:
    add_app(ed)
    User.objects.filter(pk=cast.ed.user.pk).update(is_staff=True, is_superuser=True)
    browser = Client()
    browser.post(f"{LOGIN}?next=/admin/", {"login": "ed@example.com", "password": PASSWORD})
    assert browser.get("/admin/")["Location"].startswith("/admin/login/")


def test_recovery_codes_are_shown_once_and_work_once(ed: Client) -> None:
    add_app(ed)
    codes = recovery_codes(ed)
    assert (len(codes), recovery_codes(ed)) == (10, [])
    for used in (False, True):
        browser = Client()
        give_password(browser)
        browser.post(CODE, {"code": codes[0]})
        assert is_in(browser) is not used
    assert "9 left" in ed.get(SECURITY).content.decode()


def test_new_recovery_codes_replace_the_old(ed: Client) -> None:
    add_app(ed)
    old = recovery_codes(ed)
    assert ed.post(f"{CODES}new/")["Location"] == CODES
    assert not set(old) & set(recovery_codes(ed))
    assert verbs()[-1] == "codes_made"


def test_removed_app_is_told_and_asked_for_no_more(ed: Client) -> None:
    add_app(ed)
    assert ed.post("/accounts/security/app/remove/")["Location"] == SECURITY
    assert mail.outbox[-1].subject == "The authenticator app was removed from Voice Studio"
    browser = Client()
    assert give_password(browser)["Location"] == "/"
    assert not Authenticator.objects.exists()
    assert verbs()[-2:] == ["factor_removed", "logged_in"]


@pytest.mark.parametrize(
    "path", ["app/add/", "app/remove/", "passkeys/add/", "passkeys/1/remove/", "codes/", "codes/new/"]
)
def test_factors_change_only_after_a_confirmation(ed: Client, path: str) -> None:
    let_time_pass(ed)
    for answer in (ed.get(SECURITY + path), ed.post(SECURITY + path)):
        assert (answer.status_code, answer["Location"][:31]) == (303, "/accounts/reauthenticate/?next=")


def test_code_confirms_as_the_password_does(ed: Client) -> None:
    secret = add_app(ed)
    let_time_pass(ed)
    asked = ed.get(ed.get(CODES)["Location"]).content.decode()
    assert 'href="/accounts/reauthenticate/code/?next=' in asked
    answer = ed.post("/accounts/reauthenticate/code/", {"code": code_of(secret), "next": "/keys/"})
    assert answer["Location"] == "/keys/"
    assert 'action="/keys/add/"' in ed.get("/keys/").content.decode()


def test_secret_and_codes_are_sealed_and_rotated(ed: Client, settings: Settings) -> None:
    secret, new = add_app(ed), make_encryption_key()
    rows = {one.type: one.data for one in Authenticator.objects.all()}
    assert gateway.open_factor(rows["totp"]["secret"]) == secret
    assert secret not in str(rows)
    assert rows["recovery_codes"]["seed"].startswith("gAAAA")
    settings.ENCRYPTION_KEYS = [new, active.ENCRYPTION_KEYS[0]]
    assert rotate_keys() == 2
    settings.ENCRYPTION_KEYS = [new]
    assert gateway.open_factor(Authenticator.objects.get(type="totp").data["secret"]) == secret
    assert len(recovery_codes(ed)) == 10


def test_passkeys_of_others_cannot_be_changed(ed: Client, cast: Cast) -> None:
    data = {"name": "Laptop", "credential": {}}
    hers = Authenticator.objects.create(user=cast.vera.user, type="webauthn", data=data)
    for verb in ("rename", "remove"):
        assert ed.post(f"{SECURITY}passkeys/{hers.pk}/{verb}/", {"name": "x"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Laptop"


@pytest.mark.parametrize("credential", ["", "nonsense", "{}", "[]", '{"id": 1}', '{"response": null}'])
def test_nonsense_for_a_passkey_logs_nobody_in(cast: Cast, credential: str) -> None:
    browser = Client()
    answer = browser.post("/accounts/login/passkey/", {"credential": credential})
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    assert not is_in(browser)
    answer = cast.login(cast.ed).post(f"{SECURITY}passkeys/add/", {"credential": credential})
    assert answer.status_code == 200
