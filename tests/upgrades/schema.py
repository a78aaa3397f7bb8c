"""What a database consists of, but for the order of columns: by its kind and name, each thing's parts."""

import re
from collections import defaultdict
from typing import Any

from django.db import connection

Schema = dict[str, list[str]]

# One query for each kind of thing: its name, and one of its parts a row.
POSTGRESQL = {
    "table": """
        SELECT table_name, concat_ws(' ', column_name, udt_name, character_maximum_length, 'null', is_nullable,
            'default', column_default, 'identity', is_identity, 'generated', generation_expression)
        FROM information_schema.columns WHERE table_schema = current_schema()""",
    "constraint": """
        SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "trigger": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND probin IS NULL""",
    "extension": "SELECT extname, '' FROM pg_extension",
}
# How a column's unique constraint is called depends on whether it came with the column (_key) or later.
UNIQUE = re.compile(r"(_[0-9a-f]{8}_uniq|_key)\b")
SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"


def read_schema() -> Schema:
    """Return what the database of Django's connection consists of."""
    parts = defaultdict[str, list[str]](list)
    for name, part in _sqlite() if connection.vendor == "sqlite" else _postgresql():
        parts[name].append(part)
    return {name: sorted(parts[name]) for name in sorted(parts)}


def _postgresql() -> list[tuple[str, str]]:
    found = [(f"{kind} {name}", part) for kind, query in POSTGRESQL.items() for name, part in _rows(query)]
    return [(UNIQUE.sub("_unique", name), UNIQUE.sub("_unique", part)) for name, part in found]


def _sqlite() -> list[tuple[str, str]]:
    return [(f"{kind} {name}", part) for kind, name, text in _rows(SQLITE) for part in _parts(kind, text)]


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _parts(kind: str, text: str) -> list[str]:
    """Return a table's columns and constraints one by one; of anything else the whole statement."""
    statement = " ".join(text.split())
    if kind != "table" or not statement.startswith("CREATE TABLE"):
        return [statement]
    head, body = statement.removesuffix(")").split("(", 1)
    depth, parts = 0, [""]
    for piece in re.split(r"([(),])", body):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [head.strip(), *(part.strip() for part in parts)]
