"""The company's login: who comes in, who is turned away with which sentence, and that nothing was created then."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.web.oidc_provider import CLIENT, SECRET, OidcProvider, new_key, serving_provider
from tests.web.test_accounts import let_time_pass
from voices.actions.members.invitations import invite
from voices.models import AuditEntry, Membership, Role, Team, User
from voices.web.links import JOIN, link_path

START, LOGIN = "/accounts/oidc/login/", "/accounts/login/"
GRACE = "grace@example.com"


@pytest.fixture(scope="module")
def one_provider() -> Iterator[OidcProvider]:
    with serving_provider() as running:
        yield running


@pytest.fixture
def provider(one_provider: OidcProvider, settings: Settings, cast: Cast) -> OidcProvider:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
        one_provider.url,
        CLIENT,
        SECRET,
    )
    settings.OIDC_NAME, settings.OIDC_DOMAINS = "Acme", ["example.com"]
    clean = OidcProvider(url=one_provider.url, key=one_provider.key)
    one_provider.__dict__ |= clean.__dict__
    return one_provider


def come(provider: OidcProvider, browser: Client, query: str = "") -> HttpResponse:
    """Go to the company's login and come back."""
    begun = browser.get(START + query)
    assert begun.status_code == 302
    answer: HttpResponse = browser.get(provider.authorise(begun["Location"]))
    return answer


def is_in(browser: Client) -> bool:
    return browser.get("/keys/").status_code in {200, 403}


def claim_domain(cast: Cast, domain: str = "example.com", role: str = Role.EDITOR) -> None:
    Team.objects.filter(pk=cast.northwind.pk).update(join_domains=domain, join_role=role)


def counts() -> tuple[int, ...]:
    return tuple(kind.objects.count() for kind in (User, Membership, SocialAccount, AuditEntry))


def test_invited_person_joins_at_their_first_login(provider: OidcProvider, cast: Cast) -> None:
    invite(member=cast.ada, email=GRACE, role=Role.EDITOR, now=timezone.now())
    browser = Client()
    assert come(provider, browser, "?next=/tags/")["Location"] == "/tags/"
    member = Membership.objects.get(user__email=GRACE)
    assert (member.team, member.role, member.user.name) == (cast.northwind, "editor", "Grace")
    assert not member.user.has_usable_password()
    assert AuditEntry.objects.get(verb="person.logged_in").facts == {"by": "company"}
    assert not SocialToken.objects.exists()
    assert come(provider, Client())["Location"] == "/"
    assert User.objects.filter(email=GRACE).count() == 1


def test_domain_of_a_team_lets_people_join_it(provider: OidcProvider, cast: Cast, settings: Settings) -> None:
    claim_domain(cast)
    assert come(provider, Client())["Location"] == "/"
    assert Membership.objects.get(user__email=GRACE).role == "editor"
    entry = AuditEntry.objects.get(verb="member.joined")
    assert entry.facts == {"role": "editor", "domain": "example.com"}


def test_removed_member_does_not_rejoin_by_the_domain(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    come(provider, Client())
    Membership.objects.filter(user__email=GRACE).delete()
    come(provider, Client())
    assert not Membership.objects.filter(user__email=GRACE).exists()


def test_deleted_team_is_joined_by_nobody(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    Team.objects.filter(pk=cast.northwind.pk).update(deleted_at=timezone.now())
    assert come(provider, Client()).status_code == 403


def test_account_that_there_is_gets_connected_and_told(provider: OidcProvider, cast: Cast) -> None:
    provider.claims = {"email": "Ed@Example.com"}
    browser = Client()
    assert come(provider, browser)["Location"] == "/"
    assert SocialAccount.objects.get().user == cast.ed.user
    assert mail.outbox[0].to == ["ed@example.com"]
    assert AuditEntry.objects.filter(verb="person.connected", actor=cast.ed.user).exists()
    assert "Logs you in as ed@example.com" in browser.get("/accounts/security/").content.decode()


def test_company_login_removes_ways_in_that_proved_nothing(provider: OidcProvider, cast: Cast) -> None:
    """Whoever made the account in somebody's name, and stayed logged in, is out when its owner comes."""
    maker = cast.login(cast.ed)
    Authenticator.objects.create(user=cast.ed.user, type="webauthn", data={"name": "Phone"})
    Authenticator.objects.create(user=cast.ed.user, type="totp", data={})
    assert is_in(maker)
    provider.claims = {"email": "ed@example.com"}
    come(provider, Client())
    cast.ed.user.refresh_from_db()
    assert (cast.ed.user.has_usable_password(), is_in(maker)) == (False, False)
    assert list(Authenticator.objects.values_list("type", flat=True)) == ["totp"]


WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "nonce": ({"claims": {"nonce": "foreign"}}, 403, "was for another login"),
    "no_nonce": ({"claims": {"nonce": None}}, 403, "was for another login"),
    "unverified": ({"claims": {"email_verified": False}}, 403, "hasn't verified your email"),
    "no_email": ({"claims": {"email": None}}, 403, "hasn't verified your email"),
    "domain": ({"claims": {"email": "grace@evil.example"}}, 403, "ending in evil.example can't log in"),
    "audience": ({"claims": {"aud": "another"}}, 403, "We couldn't verify the response"),
    "issuer": ({"claims": {"iss": "https://evil.example"}}, 403, "We couldn't verify the response"),
    "expired": ({"claims": {"exp": 1}}, 403, "We couldn't verify the response"),
    "no_subject": ({"claims": {"sub": None}}, 403, "We couldn't verify the response"),
    "other_key": ({"signs_with": new_key()}, 403, "We couldn't verify the response"),
    "hs256": ({"algorithm": "HS256"}, 502, "We couldn't verify the response"),
}


@pytest.mark.parametrize("knob", WRONG)
def test_wrong_answer_opens_and_creates_nothing(provider: OidcProvider, cast: Cast, knob: str) -> None:
    claim_domain(cast)
    before, browser = counts(), Client()
    changes, status, sentence = WRONG[knob]
    provider.__dict__ |= changes
    answer = come(provider, browser)
    assert (answer.status_code, counts()) == (status, before)
    assert escape(sentence) in answer.content.decode()
    assert not is_in(browser)


def test_foreign_state_and_no_state_start_again(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    way_back = provider.authorise(Client().get(START)["Location"])
    for url in (way_back, "/accounts/oidc/callback/?code=x", "/accounts/oidc/callback/"):
        answer = Client().get(url)
        assert (answer.status_code, User.objects.filter(email=GRACE).exists()) == (400, False)
        assert escape("This login wasn't started in this browser") in answer.content.decode()


def test_answer_cannot_be_used_twice(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    browser = Client()
    way_back = provider.authorise(browser.get(START)["Location"])
    assert [browser.get(way_back).status_code for _ in range(2)] == [302, 400]


def test_cancelled_login_says_so(provider: OidcProvider) -> None:
    browser = Client()
    state = parse_qs(urlsplit(browser.get(START)["Location"]).query)["state"][0]
    answer = browser.get(f"/accounts/oidc/callback/?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "You cancelled the login at Acme." in answer.content.decode()


@pytest.mark.parametrize("fault", ["down", "is_broken", "redirects", "issuer", "document"])
def test_provider_out_of_order_is_said_at_the_start(
    provider: OidcProvider, settings: Settings, fault: str
) -> None:
    if fault == "down":
        settings.OIDC_ISSUER = "http://127.0.0.1:9"
    elif fault == "issuer":
        provider.document = {"issuer": "https://evil.example"}
    elif fault == "document":
        provider.document = {"authorization_endpoint": None}
    else:
        setattr(provider, fault, True)
    answer = Client().get(START)
    assert (answer.status_code, "elsewhere" in str(provider.seen)) == (502, False)
    assert "Acme" in answer.content.decode()


def test_provider_out_of_order_at_the_end_creates_nothing(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    before, browser = counts(), Client()
    way_back = provider.authorise(browser.get(START)["Location"])
    provider.redirects = True
    assert (browser.get(way_back).status_code, counts()) == (502, before)
    assert provider.seen.count("/elsewhere") == 0


def test_person_whom_no_team_expects_reads_whom_to_ask(provider: OidcProvider, cast: Cast) -> None:
    before = counts()
    answer = come(provider, Client())
    assert (answer.status_code, counts()) == (403, before)
    assert (
        "No team has invited grace@example.com yet. Ask a team admin to invite you" in answer.content.decode()
    )


def test_claim_of_a_domain_no_longer_allowed_opens_nothing(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast, "other.example")
    assert come(provider, Client()).status_code == 403


def test_without_domains_an_account_needs_its_password_first(
    provider: OidcProvider, cast: Cast, settings: Settings
) -> None:
    settings.OIDC_DOMAINS = []
    provider.claims = {"email": "ed@example.com"}
    answer = come(provider, Client())
    assert (answer.status_code, SocialAccount.objects.count()) == (409, 0)
    assert "Log in with your password, then connect it" in answer.content.decode()
    ed = cast.login(cast.ed)
    assert come(provider, ed, "?process=connect")["Location"] == "/accounts/security/"
    assert SocialAccount.objects.get().user == cast.ed.user
    assert come(provider, Client())["Location"] == "/"


def test_login_of_another_account_is_not_connected(provider: OidcProvider, cast: Cast) -> None:
    provider.claims = {"email": "ed@example.com"}
    come(provider, Client())
    vera = cast.login(cast.vera)
    come(provider, vera, "?process=connect")
    assert SocialAccount.objects.get().user == cast.ed.user


def test_person_without_a_password_confirms_at_the_company(provider: OidcProvider, cast: Cast) -> None:
    claim_domain(cast)
    browser = Client()
    come(provider, browser)
    let_time_pass(browser)
    asked = browser.get("/accounts/security/app/add/")
    way = browser.get(asked["Location"])["Location"]
    assert way.startswith(START) and "next=" in way
    provider.claims = {"auth_time": int(time.time()) - 3600}
    assert come(provider, browser, way.removeprefix(START)).status_code == 403
    provider.claims = {"sub": "somebody-else"}
    assert come(provider, browser, way.removeprefix(START)).status_code == 403
    provider.claims = {}
    answer = come(provider, browser, way.removeprefix(START))
    assert answer["Location"] == "/accounts/security/app/add/"
    assert provider.asked["prompt"] == "login"
    assert browser.get(answer["Location"]).status_code == 200


def test_passwords_can_be_turned_off(provider: OidcProvider, cast: Cast, settings: Settings) -> None:
    settings.PASSWORD_LOGIN = False
    page = Client().get(f"{LOGIN}?next=/tags/").content.decode()
    assert 'name="password"' not in page
    assert 'href="/accounts/oidc/login/?next=/tags/"' in page
    browser = Client()
    for password in (PASSWORD, "wrong"):
        browser.post(LOGIN, {"login": "ed@example.com", "password": password})
        assert not is_in(browser)
    provider.claims = {"email": "ed@example.com"}
    assert come(provider, browser)["Location"] == "/"


def test_invited_person_without_passwords_joins_at_the_company(
    provider: OidcProvider, cast: Cast, settings: Settings
) -> None:
    settings.PASSWORD_LOGIN = False
    made = invite(member=cast.ada, email=GRACE, role=Role.VIEWER, now=timezone.now())
    browser = Client()
    page = browser.get(link_path(made.token, JOIN)).content.decode()
    assert "Log in with your company's" in page and 'name="password"' not in page
    come(provider, browser)
    assert Membership.objects.get(user__email=GRACE).role == "viewer"


def test_deactivated_person_does_not_come_in(provider: OidcProvider, cast: Cast) -> None:
    provider.claims = {"email": "ed@example.com"}
    User.objects.filter(pk=cast.ed.user.pk).update(is_active=False)
    browser = Client()
    come(provider, browser)
    assert not is_in(browser)


def test_expired_invitation_lets_nobody_in(provider: OidcProvider, cast: Cast) -> None:
    invite(member=cast.ada, email=GRACE, role=Role.EDITOR, now=timezone.now() - timedelta(days=8))
    assert come(provider, Client()).status_code == 403


def test_company_login_is_absent_where_it_is_off(cast: Cast) -> None:
    assert Client().get(START).status_code == 404
    assert Client().get("/accounts/oidc/callback/").status_code == 404
    assert "Continue with" not in Client().get(LOGIN).content.decode()
