"""The database: SQLite (WAL + IMMEDIATE: no "locked" with 8 writers, measured) or PostgreSQL, by its URL; the cache."""

from typing import Any

from voicestudio.settings.environment import DATA_DIR, env

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'voicestudio.sqlite3'}")
}
# People wait for a page that waits for the database: after so many seconds they are told that it is busy.
DATABASE_WAIT_SECONDS = 3
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Kept by the threads that serve pages (asgi.py): opening one takes 1 ms.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_WAIT_SECONDS,
        # FULL: a commit of "sending" must survive a power cut, or a voice could be cloned twice.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-8000",
    }
else:
    # A pool needs fewer connections than there are threads. Our backend checks each connection that it takes.
    DATABASES["default"] |= {
        "ENGINE": "voicestudio.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
    }
    DATABASES["default"]["OPTIONS"] = {
        # A pool that still tries to connect is at most 2 s from its next try; one that gave up tries at once.
        "pool": {
            "min_size": 1, "max_size": 16,
            "timeout": DATABASE_WAIT_SECONDS, "reconnect_timeout": DATABASE_WAIT_SECONDS,
        },
        # A server that is gone without a word is noticed as well, in the middle of a query too.
        "connect_timeout": 3, "tcp_user_timeout": 4_000,
        "keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2,
        "options": f"-c lock_timeout={DATABASE_WAIT_SECONDS}s",
    } | DATABASES["default"].get("OPTIONS", {})  # fmt: skip

# Shared by all processes, or login limits multiply with their number.
CACHES: dict[str, dict[str, Any]] = {"default": env.dj_cache_url("CACHE_URL", "db://voicestudio_cache")}
# Django's own, but they say so when a login cannot be counted.
OUR_CACHES = {
    "django.core.cache.backends.db.DatabaseCache": "voices.web.caches.database.DatabaseCache",
    "django.core.cache.backends.redis.RedisCache": "voices.web.caches.redis.RedisCache",
}
CACHES["default"]["BACKEND"] = OUR_CACHES.get(CACHES["default"]["BACKEND"], CACHES["default"]["BACKEND"])
