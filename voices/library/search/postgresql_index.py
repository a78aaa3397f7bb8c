"""PostgreSQL's search indexes: declared on the model and made by migrations; compared here with what is installed.

A migration brings a changed declaration to every site. This makes good what a migration cannot see: an index that was
dropped or altered by hand, restored without its function, or installed by a version whose migrations differed.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.ddl_references import Statement
from django.db.transaction import atomic

from voices.models import Voice
from voices.models.indexes import PostgresOnly

_TABLE = Voice._meta.db_table
_PROBE = "voices_index_probe"  # a temporary table of the same columns: PostgreSQL itself writes out what is declared
# The pairs of letters in a text, and its single letters beyond ASCII.
PAIRS_FUNCTION = r"""
    SELECT array_agg(substr(content, place, 2))
        || string_to_array(regexp_replace(content, '[\x01-\x7f]', '', 'g'), NULL)
    FROM generate_series(1, length(content)) AS place
"""


def update(database: BaseDatabaseWrapper) -> bool:
    """Make the installed indexes what the model says. Return False if they were already."""
    with atomic(using=database.alias):
        if not _has_table(database):
            return False
        was_changed = _update_function(database)
        wrong = _wrong(database)
        for index in wrong:
            _make_again(database, index)
    return was_changed or bool(wrong)


def is_current(database: BaseDatabaseWrapper) -> bool:
    """Whether function and indexes are what this module and the model say."""
    with atomic(using=database.alias):
        return _has_function(database) and not _wrong(database)


def _wrong(database: BaseDatabaseWrapper) -> list[PostgresOnly]:
    declared, installed = _declared(database), _definitions(database, _TABLE)
    return [index for index in _indexes() if installed.get(index.name) != declared[index.name]]


def drop(database: BaseDatabaseWrapper) -> None:
    """Drop nothing: PostgreSQL alters a table in place, and migrations alter the indexes."""


def _indexes() -> Iterator[PostgresOnly]:
    return (index for index in Voice._meta.indexes if isinstance(index, PostgresOnly))


def _has_table(database: BaseDatabaseWrapper) -> bool:
    """Whether the table has all columns that the indexes name, unlike after a migration to an earlier state."""
    with database.cursor() as cursor:
        if _TABLE not in database.introspection.table_names(cursor):
            return False
        found = {column.name for column in database.introspection.get_table_description(cursor, _TABLE)}
    columns = {field.name: field.column for field in Voice._meta.concrete_fields}
    return {"search_text", *(columns[name] for index in _indexes() for name in index.fields)} <= found


def _update_function(database: BaseDatabaseWrapper) -> bool:
    """Make the function that lists a text's pairs what it should be. Return False if it was already."""
    with database.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        if _has_function(database):
            return False
        cursor.execute("DROP INDEX IF EXISTS voices_by_pairs")  # what the old function listed is of no use
        cursor.execute(
            "DROP FUNCTION IF EXISTS voices_pairs(text);"
            "CREATE FUNCTION voices_pairs(content text) RETURNS text[]"
            f" LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $${PAIRS_FUNCTION}$$"
        )
    return True


def _has_function(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = to_regproc('voices_pairs')")
        return bool(cursor.fetchone() == (PAIRS_FUNCTION,))


def _declared(database: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the definitions that the model's indexes have on this server, by name."""
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {_PROBE} (LIKE {_TABLE})")
        for index in _indexes():
            statement = _statement(database, index)
            statement.rename_table_references(_TABLE, _PROBE)
            cursor.execute(str(statement))
        definitions = _definitions(database, _PROBE)
        cursor.execute(f"DROP TABLE {_PROBE}")
    return definitions


def _definitions(database: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    """Return what each index of the table covers, and how, by name."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = to_regclass(%s)",
            [table],
        )
        return {name: definition.partition(" USING ")[2] for name, definition in cursor.fetchall()}


def _statement(database: BaseDatabaseWrapper, index: PostgresOnly) -> Statement:
    with database.schema_editor(collect_sql=True) as editor:
        return index.create_sql(Voice, editor)


def _make_again(database: BaseDatabaseWrapper, index: PostgresOnly) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {database.ops.quote_name(index.name)}")
        cursor.execute(str(_statement(database, index)))
