"""Writing many new rows at once, without a model's object a row.

Many rows a statement and not a statement a row: on SQLite each one would make the search index, which a trigger
keeps, write down what it has gathered (FTS5 does so at every savepoint), which costs more than the rows themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Field: TypeAlias = "models.Field[Any, Any]"
MAX_VALUES = 30_000  # in one statement: SQLite takes 32,766


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]], **same: Any) -> int:
    """How many rows were new; those that a constraint of uniqueness keeps out are left out.

    A row names its own columns (`team_id`, not `team`; each row the same ones), `same` those that all share, and
    the rest have their defaults. No signals; call it inside the change's transaction.
    """
    if not rows:
        return 0
    connection = connections[router.db_for_write(model)]
    fields = model._meta.concrete_fields
    own = [field for field in fields if field.attname in rows[0]]
    shared = [field for field in fields if field.attname not in rows[0]]
    rest = [_prepared(connection, field, _shared(field, same)) for field in shared]
    values = list(_values(connection, own, rows, rest))
    most, new = MAX_VALUES // len(fields), 0
    with connection.cursor() as cursor:
        for first in range(0, len(values), most):
            part = values[first : first + most]
            statement = _statement(connection, model, [*own, *shared], len(part))
            cursor.execute(statement, list(chain.from_iterable(part)))
            new += cursor.rowcount
    return new


def _shared(field: Field, same: Mapping[str, Any]) -> Any:
    return same[field.attname] if field.attname in same else field.get_default()


def _values(
    connection: BaseDatabaseWrapper, own: Sequence[Field], rows: Sequence[Mapping[str, Any]], rest: list[Any]
) -> Iterator[list[Any]]:
    # A text is itself in a column of texts, which most are: nothing is to be asked of the field.
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
    # Names of our own columns only; every value is a parameter.
    return f"INSERT INTO {table} ({names}) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608  # see above
