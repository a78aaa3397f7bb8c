"""The cache in Redis."""

from typing import Any

from django.core.cache.backends import redis as django_redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from voices.web.caches.errors import CacheUnavailableError

# For connecting and for each response. The second attempt is for a connection dropped by a restart of Redis.
ANSWER_SECONDS = 1.0
OPTIONS = {
    "socket_connect_timeout": ANSWER_SECONDS,
    "socket_timeout": ANSWER_SECONDS,
    "retry": Retry(NoBackoff(), 1),
}


class RedisCache(django_redis.RedisCache):
    """Django's Redis cache. While Redis is unavailable it behaves as empty; only `add` raises."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params | {"OPTIONS": OPTIONS | params.get("OPTIONS", {})})

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store the value unless the key is there. Return whether it was stored. Raise CacheUnavailableError."""
        try:
            added: bool = super().add(key, value, timeout, version)
        except RedisError as problem:
            raise CacheUnavailableError("Redis does not answer.") from problem
        return added

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the stored value, or the default if there is none or Redis is away."""
        try:
            return super().get(key, default, version)
        except RedisError:
            return default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store the value, unless Redis is away."""
        try:
            super().set(key, value, timeout, version)
        except RedisError:
            return

    def delete(self, key: str, version: int | None = None) -> bool:
        """Delete the key. Return False if there was none or Redis is away."""
        try:
            deleted: bool = super().delete(key, version)
        except RedisError:
            return False
        return deleted
