"""Django's PostgreSQL backend, for a server that was away: the first request after its return gets a connection.

psycopg's pool checks its idle connections one by one, with a growing pause after each that is dead, so four of them
take a request longer than it may wait.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper. When it takes a dead connection from the pool, it has all idle ones replaced at once."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that works, from the pool if there is one."""
        connection = super().get_new_connection(conn_params)
        if self.pool is None:
            return connection
        try:
            ConnectionPool.check_connection(connection)
        except OperationalError:
            self.pool.putconn(connection)
            self.pool.check()
            connection = super().get_new_connection(conn_params)
        return connection
