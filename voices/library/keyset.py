"""Row-value comparisons, by which a list goes on after a row without counting those before it.

Django writes them out for SQLite as `a < x OR (a = x AND b < y)`. That both parameters x are one, SQLite cannot
know: it then reads the index from its start, and a late page takes as long as all pages before it together. SQLite
has row values of its own since 2016 (3.15, https://sqlite.org/rowvalue.html), and seeks by them.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.lookups import GreaterThan, LessThan
from django.db.models.sql.compiler import SQLCompiler

Written = tuple[str, Any]


class Below(TupleLessThan):
    """Rows whose columns, in turn, are less than these values."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Written:
        """As for every other database."""
        return LessThan.as_sql(self, compiler, connection)


class Above(TupleGreaterThan):
    """Rows whose columns, in turn, are greater than these values."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Written:
        """As for every other database."""
        return GreaterThan.as_sql(self, compiler, connection)


def after(columns: tuple[str, ...], place: tuple[object, ...]) -> Below | Above:
    """What a list by these columns shows after a place. All go one way; `-` is downwards."""
    fields = tuple(F(column.lstrip("-")) for column in columns)
    return Below(fields, place) if columns[0].startswith("-") else Above(fields, place)


def before(columns: tuple[str, ...], place: tuple[object, ...]) -> Below | Above:
    """What it shows before a place."""
    fields = tuple(F(column.lstrip("-")) for column in columns)
    return Above(fields, place) if columns[0].startswith("-") else Below(fields, place)


class _Unindexed(Func):
    """A column's value, in which PostgreSQL does not see the column that an index is sorted by."""

    template = "coalesce(%(expressions)s, %(expressions)s)"
    arity = 1


def unindexed(column: str) -> OrderBy:
    """To sort by a column without walking its index, which a planner may think quicker than it is."""
    told = _Unindexed(F(column.lstrip("-")))
    return told.desc() if column.startswith("-") else told.asc()
