"""Each database's own indexes: trigrams of `Voice.search_text` by FTS5 on SQLite, by pg_trgm on PostgreSQL.

FTS5 keeps what filters ask, too: it meets lists of rows, and 100,000 voices of one language with those of one provider
take it a millisecond. On SQLite triggers keep it, so that every way of writing does, bulk ones too. Django rebuilds a
table to alter it and drops its triggers with it: `ensure` puts back what is missing or other than said here, and is
called after every migration of ours.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

PAIR = 2
TRIGRAM = 3  # characters: the shortest term that either index finds
# The filters by a voice's own columns. The index keeps the last three characters of each value, which are one trigram:
# few values share them, and what is found is compared with the voice itself.
_MARKED = {
    "language": "language",
    "region": "primary_language",
    "provider": "provider",
    "ownership": "ownership",
    "billing": "billing_style",
    "stage": "stage",
    "owner": "added_by_id",
    "account": "account_id",
    "health": "health",
}
MARKS = (*_MARKED, "gone")
_COLUMNS = ", ".join(["text", "team", *MARKS])


def mark(value: str) -> str:
    """What the index keeps of a value."""
    return f"   {value}"[-TRIGRAM:]


def _marks(row: str) -> list[str]:
    told = [f"coalesce({row}.{column}, '')" for column in _MARKED.values()]
    return [f"substr('   ' || {one}, -{TRIGRAM})" for one in [*told, f"({row}.gone_at IS NOT NULL)"]]


def _indexed(row: str) -> str:
    # With an end of two characters, every letter of the text begins a trigram: short terms are found by those.
    # The team's first characters are a column, so that one team's words cost another nothing.
    return ", ".join([f"{row}.search_text || char(10, 10)", f"substr({row}.team_id, 1, 3)", *_marks(row)])


# A table of numbers, as the index needs whole ones that stay, and VACUUM may change those of voices_voice. It holds
# the text too: what the trigrams found is compared there, in a tenth of the pages that the voices fill.
_TABLES = f"""
CREATE TABLE voices_text_row (
    number INTEGER PRIMARY KEY, voice_id char(32) NOT NULL UNIQUE, team_id char(32) NOT NULL, text TEXT NOT NULL);
CREATE INDEX voices_text_team ON voices_text_row (team_id);
CREATE VIRTUAL TABLE voices_text
    USING fts5({_COLUMNS}, content='', detail=column, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE voices_text_terms USING fts5vocab(voices_text, row);
"""
_ADD = f"""
    INSERT INTO voices_text_row (voice_id, team_id, text) VALUES (new.id, new.team_id, new.search_text);
    INSERT INTO voices_text (rowid, {_COLUMNS}) VALUES (last_insert_rowid(), {_indexed("new")});
"""  # noqa: S608  # names of ours
_FORGET = f"""
    INSERT INTO voices_text (voices_text, rowid, {_COLUMNS})
        SELECT 'delete', number, {_indexed("old")} FROM voices_text_row WHERE voice_id = old.id;
    DELETE FROM voices_text_row WHERE voice_id = old.id;
"""  # noqa: S608  # names of ours
_CHANGED = " OR ".join(
    f"{old} IS NOT {new}"
    for old, new in zip(
        ["old.search_text", "old.team_id", *_marks("old")],
        ["new.search_text", "new.team_id", *_marks("new")],
        strict=True,
    )
)
_TRIGGERS = {
    "voices_text_insert": f"AFTER INSERT ON voices_voice BEGIN {_ADD} END",
    "voices_text_update": f"AFTER UPDATE OF {', '.join(['search_text', 'team_id', 'gone_at', *_MARKED.values()])}"
    f" ON voices_voice WHEN {_CHANGED} BEGIN {_FORGET} {_ADD} END",
    "voices_text_delete": f"AFTER DELETE ON voices_voice BEGIN {_FORGET} END",
}
_FILL = f"""
INSERT INTO voices_text_row (voice_id, team_id, text) SELECT id, team_id, search_text FROM voices_voice;
INSERT INTO voices_text (rowid, {_COLUMNS})
    SELECT number, {_indexed("voice")} FROM voices_text_row AS found
    JOIN voices_voice AS voice ON voice.id = found.voice_id;
"""  # noqa: S608  # names of ours
# PostgreSQL knows how rare a value is, and takes such an index only where it helps; SQLite would take it always.
_FILTERED = ("language", "provider", "health", "account_id", "added_by_id")
# A term of two letters, as a name in Chinese or Japanese, has no trigram: pg_trgm would read its whole index, 180 ms at
# 100,000 voices. So pairs of letters have an index too, and single ones beyond ASCII, which costs 0.1 ms a new voice.
_PAIRS = r"""
CREATE OR REPLACE FUNCTION voices_pairs(told text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(substr(told, place, 2)) || string_to_array(regexp_replace(told, '[\x01-\x7f]', '', 'g'), NULL)
    FROM generate_series(1, length(told)) AS place
$$
"""
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    _PAIRS,
    "CREATE INDEX voices_pairs ON voices_voice USING gin (voices_pairs(search_text))",
    "CREATE INDEX voices_text ON voices_voice USING gin (search_text gin_trgm_ops)",
    *(f"CREATE INDEX voices_rare_{column} ON voices_voice (team_id, {column})" for column in _FILTERED),
    "CREATE INDEX voices_rare_gone ON voices_voice (team_id, gone_at) WHERE gone_at IS NOT NULL",
)


def ensure(connection: BaseDatabaseWrapper) -> bool:
    """Whether the index had to be made, or made anew from the rows, to be what this module says."""
    with atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = 'voices_text'"
            )
            if cursor.fetchone():
                return False
            for statement in _POSTGRESQL:
                cursor.execute(statement)
            return True
        wanted = {f"CREATE TRIGGER {name} {told}" for name, told in _TRIGGERS.items()}
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'voices_voice'")
        if wanted <= {sql for (sql,) in cursor.fetchall()}:
            return False
        remove(connection)
        for statement in [*_TABLES.split(";\n"), *_FILL.split(";\n"), *wanted]:
            if statement.strip():
                cursor.execute(statement)
        return True


def remove(connection: BaseDatabaseWrapper) -> None:
    """The index is gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in (
                "voices_text",
                "voices_pairs",
                "voices_rare_gone",
                *(f"voices_rare_{one}" for one in _FILTERED),
            ):
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
            cursor.execute("DROP FUNCTION IF EXISTS voices_pairs")
            return
        for name in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for name in ("voices_text_terms", "voices_text", "voices_text_row"):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
