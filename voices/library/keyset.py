"""Keyset paging: row-value comparisons, which continue a list after a row without counting the rows before it.

Django 5.2 writes them out for SQLite as `a < x OR (a = x AND b < y)`. SQLite cannot know that both parameters x are the
same: it reads the index from its start, and a late page takes as long as all pages before it together. SQLite has row
values of its own since 3.15 (https://sqlite.org/rowvalue.html) and seeks by them; Django uses them from 6.0 on.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Lookup
from django.db.models.expressions import OrderBy
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.lookups import Exact, GreaterThan, IsNull, LessThan
from django.db.models.sql.compiler import SQLCompiler

SqlAndParams = tuple[str, Any]


class Below(TupleLessThan):
    """The condition that a row's columns are less than these values, as a row-value comparison."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SqlAndParams:
        """Return the SQL that every other database gets."""
        return LessThan.as_sql(self, compiler, connection)


class Above(TupleGreaterThan):
    """The condition that a row's columns are greater than these values, as a row-value comparison."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SqlAndParams:
        """Return the SQL that every other database gets."""
        return GreaterThan.as_sql(self, compiler, connection)


def after(columns: tuple[str, ...], position: tuple[object, ...]) -> Below | Above:
    """Return the condition for rows after a position in this order; all columns go one way, `-` is descending."""
    fields = tuple(F(column.lstrip("-")) for column in columns)
    return Below(fields, position) if columns[0].startswith("-") else Above(fields, position)


def before(columns: tuple[str, ...], position: tuple[object, ...]) -> Below | Above:
    """Return the condition for rows before a position in this order."""
    fields = tuple(F(column.lstrip("-")) for column in columns)
    return Above(fields, position) if columns[0].startswith("-") else Below(fields, position)


class _Unindexed(Func):
    """A column's value as an expression, for which a database finds no index."""

    template = "coalesce(%(expressions)s, %(expressions)s)"
    arity = 1


def equals_unindexed(column: str, value: object) -> "Lookup[Any]":
    """Return the condition that a column equals the value (or is NULL, for None), for which no index is used."""
    return IsNull(_Unindexed(F(column)), True) if value is None else Exact(_Unindexed(F(column)), value)


def unindexed(column: str) -> OrderBy:
    """Return the ordering by a column without its index, which the planner overrates."""
    value = _Unindexed(F(column.lstrip("-")))
    return value.desc() if column.startswith("-") else value.asc()
