"""Sessions: listed with device and address, ended one by one or all, and never older than allowed."""

import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as active
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.base import PASSWORD, Cast
from voices.models import AuditEntry
from voices.web.accounts.sessions import NOTED_EVERY_SECONDS, SEEN, STARTED, device

SECURITY, END = "/accounts/security/", "/accounts/security/sessions/end/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1"


def log_in(user_agent: str = FIREFOX, email: str = "ed@example.com") -> Client:
    """A browser in which that person has logged in by the form."""
    browser = Client(headers={"User-Agent": user_agent})
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/keys/").status_code == 200


def age(browser: Client, name: str, seconds: float) -> None:
    """Put a time of the browser's session further back."""
    session = browser.session
    session[name] = time.time() - seconds
    session.save()


@pytest.mark.parametrize(
    ("user_agent", "named"),
    [
        (FIREFOX, "Firefox on Linux"), (EDGE, "Edge on Windows"), (IPHONE, "Safari on iPhone"),
        ("curl/8.5", "Unknown device"), ("", "Unknown device"),
    ],
)  # fmt: skip
def test_device_is_named_from_the_user_agent(user_agent: str, named: str) -> None:
    assert device(user_agent) == named


def test_sessions_are_listed_to_their_person_only(cast: Cast) -> None:
    here, _, _ = log_in(), log_in(EDGE), log_in(IPHONE, "vera@example.com")
    page = here.get(SECURITY).content.decode()
    assert "Firefox on Linux" in page and "127.0.0.1, this session" in page
    assert "Edge on Windows" in page
    assert "iPhone" not in page


def test_one_session_is_ended_and_audited(cast: Cast) -> None:
    here, there = log_in(), log_in(EDGE)
    chosen = UserSession.objects.get(user_agent=EDGE)
    assert here.post(END, {"session": chosen.pk}).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    entry = AuditEntry.objects.get(verb="person.sessions_ended")
    assert (entry.actor, entry.facts) == (cast.ed.user, {"sessions": 1})


def test_all_other_sessions_are_ended_at_once(cast: Cast) -> None:
    here, others, vera = log_in(), [log_in(EDGE), log_in(IPHONE)], log_in(email="vera@example.com")
    here.post(END, {"session": "others"})
    assert [is_in(one) for one in (here, *others, vera)] == [True, False, False, True]


@pytest.mark.parametrize("chosen", ["", "x", "-1", "9" * 30, "vera"])
def test_session_of_another_is_not_ended(cast: Cast, chosen: str) -> None:
    here, vera = log_in(), log_in(email="vera@example.com")
    hers = UserSession.objects.get(user=cast.vera.user).pk
    here.post(END, {"session": hers if chosen == "vera" else chosen})
    assert (is_in(here), is_in(vera)) == (True, True)
    assert not AuditEntry.objects.filter(verb="person.sessions_ended").exists()


def test_session_ends_after_its_days_however_used(cast: Cast) -> None:
    browser = log_in()
    age(browser, STARTED, active.SESSION_MAX_SECONDS - 60)
    assert is_in(browser)
    age(browser, STARTED, active.SESSION_MAX_SECONDS + 60)
    page = browser.get("/keys/", follow=True)
    assert page.redirect_chain == [("/accounts/login/?next=/keys/", 302)]
    assert "You were logged out because sessions last at most 7 days." in page.content.decode()


def test_visit_is_noted_at_most_every_five_minutes(cast: Cast) -> None:
    browser = log_in()
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        browser.get("/keys/")
    assert not [one for one in queries if "UPDATE" in one["sql"]]
    age(browser, SEEN, NOTED_EVERY_SECONDS + 1)
    browser.get("/keys/")
    assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


def test_logout_takes_the_session_off_the_list(cast: Cast) -> None:
    here, there = log_in(), log_in(EDGE)
    there.post("/accounts/logout/")
    assert "Edge on Windows" not in here.get(SECURITY).content.decode()
