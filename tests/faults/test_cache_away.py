"""Redis away: limits refuse in words, and everything else goes on without a cache."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.base import PASSWORD, Cast
from tests.faults.sockets import answering, hanging
from tests.sandbox.live import free_port
from voices.web.caches.errors import CacheUnavailableError
from voices.web.caches.redis import ANSWER_SECONDS, RedisCache

SHORT = {"OPTIONS": {"socket_connect_timeout": 0.1, "socket_timeout": 0.1}}


def use_redis(settings: Settings, port: int) -> None:
    backend = "voices.web.caches.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{port}/0", **SHORT}}


def check_away(port: int) -> None:
    cache = RedisCache(f"redis://127.0.0.1:{port}/0", SHORT)
    assert (cache.get("key"), cache.get("key", 7)) == (None, 7)
    assert cache.delete("key") is False
    cache.set("key", 1)
    with pytest.raises(CacheUnavailableError):
        cache.add("key", 1)


def test_redis_that_refuses_is_empty_and_cannot_lock() -> None:
    check_away(free_port())


def test_redis_that_hangs_is_empty_and_cannot_lock() -> None:
    with hanging() as port:
        check_away(port)


def test_redis_that_speaks_nonsense_is_empty_and_cannot_lock() -> None:
    with answering(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        check_away(port)


def test_two_tries_of_redis_end_within_four_seconds() -> None:
    assert 2 * 2 * ANSWER_SECONDS <= 4


def test_login_without_redis_is_busy_not_too_many(settings: Settings, cast: Cast) -> None:
    use_redis(settings, free_port())
    client = Client(raise_request_exception=False)
    answer = client.post("/accounts/login/", {"login": "ed@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Voice Studio is busy" in answer.content.decode()


def test_library_is_shown_and_counted_without_redis(settings: Settings, cast: Cast) -> None:
    use_redis(settings, free_port())
    ed = cast.login(cast.ed)
    assert [ed.get(path).status_code for path in ("/", "/library/counts/")] == [200, 200]
