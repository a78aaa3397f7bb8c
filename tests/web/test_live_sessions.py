"""Whose session it is: a person's only while it is real, current, and that of somebody active."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.base import Cast
from tests.kit.fakes import FakeClock
from voices.web.guard import LiveSessions, person_of_session


def session_of(cast: Cast) -> str:
    """The session of Ada, logged in."""
    return str(cast.login(cast.ada).cookies["sessionid"].value)


def test_a_session_leads_to_its_person(cast: Cast) -> None:
    assert person_of_session(session_of(cast)) == cast.ada.user.pk


@pytest.mark.parametrize("key", ["", "f" * 32, "f" * 41, "x' OR '1'='1", "a\0b", "é" * 32])
def test_a_made_up_session_leads_to_nobody(cast: Cast, key: str) -> None:
    assert person_of_session(key) is None


def test_an_expired_session_leads_to_nobody(cast: Cast) -> None:
    key = session_of(cast)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert person_of_session(key) is None


def test_a_session_ends_with_the_login(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    key = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")
    assert person_of_session(key) is None


def test_a_session_ends_with_the_password(cast: Cast) -> None:
    key = session_of(cast)
    cast.ada.user.set_password("another horse battery staple")
    cast.ada.user.save()
    assert person_of_session(key) is None


def test_a_session_of_an_inactive_person_is_nobodys(cast: Cast) -> None:
    key = session_of(cast)
    cast.ada.user.is_active = False
    cast.ada.user.save()
    assert person_of_session(key) is None


def test_an_anonymous_session_is_nobodys(db: None) -> None:
    store = SessionStore()
    store["next"] = "/"
    store.save()
    assert person_of_session(store.session_key) is None


async def test_sessions_are_remembered_for_ten_seconds() -> None:
    asked: list[str] = []

    def find(key: str) -> int | None:
        asked.append(key)
        return 7 if key == "live" else None

    clock = FakeClock()
    sessions = LiveSessions(find=find, clock=clock, size=1)
    assert [await sessions("live"), await sessions("live"), await sessions("dead")] == [7, 7, None]
    clock.advance(10)
    assert [await sessions("live"), await sessions("dead")] == [7, None]
    assert asked == ["live", "dead", "live", "dead"]
