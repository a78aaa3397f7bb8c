"""Indexes that only PostgreSQL has: SQLite, which has no statistics here, would take them where they do harm."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement

_NOTHING = "SELECT 1"  # what the schema editor runs instead of a statement


class PostgresOnly(models.Index):
    """An index that is part of the model's state everywhere, and of the database on PostgreSQL."""

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        """Return the statement that makes the index; one that does nothing on other databases."""
        if schema_editor.connection.vendor != "postgresql":
            return Statement(_NOTHING)
        return super().create_sql(model, schema_editor, using=using, **kwargs)

    def remove_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any
    ) -> str:
        """Return the statement that drops the index; one that does nothing on other databases."""
        if schema_editor.connection.vendor != "postgresql":
            return _NOTHING
        return super().remove_sql(model, schema_editor, **kwargs)


class PostgresIndex(PostgresOnly):
    """A B-tree."""


class PostgresGinIndex(PostgresOnly, GinIndex):
    """An inverted index: a posting list for each term."""
