"""A session is live while it is real, current, and that of somebody active."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from tests.base import Cast
from tests.kit.fakes import FakeClock
from voices.web.guard import LiveSessions, RecentSessions, is_live_session


def session_of(cast: Cast) -> str:
    """The session of Ada, logged in."""
    return str(cast.login(cast.ada).cookies["sessionid"].value)


def test_a_session_is_live_after_the_login(cast: Cast) -> None:
    assert is_live_session(session_of(cast))


@pytest.mark.parametrize("key", ["", "f" * 32, "f" * 41, "x' OR '1'='1", "a\0b", "é" * 32])
def test_a_made_up_session_is_not_live(cast: Cast, key: str) -> None:
    assert not is_live_session(key)


def test_an_expired_session_is_not_live(cast: Cast) -> None:
    key = session_of(cast)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_live_session(key)


def test_a_session_ends_with_the_login(cast: Cast) -> None:
    browser = cast.login(cast.ada)
    key = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")
    assert not is_live_session(key)


def test_a_session_ends_with_the_password(cast: Cast) -> None:
    key = session_of(cast)
    cast.ada.user.set_password("another horse battery staple")
    cast.ada.user.save()
    assert not is_live_session(key)


def test_a_session_of_an_inactive_person_is_not_live(cast: Cast) -> None:
    key = session_of(cast)
    cast.ada.user.is_active = False
    cast.ada.user.save()
    assert not is_live_session(key)


def test_an_anonymous_session_is_not_live(db: None) -> None:
    store = SessionStore()
    store["next"] = "/"
    store.save()
    assert not is_live_session(store.session_key)


async def test_sessions_are_remembered_for_ten_seconds() -> None:
    asked: list[str] = []

    def is_live(key: str) -> bool:
        asked.append(key)
        return key == "live"

    clock = FakeClock()
    sessions = LiveSessions(is_live=is_live, clock=clock)
    assert [await sessions("live"), await sessions("live"), await sessions("dead")] == [True, True, False]
    clock.advance(10)
    assert [await sessions("live"), await sessions("dead")] == [True, False]
    assert asked == ["live", "dead", "live", "dead"]


def test_no_more_sessions_are_remembered_than_fit() -> None:
    recent = RecentSessions(seconds=10, size=2, clock=FakeClock())
    for key in ("a", "b", "a", "c"):
        recent.add(key)
    assert [key in recent for key in "abc"] == [True, False, True]
