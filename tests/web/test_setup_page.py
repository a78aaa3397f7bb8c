"""The first visit: one link, one admin, a key if wished; used or forged it is gone."""

from collections.abc import Iterator

import pytest
from django.contrib.messages import get_messages
from django.core import signing
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from tests.web.canary import CANARY, Upstream, serving
from tests.web.routes import NOWHERE
from voices.gateway import verify_encryption_key
from voices.models import ApiKey, AuditEntry, Endpoint, KeyState, Membership, Role, Team, User
from voices.web.setup import SALT, setup_token

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def empty_installation(db: None) -> None:
    verify_encryption_key()


@pytest.fixture
def upstream(settings: Settings) -> Iterator[Upstream]:
    stand_in = Upstream()
    with serving(stand_in) as url:
        settings.ALTHEA_URL = settings.SANDBOX_URL = url
        yield stand_in


def set_up(browser: Client, token: str = "", **fields: str) -> HttpResponse:
    form = {
        "name": "Ada",
        "email": "Ada@Example.com",
        "password": PASSWORD,
        "team": "Northwind",
        "start": "later",
    }
    answer: HttpResponse = browser.post(f"/setup/{token or setup_token()}/", form | fields)
    return answer


def test_setup_link_creates_admin_and_team_and_logs_in() -> None:
    browser = Client()
    assert browser.get(f"/setup/{setup_token()}/").status_code == 200
    answer = set_up(browser)
    member = Membership.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert (member.role, member.team.name, member.user.email) == (Role.ADMIN, "Northwind", "ada@example.com")
    assert member.user.is_superuser
    assert member.user.check_password(PASSWORD)
    assert browser.get("/").status_code == 200
    assert AuditEntry.objects.get().verb == "team.created"
    assert (
        Client().post("/accounts/login/", {"login": "ada@example.com", "password": PASSWORD}).status_code
        == 302
    )


def test_used_setup_link_is_410_for_get_and_post() -> None:
    token = setup_token()
    set_up(Client(), token)
    for answer in (Client().get(f"/setup/{token}/"), set_up(Client(), token, email="eve@example.com")):
        assert answer.status_code == 410
        assert 'name="password"' not in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "token",
    ["x", "a:b:c", "é:é:é", "x" * 5000, signing.dumps("first admin", salt="other")],
    ids=["letter", "colons", "accents", "long", "foreign"],
)
def test_forged_setup_link_is_410(token: str) -> None:
    assert Client().get(f"/setup/{token}/").status_code == 410
    assert set_up(Client(), token).status_code == 410
    assert not User.objects.exists()


def test_expired_setup_link_is_410(monkeypatch: pytest.MonkeyPatch) -> None:
    assert setup_token() != ""
    old = signing.TimestampSigner(salt=SALT)
    stamped = old.sign_object("first admin").rsplit(":", 2)[0]
    old_stamp = signing.b62_encode(1_600_000_000)
    value = f"{stamped}:{old_stamp}"
    assert set_up(Client(), f"{value}:{old.signature(value)}").status_code == 410


def test_setup_stores_a_sandbox_key_and_opens_the_clone_page(settings: Settings, upstream: Upstream) -> None:
    settings.SANDBOX_URL = NOWHERE
    assert set_up(Client(), start="sandbox")["Location"] == "/keys/"  # it cannot be tested yet
    key = ApiKey.objects.get()
    assert (key.endpoint, key.state, key.prefix[:2]) == (Endpoint.SANDBOX, KeyState.UNKNOWN, "sb")


def test_setup_with_a_working_key_opens_the_clone_page(upstream: Upstream) -> None:
    assert set_up(Client(), start="key", key=f" {CANARY}\n", unusual="1")["Location"] == "/clone/"
    assert ApiKey.objects.get().state == KeyState.OK
    assert upstream.seen == [CANARY]


def test_setup_with_a_refused_key_creates_admin_and_team_only(upstream: Upstream) -> None:
    upstream.refused = {CANARY}
    browser = Client()
    answer = set_up(browser, start="key", key=CANARY, unusual="1")
    assert answer["Location"] == "/keys/"
    assert "Althea refused the key" in " ".join(str(one) for one in get_messages(answer.wsgi_request))
    assert (User.objects.count(), ApiKey.objects.count()) == (1, 0)
    assert browser.get("/keys/").status_code == 200


def test_setup_asks_to_confirm_an_unusual_key(db: None, upstream: Upstream) -> None:
    answer = set_up(Client(), start="key", key=CANARY)
    page = answer.content.decode()
    assert (answer.status_code, User.objects.count(), upstream.seen) == (422, 0, [])
    assert 'name="unusual"' in page
    assert CANARY not in page


def test_setup_ignores_a_key_that_was_not_chosen(upstream: Upstream) -> None:
    set_up(Client(), start="later", key=CANARY)
    assert (ApiKey.objects.count(), upstream.seen) == (0, [])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "password1"}, "too common"),
        ({"password": "ada@example.com"}, "too similar"),
        ({"password": ""}, "Choose a password."),
        ({"email": "no address"}, "valid email"),
        ({"email": f"{'a' * 60}@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 30}.example"}, "at most 254"),
        ({"team": " \u200b "}, "Give your team a name."),
        ({"name": "x" * 81}, "This has 81 characters. The limit is 80."),
        ({"start": "nonsense"}, "Select a valid choice"),
        ({"start": "key", "key": ""}, "Paste the key first."),
        ({"start": "key", "key": "schlüssel"}, "This isn&#x27;t a key"),
        ({"start": "key", "key": "two words"}, "This isn&#x27;t a key"),
        ({"start": "key", "key": "x" * 5000}, "This isn&#x27;t a key"),
    ],
)
def test_setup_explains_errors_and_creates_nothing(
    upstream: Upstream, fields: dict[str, str], sentence: str
) -> None:
    answer = set_up(Client(), **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert PASSWORD not in page
    assert (User.objects.count(), Team.objects.count(), upstream.seen) == (0, 0, [])


def test_setup_with_an_empty_form_names_what_is_missing() -> None:
    answer = Client().post(f"/setup/{setup_token()}/")
    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Enter your name.", "Enter your email.", "Choose a password.", "Give your team a name."):
        assert page.count(sentence) == 1
    assert "This field is required" not in page
    assert "too short" not in page


def test_setup_offers_no_sandbox_where_it_is_off(settings: Settings) -> None:
    settings.SANDBOX = False
    assert 'value="sandbox"' not in Client().get(f"/setup/{setup_token()}/").content.decode()
    assert set_up(Client(), start="sandbox").status_code == 422
    assert not User.objects.exists()
