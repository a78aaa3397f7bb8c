"""The cache in a table of the database."""

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends import db
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import connections, router


class DatabaseCache(db.DatabaseCache):
    """Django's database cache, except that `add` raises database errors.

    Django's own returns False then, as for an existing key, which login limits would take for another attempt in the
    same second.
    """

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store the value unless the key is there and has not expired. Return whether it was stored."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self.cache_model_class._meta.db_table)
        now = datetime.now(UTC).replace(microsecond=0)
        statement = (
            f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s) "  # noqa: S608  # from the settings
            "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires "
            f"WHERE {table}.expires < %s"
        )
        times = [connection.ops.adapt_datetimefield_value(one) for one in (self._expiry(timeout), now)]
        pickled = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.make_and_validate_key(key, version), pickled, *times])
            return bool(cursor.rowcount)

    def _expiry(self, timeout: Any) -> datetime:
        expires = self.get_backend_timeout(timeout)
        return datetime.max if expires is None else datetime.fromtimestamp(int(expires), UTC)
