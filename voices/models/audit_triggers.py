"""Triggers by which the database itself refuses to change or delete an audit entry.

Two things pass: sealing, which fills the columns of the chain of an entry that has none, and pruning, which deletes
entries up to the number that it wrote into a table of its own in the same transaction. Nobody else ever sees that row.

They are installed after every migration and dropped before it, as the search index is: Django rebuilds SQLite's tables
to alter them, and a migration may have to fill a new column.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

from voices.models.audit import AuditEntry

REFUSAL = "Audit entries cannot be changed or deleted."
_TABLE = AuditEntry._meta.db_table
PRUNING_TABLE = "voices_auditpruning"
_CHAIN = {"sequence", "previous_hash", "hash"}
_KEPT = [str(field.column) for field in AuditEntry._meta.concrete_fields if field.column not in _CHAIN]
_FUNCTION = "voices_audit_refuse"


def install(database: BaseDatabaseWrapper) -> bool:
    """Install the triggers. Return False if they were there, or if the table is not the one they are for."""
    if not _has_columns(database) or is_installed(database):
        return False
    with atomic(using=database.alias), database.cursor() as cursor:
        drop(database)
        for statement in (
            f"CREATE TABLE {PRUNING_TABLE} (upto bigint NOT NULL)",
            *_statements(database.vendor),
        ):
            cursor.execute(statement)
    return True


def drop(database: BaseDatabaseWrapper) -> None:
    """Drop the triggers, for a migration."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {_FUNCTION} CASCADE")
        else:
            for name in _sqlite_triggers():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"DROP TABLE IF EXISTS {PRUNING_TABLE}")


def is_installed(database: BaseDatabaseWrapper) -> bool:
    """Whether the database refuses changes exactly as this module says."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [_FUNCTION])
            sources = cursor.fetchall()
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled = 'O'", [_TABLE]
            )
            found = {name for (name,) in cursor.fetchall()}
            return sources == [(_body(),)] and _POSTGRESQL.keys() <= found
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [_TABLE]
        )
        return dict(cursor.fetchall()) == _sqlite_triggers()


@contextmanager
def pruning_through(sequence: int) -> Iterator[None]:
    """Let this transaction delete entries up to that number, inside."""
    with connections[router.db_for_write(AuditEntry)].cursor() as cursor:
        cursor.execute(f"INSERT INTO {PRUNING_TABLE} (upto) VALUES (%s)", [sequence])  # noqa: S608  # a name of ours
        yield
        cursor.execute(f"DELETE FROM {PRUNING_TABLE}")  # noqa: S608  # a name of ours


def _has_columns(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        if _TABLE not in database.introspection.table_names(cursor):
            return False
        found = {column.name for column in database.introspection.get_table_description(cursor, _TABLE)}
    return {*_KEPT, *_CHAIN} <= found


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "postgresql":
        yield f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $refuse${_body()}$refuse$"
        for name, event in _POSTGRESQL.items():
            yield f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {_FUNCTION}()"
    else:
        yield from _sqlite_triggers().values()


def _is_pruned(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM {PRUNING_TABLE} WHERE {row}.sequence <= upto)"  # noqa: S608  # names of ours


def _is_sealing(same: str) -> str:
    kept = " AND ".join(f'old."{name}" {same} new."{name}"' for name in _KEPT)
    return f"old.sequence IS NULL AND new.sequence IS NOT NULL AND {kept}"


def _sqlite_triggers() -> dict[str, str]:
    """Return the triggers' statements by name, as SQLite stores them."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    # REPLACE deletes the row in its way without asking a trigger for deletions.
    in_the_way = f"SELECT 1 FROM {_TABLE} WHERE id = new.id OR sequence = new.sequence"  # noqa: S608  # names of ours
    whens = {
        "voices_audit_update": f"BEFORE UPDATE ON {_TABLE} WHEN NOT ({_is_sealing('IS')})",
        "voices_audit_delete": f"BEFORE DELETE ON {_TABLE} WHEN NOT {_is_pruned('old')}",
        "voices_audit_replace": f"BEFORE INSERT ON {_TABLE} WHEN EXISTS ({in_the_way})",
    }
    return {name: f"CREATE TRIGGER {name} {when} {refuse}" for name, when in whens.items()}


_POSTGRESQL = {
    "voices_audit_update": f"BEFORE UPDATE ON {_TABLE} FOR EACH ROW",
    "voices_audit_delete": f"BEFORE DELETE ON {_TABLE} FOR EACH ROW",
    "voices_audit_truncate": f"BEFORE TRUNCATE ON {_TABLE} FOR EACH STATEMENT",
}


def _body() -> str:
    return f"""
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF {_is_sealing("IS NOT DISTINCT FROM")} THEN RETURN new; END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF {_is_pruned("old")} THEN RETURN old; END IF;
    END IF;
    RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
END
"""
