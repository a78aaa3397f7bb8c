"""Inserting many rows with few statements, without a model instance per row.

500 voices take 57 ms, with `bulk_create` 152 ms. On SQLite a statement per row would cost more than the rows
themselves: at each one, FTS5 flushes what the search index's triggers have gathered.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Field: TypeAlias = "models.Field[Any, Any]"
MAX_VALUES = 30_000  # in one statement: SQLite takes 32,766


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]], **shared: Any) -> int:
    """Insert the rows that violate no unique constraint. Return how many that were.

    Each row names the same columns (`team_id`, not `team`), `shared` those that are equal for all, and the rest
    get their defaults. No signals are sent. Call it in the change's transaction.
    """
    if not rows:
        return 0
    connection = connections[router.db_for_write(model)]
    fields = model._meta.concrete_fields
    own = [field for field in fields if field.attname in rows[0]]
    others = [field for field in fields if field.attname not in rows[0]]
    rest = [_prepared(connection, field, _shared_value(field, shared)) for field in others]
    values = list(_values(connection, own, rows, rest))
    size, inserted = MAX_VALUES // len(fields), 0
    with connection.cursor() as cursor:
        for first in range(0, len(values), size):
            part = values[first : first + size]
            statement = _statement(connection, model, [*own, *others], len(part))
            cursor.execute(statement, list(chain.from_iterable(part)))
            inserted += cursor.rowcount
    return inserted


def _shared_value(field: Field, shared: Mapping[str, Any]) -> Any:
    return shared[field.attname] if field.attname in shared else field.get_default()


def _values(
    connection: BaseDatabaseWrapper, own: Sequence[Field], rows: Sequence[Mapping[str, Any]], rest: list[Any]
) -> Iterator[list[Any]]:
    # Most columns hold texts, which need no preparation; asking the field would cost time.
    plain = {field.attname for field in own if isinstance(field, models.CharField | models.TextField)}
    for row in rows:
        values = [
            row[field.attname] if field.attname in plain else _prepared(connection, field, row[field.attname])
            for field in own
        ]
        yield values + rest


def _prepared(connection: BaseDatabaseWrapper, field: Field, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _statement(
    connection: BaseDatabaseWrapper, model: type[models.Model], fields: Sequence[Field], count: int
) -> str:
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    rows = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    # The names are those of our own columns; every value is a parameter.
    return f"INSERT INTO {table} ({names}) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608  # see above
