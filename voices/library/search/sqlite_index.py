"""SQLite's search index: trigrams of `Voice.search_text` and the columns that filters compare, by FTS5.

Triggers keep it, so that every way of writing does, bulk ones too. Django rebuilds a table to alter it and drops its
triggers with it: `update` runs after every migration and compares what is installed with what this module says.
"""

from collections.abc import Iterable, Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

from voices.library.filters.registry import filters as all_filters
from voices.library.filters.registry import indexed_columns
from voices.models import Voice

TRIGRAM = 3  # characters: the shortest term that the index finds
_TABLE = Voice._meta.db_table
_INDEX_TABLES = ("voices_text_terms", "voices_text", "voices_text_row")
_TRIGGERS = ("voices_text_insert", "voices_text_update", "voices_text_delete")


def facet_term(value: str) -> str:
    """Return what the index holds of a column's value: its last three characters, which are one trigram.

    Few values share them, and what is found is compared with the voice itself.
    """
    return f"   {value}"[-TRIGRAM:]


def update(database: BaseDatabaseWrapper) -> bool:
    """Make the installed index what this module says. Return False if it was already.

    Where the table lacks a column that the index needs (a migration to an earlier state), the index is dropped.
    """
    with atomic(using=database.alias), database.cursor() as cursor:
        if is_current(database):
            return False
        drop(database)
        if not _has_columns(database):
            return False
        for statement in (*_tables(), *_fill(), *dict(_triggers()).values()):
            cursor.execute(statement)
    return True


def is_current(database: BaseDatabaseWrapper) -> bool:
    """Whether the triggers that keep the index are what this module says."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [_TABLE]
        )
        return dict(cursor.fetchall()) == dict(_triggers())


def drop(database: BaseDatabaseWrapper) -> None:
    """Drop the index and its triggers, which a migration of the voices' table could break."""
    with database.cursor() as cursor:
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for name in _INDEX_TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _has_columns(database: BaseDatabaseWrapper) -> bool:
    with database.cursor() as cursor:
        if _TABLE not in database.introspection.table_names(cursor):
            return False
        found = {column.name for column in database.introspection.get_table_description(cursor, _TABLE)}
    return {"search_text", "team_id", *_database_columns().values()} <= found


def _database_columns() -> dict[str, str]:
    """Return the columns that filters compare, with their names in the database."""
    columns = {field.name: str(field.column) for field in Voice._meta.concrete_fields}
    return {column: columns[column] for column in indexed_columns()}


def _facets(row: str) -> dict[str, str]:
    """Return the SQL of the filters' columns as the index holds them, for a row of a trigger or a query."""
    names, found = _database_columns(), dict[str, str]()
    for one in all_filters().values():
        found |= one.index_sql(row, names)
    return {column: f"substr('   ' || {found[column]}, -{TRIGRAM})" for column in names}


def _indexed(row: str) -> str:
    # With an end of two characters every letter of the text begins a trigram: short terms are found by those.
    # The team's first characters are a column, so that one team's words cost another nothing.
    text, team = f"{row}.search_text || char(10, 10)", f"substr({row}.team_id, 1, {TRIGRAM})"
    return ", ".join([text, team, *_facets(row).values()])


def _columns() -> str:
    return ", ".join(["text", "team", *_database_columns()])


def _tables() -> Iterator[str]:
    # A table of numbers, as the index needs whole ones that stay, and VACUUM may change those of the voices' table.
    # It holds the text too: what the trigrams found is compared there, in a tenth of the pages that the voices fill.
    yield """CREATE TABLE voices_text_row (
        number INTEGER PRIMARY KEY, voice_id char(32) NOT NULL UNIQUE, team_id char(32) NOT NULL, text TEXT NOT NULL)"""
    yield "CREATE INDEX voices_text_team ON voices_text_row (team_id)"
    yield f"""CREATE VIRTUAL TABLE voices_text
        USING fts5({_columns()}, content='', detail=column, tokenize='trigram case_sensitive 1')"""
    yield "CREATE VIRTUAL TABLE voices_text_terms USING fts5vocab(voices_text, row)"


def _fill() -> Iterator[str]:
    yield f"""INSERT INTO voices_text_row (voice_id, team_id, text)
        SELECT id, team_id, search_text FROM {_TABLE}"""  # noqa: S608  # names of ours
    yield f"""INSERT INTO voices_text (rowid, {_columns()})
        SELECT number, {_indexed("voice")} FROM voices_text_row AS found
        JOIN {_TABLE} AS voice ON voice.id = found.voice_id"""  # noqa: S608  # names of ours
    # Filled at once it is left in 18 segments, each of which every search reads: up to 1.7 times as slow, measured.
    yield "INSERT INTO voices_text (voices_text) VALUES ('optimize')"


def _triggers() -> Iterator[tuple[str, str]]:
    """Yield the triggers' names and statements, as SQLite stores them."""
    add, remove, on = _add(), _remove(), f"ON {_TABLE}"
    columns = ", ".join(["search_text", "team_id", *_database_columns().values()])
    bodies = (
        f"AFTER INSERT {on} BEGIN {add} END",
        f"AFTER UPDATE OF {columns} {on} WHEN {_differs()} BEGIN {remove} {add} END",
        f"AFTER DELETE {on} BEGIN {remove} END",
    )
    for name, body in zip(_TRIGGERS, bodies, strict=True):
        yield name, f"CREATE TRIGGER {name} {body}"


def _add() -> str:
    return f"""
    INSERT INTO voices_text_row (voice_id, team_id, text) VALUES (new.id, new.team_id, new.search_text);
    INSERT INTO voices_text (rowid, {_columns()}) VALUES (last_insert_rowid(), {_indexed("new")});
"""  # noqa: S608  # names of ours


def _remove() -> str:
    return f"""
    INSERT INTO voices_text (voices_text, rowid, {_columns()})
        SELECT 'delete', number, {_indexed("old")} FROM voices_text_row WHERE voice_id = old.id;
    DELETE FROM voices_text_row WHERE voice_id = old.id;
"""  # noqa: S608  # names of ours


def _differs() -> str:
    def compared(row: str) -> Iterable[str]:
        return (f"{row}.search_text", f"{row}.team_id", *_facets(row).values())

    pairs = zip(compared("old"), compared("new"), strict=True)
    return " OR ".join(f"{old} IS NOT {new}" for old, new in pairs)
