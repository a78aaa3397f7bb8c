"""Each database's own indexes: trigrams of `Voice.search_text` by FTS5 on SQLite, by pg_trgm on PostgreSQL.

On SQLite triggers keep it, so that every way of writing does, bulk ones too. Django rebuilds a table to alter it and
drops its triggers with it: `ensure` puts back what is missing, and is called after every migration of ours.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

PAIR = 2
TRIGRAM = 3  # characters: the shortest term that either index finds

# A table of numbers, as the index needs whole ones that stay, and VACUUM may change those of voices_voice. It holds
# the text too: a term of one or two characters is looked for there, in a tenth of the pages that the voices fill.
# The team's first characters are a column of the index, so that one team's words cost another nothing.
_TABLES = """
CREATE TABLE IF NOT EXISTS voices_text_row (
    number INTEGER PRIMARY KEY, voice_id char(32) NOT NULL UNIQUE, team_id char(32) NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS voices_text_team ON voices_text_row (team_id);
CREATE VIRTUAL TABLE IF NOT EXISTS voices_text
    USING fts5(text, team, content='', detail=column, tokenize='trigram case_sensitive 1');
"""
_ADD = """
    INSERT INTO voices_text_row (voice_id, team_id, text) VALUES (new.id, new.team_id, new.search_text);
    INSERT INTO voices_text (rowid, text, team)
        VALUES (last_insert_rowid(), new.search_text, substr(new.team_id, 1, 3));
"""
_FORGET = """
    INSERT INTO voices_text (voices_text, rowid, text, team)
        SELECT 'delete', number, text, substr(team_id, 1, 3) FROM voices_text_row WHERE voice_id = old.id;
    DELETE FROM voices_text_row WHERE voice_id = old.id;
"""
_TRIGGERS = {
    "voices_text_insert": f"AFTER INSERT ON voices_voice BEGIN {_ADD} END",
    "voices_text_update": "AFTER UPDATE OF search_text, team_id ON voices_voice"
    " WHEN old.search_text IS NOT new.search_text OR old.team_id IS NOT new.team_id"
    f" BEGIN {_FORGET} {_ADD} END",
    "voices_text_delete": f"AFTER DELETE ON voices_voice BEGIN {_FORGET} END",
}
_REFILL = """
INSERT INTO voices_text (voices_text) VALUES ('delete-all');
DELETE FROM voices_text_row;
INSERT INTO voices_text_row (voice_id, team_id, text) SELECT id, team_id, search_text FROM voices_voice;
INSERT INTO voices_text (rowid, text, team) SELECT number, text, substr(team_id, 1, 3) FROM voices_text_row;
"""
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
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = 'voices_text'"
            )
            if cursor.fetchone():
                return False
            for statement in _POSTGRESQL:
                cursor.execute(statement)
            return True
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'voices_voice'")
        missing = _TRIGGERS.keys() - {name for (name,) in cursor.fetchall()}
        if not missing:
            return False
        for statement in [*_TABLES.split(";\n"), *_REFILL.split(";\n")]:
            if statement.strip():
                cursor.execute(statement)
        for name in missing:
            cursor.execute(f"CREATE TRIGGER {name} {_TRIGGERS[name]}")
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
        cursor.execute("DROP TABLE IF EXISTS voices_text")
        cursor.execute("DROP TABLE IF EXISTS voices_text_row")
